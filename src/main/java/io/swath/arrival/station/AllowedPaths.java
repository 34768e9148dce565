package io.swath.arrival.station;

import io.swath.model.Rejection;
import io.swath.storage.Roots;
import io.swath.storage.Storage;
import io.swath.untrusted.BadMessageException;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The folders in which stations may announce scenes: the storage without Swath's own folders, and the folders of the
 * setting {@code station.roots}. Immutable.
 */
public final class AllowedPaths {
    private static final String RULE = "files-are-below-the-roots";

    private final Storage storage;
    private final List<Path> folders;

    /** {@code more} are folders in addition to the storage's root. */
    public AllowedPaths(Storage storage, List<Path> more) {
        this.storage = storage;
        this.folders = Stream.concat(Stream.of(storage.root()), more.stream()).toList();
    }

    /** The folder from which a relative path starts. */
    Path base() {
        return storage.root();
    }

    Roots roots() {
        return new Roots(folders);
    }

    /**
     * The file that a message names. Reads nothing from the storage.
     *
     * @throws BadMessageException when the path is not in an allowed folder
     */
    Path locate(String text) {
        Path path;
        try {
            path = storage.root().resolve(text);
        } catch (InvalidPathException e) {
            throw rejected("path-is-plain", "it is not a path: " + Texts.shown(text));
        }
        if (Stream.of(text.split("/", -1)).anyMatch(part -> part.equals("..") || part.equals("."))) {
            throw rejected("path-is-plain", "there is a . or .. in it: " + Texts.shown(text));
        }
        if (folders.stream().noneMatch(folder -> path.startsWith(folder) && !path.equals(folder))) {
            throw rejected(RULE, "no scene may be there: " + Texts.shown(text));
        }
        if (storage.layout().stream().anyMatch(path::startsWith)) {
            throw rejected(RULE, "it is in one of Swath's own folders: " + Texts.shown(text));
        }
        return path;
    }

    private BadMessageException rejected(String rule, String what) {
        return new BadMessageException(new Rejection(rule, "path", what, remedy()));
    }

    private String remedy() {
        return "Put the scene below "
                + String.join(" or ", folders.stream().map(Path::toString).toList())
                + ", outside of Swath's own folders there (inbox, scenes, rejected, work, delivered), and name it by its"
                + " path as Swath sees it, or by its path below the first.";
    }

    /**
     * Rejects a file that is in one of Swath's own folders after all links are followed.
     *
     * @throws IOException when the storage does not answer
     */
    void rejectLayout(List<Path> files) throws IOException {
        for (Path file : files) {
            Path real = file.toRealPath();
            for (Path own : storage.layout()) {
                if (Files.exists(own) && real.startsWith(own.toRealPath())) {
                    throw rejected(RULE, file.getFileName() + " leads into one of Swath's own folders");
                }
            }
        }
    }

    /**
     * Checks that the allowed folders which hold these files are mounted. When a folder is not mounted, a missing file
     * means nothing.
     *
     * @throws IOException when such a folder is not there
     */
    void requireMounted(List<Path> files) throws IOException {
        for (Path folder : folders) {
            if (!Files.isDirectory(folder) && files.stream().anyMatch(file -> file.startsWith(folder))) {
                throw new IOException(folder + " is not there: is it mounted?");
            }
        }
    }
}
