package io.swath.untrusted.stac;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Finds the Item in a folder that may hold other JSON files too, such as a Landsat scene's MTL. */
public final class ItemFolder {
    /** The most JSON files that are read to find the Item. */
    private static final int MOST = 100;

    /** The most bytes of them that are read. */
    private static final int MOST_BYTES = 4 * ItemReader.MOST_BYTES;

    /** A file that breaks one of these rules is not an Item, and may be beside an Item. */
    private static final Set<String> NO_ITEM = Set.of("item-is-json", "item-is-stac");

    private ItemFolder() {}

    /** The way to read a file that others may have written. */
    @FunctionalInterface
    public interface Reader {
        /** The first bytes of a file, {@code most} of them. */
        byte[] read(Path file, int most) throws IOException;
    }

    /**
     * The file of the only Item in the folder itself.
     *
     * @throws ItemException when the folder has no Item or several, or when the Item is invalid
     * @throws IOException when the folder cannot be read
     */
    public static Path find(Path folder, Reader reader) throws IOException {
        List<Path> candidates = json(folder);
        List<Path> items = new ArrayList<>();
        ItemException wrong = null;
        long bytes = 0;
        for (Path candidate : candidates) {
            byte[] text = reader.read(candidate, ItemReader.MOST_BYTES + 1);
            bytes += text.length;
            rejectLarge(bytes);
            try {
                ItemReader.read(text);
                items.add(candidate);
            } catch (ItemException bad) {
                if (!NO_ITEM.contains(bad.rule())) {
                    items.add(candidate);
                    wrong = bad;
                } else if (candidates.size() == 1) {
                    wrong = bad;
                }
            }
        }
        if (items.size() > 1) {
            throw new ItemException(
                    "",
                    "folder-has-one-item",
                    "it holds several STAC Items: " + items.get(0).getFileName() + " and "
                            + items.get(1).getFileName(),
                    "Deliver each Item in a folder of its own, with its files.");
        }
        if (wrong != null) {
            throw wrong;
        }
        if (items.isEmpty()) {
            throw new ItemException(
                    "",
                    "folder-has-an-item",
                    "it is a folder without a STAC Item",
                    "Put an Item beside the files that names them, or deliver one GeoTIFF with all its bands.");
        }
        return items.get(0);
    }

    private static List<Path> json(Path folder) throws IOException {
        List<Path> candidates = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString().toLowerCase(Locale.ROOT);
                boolean plain = Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS);
                if (plain && name.endsWith(".json") && !name.startsWith(".") && candidates.size() <= MOST) {
                    candidates.add(entry);
                }
            }
        } catch (DirectoryIteratorException failed) {
            throw failed.getCause();
        }
        if (candidates.size() > MOST) {
            throw new ItemException(
                    "",
                    "folder-has-one-item",
                    "it holds more than " + MOST + " JSON files",
                    "Deliver each Item in a folder of its own, with its files.");
        }
        candidates.sort(null);
        return candidates;
    }

    private static void rejectLarge(long bytes) {
        if (bytes > MOST_BYTES) {
            throw new ItemException(
                    "",
                    "folder-json-is-small",
                    "its JSON files have more than " + MOST_BYTES + " bytes together",
                    "Deliver the Item and its GeoTIFFs, without other large JSON files.");
        }
    }
}
