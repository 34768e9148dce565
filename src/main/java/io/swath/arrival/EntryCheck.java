package io.swath.arrival;

import io.swath.arrival.Candidate.Unfit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Tells what an entry of an inbox is, and whether it can be a scene. Immutable. */
final class EntryCheck {
    /** How much of a folder is looked at to tell whether it is still being filled. */
    private static final int MOST_ENTRIES = 5_000;

    private static final int DEEPEST = 12;

    private final Path folder;
    private final Path storageRoot;

    EntryCheck(Path folder, Path storageRoot) {
        this.folder = folder;
        this.storageRoot = storageRoot;
    }

    /** What changes when a file or a folder changes; a file put in another's place differs by its key. */
    record Look(
            boolean file, boolean directory, boolean link, long size, FileTime modified, String key, long entries) {}

    static Look look(Path entry) throws IOException {
        BasicFileAttributes own = Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (own.isDirectory()) {
            return lookInto(entry, own);
        }
        BasicFileAttributes meant = own;
        if (own.isSymbolicLink() && Files.exists(entry)) {
            meant = Files.readAttributes(entry, BasicFileAttributes.class);
        }
        return new Look(
                meant.isRegularFile(),
                meant.isDirectory(),
                own.isSymbolicLink(),
                meant.size(),
                meant.lastModifiedTime(),
                Objects.toString(meant.fileKey()),
                0);
    }

    private static Look lookInto(Path directory, BasicFileAttributes own) throws IOException {
        long size = 0;
        long entries = 0;
        FileTime newest = own.lastModifiedTime();
        try (Stream<Path> walk = Files.walk(directory, DEEPEST)) {
            for (Path path : (Iterable<Path>) walk.limit(MOST_ENTRIES)::iterator) {
                BasicFileAttributes now =
                        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                size += now.size();
                entries++;
                newest = now.lastModifiedTime().compareTo(newest) > 0 ? now.lastModifiedTime() : newest;
            }
        } catch (UncheckedIOException failed) {
            if (!(failed.getCause() instanceof NoSuchFileException)) {
                throw failed.getCause();
            }
            // Something in it went away just now: it is still changing, and the next look tells more.
            entries = -1;
        } catch (NoSuchFileException gone) {
            entries = -1;
        }
        return new Look(false, true, false, size, newest, Objects.toString(own.fileKey()), entries);
    }

    /** Why a complete entry cannot be a scene; empty where it can. */
    Optional<Unfit> unfit(Path entry, Look look) throws IOException {
        if (look.link()) {
            Optional<Unfit> astray = astray(entry);
            if (astray.isPresent()) {
                return astray;
            }
        }
        String name = entry.getFileName().toString();
        if (look.directory()) {
            return look.link()
                    ? Optional.of(new Unfit(
                            entry, "folder-can-be-moved", "it is a link to a folder", "Put the folder itself here."))
                    : Optional.empty(); // SceneFolder tells
        }
        if (!look.file()) {
            return Optional.of(
                    new Unfit(entry, "scene-is-one-file", "it is neither a file nor a folder", "Deliver one GeoTIFF."));
        }
        if (!isTiffName(name)) {
            return Optional.of(new Unfit(
                    entry,
                    "name-says-geotiff",
                    "its name does not end in .tif or .tiff",
                    "Deliver one GeoTIFF with all its bands, or a folder with a STAC Item and its files; archives and other"
                            + " kinds come with a later version."));
        }
        return Optional.empty();
    }

    private Optional<Unfit> astray(Path entry) throws IOException {
        Path real;
        try {
            real = entry.toRealPath();
        } catch (NoSuchFileException dangling) {
            return Optional.of(new Unfit(
                    entry,
                    "links-stay-on-the-storage",
                    "it is a link that leads nowhere",
                    "Copy the file itself here."));
        } catch (IOException loop) {
            if (Files.exists(entry)) {
                throw loop;
            }
            return Optional.of(new Unfit(
                    entry,
                    "links-stay-on-the-storage",
                    "it is a link that leads nowhere",
                    "Copy the file itself here."));
        }
        if (!real.startsWith(storageRoot.toRealPath())) {
            return Optional.of(new Unfit(
                    entry,
                    "links-stay-on-the-storage",
                    "it is a link that leads out of the storage",
                    "Copy the file itself here; the nodes see nothing but the storage."));
        }
        if (real.startsWith(folder.toRealPath().getParent())) {
            return Optional.of(new Unfit(
                    entry,
                    "links-stay-on-the-storage",
                    "it is a link to something that lies in an inbox itself, and will not stay there",
                    "Make a hard link (ln without -s), or a copy."));
        }
        return Optional.empty();
    }

    static boolean isTiffName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return (lower.endsWith(".tif") && lower.length() > 4) || (lower.endsWith(".tiff") && lower.length() > 5);
    }
}
