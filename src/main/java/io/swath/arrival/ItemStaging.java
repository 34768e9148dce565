package io.swath.arrival;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.storage.DurableFiles;
import io.swath.storage.Roots;
import io.swath.storage.SafeName;
import io.swath.untrusted.raster.CompanionFiles;
import io.swath.untrusted.stac.Asset;
import io.swath.untrusted.stac.Item;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Puts the files that an Item names into a scene's folder, under safe names, and an Item that names them there.
 *
 * @param folder an existing folder
 * @param roots no file outside of them is read
 */
record ItemStaging(Path folder, StagingMode mode, Roots roots) {
    private static final int LONGEST_NAME = 100;
    /** How many characters at the end of a longer name stay. */
    private static final int KEPT_END = 40;

    /** A folder that is never there: in a scene's own Item it stands before files that were not taken. */
    private static final String NOT_TAKEN = "./not-taken";

    /**
     * Puts the files there. The Item keeps the rasters that were not taken, because numbers of bands count through all.
     *
     * @param taken the assets whose files become the scene's, with those files
     * @return the file of the Item
     * @throws IOException when it failed, for example because the storage is full
     */
    Path stage(Item item, Map<Asset, Path> taken) throws IOException {
        Map<Path, String> names = names(taken.values());
        for (Map.Entry<Path, String> file : names.entrySet()) {
            Path target = folder.resolve(file.getValue());
            Staging.stage(file.getKey(), target, mode, roots);
            CompanionCopies.stage(CompanionFiles.beside(file.getKey()), target, mode, roots);
        }
        ObjectNode json = item.json().deepCopy();
        ObjectNode assets = json.putObject("assets");
        List<Asset> rasters = item.rasters();
        for (Asset asset : item.assets()) {
            if (taken.containsKey(asset) || rasters.contains(asset)) {
                ObjectNode copy = item.json().path("assets").path(asset.key()).deepCopy();
                copy.put(
                        "href",
                        taken.containsKey(asset)
                                ? "./" + names.get(taken.get(asset))
                                : NOT_TAKEN + "/" + SafeName.of(asset.key(), LONGEST_NAME) + ".tif");
                assets.set(asset.key(), copy);
            }
        }
        Path copy = folder.resolve(Item.FILE);
        DurableFiles.write(copy, json.toPrettyString() + "\n");
        return copy;
    }

    /**
     * For each file a safe form of its name that no other file has. The end of the name stays, because it says what the
     * file is: {@code _MTL.txt}, {@code _B4.tif}.
     */
    private static Map<Path, String> names(Collection<Path> files) {
        Map<Path, String> names = new LinkedHashMap<>();
        for (Path file : files) {
            if (!names.containsKey(file)) {
                names.put(file, freeName(file, names));
            }
        }
        return names;
    }

    private static String freeName(Path file, Map<Path, String> names) {
        String given = file.getFileName().toString();
        int dot = given.lastIndexOf('.');
        String stem = withoutMiddle(SafeName.of(dot < 0 ? given : given.substring(0, dot), Integer.MAX_VALUE));
        String extension = switch (given.substring(dot + 1).toLowerCase(Locale.ROOT)) {
            case "jp2", "j2k" -> ".jp2";
            case "txt" -> ".txt";
            case "xml" -> ".xml";
            case "json" -> ".json";
            default -> ".tif";
        };
        String name = stem + extension;
        for (int number = 2; names.containsValue(name); number++) {
            name = number + "-" + stem + extension;
        }
        return name;
    }

    private static String withoutMiddle(String stem) {
        return stem.length() <= LONGEST_NAME
                ? stem
                : stem.substring(0, LONGEST_NAME - KEPT_END - 1) + "-" + stem.substring(stem.length() - KEPT_END);
    }
}
