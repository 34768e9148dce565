package io.swath.formats;

import io.swath.untrusted.Texts;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** The paths that a product's metadata list: text from outside, which may be no path, or lead out of the product. */
final class ListedPath {
    /** NAME_MAX of Linux's file systems; longer names cannot be there. */
    private static final int LONGEST_NAME = 255;

    private ListedPath() {}

    /**
     * The file that the metadata list, relative to their own folder.
     *
     * @param metadata the file with the text, relative to the product's folder
     * @return relative to the product's folder, without {@code .} and {@code ..}
     * @throws FormatException when the text names no file below the product's folder
     */
    static Path below(Path metadata, String text) {
        if (text.isBlank()) {
            throw FormatException.incomplete(metadata, "name of a file where it lists one");
        }
        return find(folderOf(metadata), text)
                .orElseThrow(() -> new FormatException(
                        Texts.line(metadata.toString()),
                        "path-is-below-the-product",
                        "it lists " + Texts.shown(text) + ", which is no path of a file below the product's folder",
                        "Deliver the product as its producer made it; do not edit its metadata."));
    }

    /** As {@link #below}, but the file lies beside the metadata, whatever folders the text has. */
    static Path beside(Path metadata, String text) {
        return below(metadata, text.substring(text.lastIndexOf('/') + 1));
    }

    /** As {@link #below}, relative to a folder of the product; empty when the text names no file. */
    static Optional<Path> find(Path folder, String text) {
        try {
            Path path = Path.of(text);
            Path whole = folder.resolve(path).normalize();
            boolean usable = !path.isAbsolute()
                    && !whole.startsWith("..")
                    && !path.normalize().toString().isEmpty()
                    && Texts.printable(text);
            for (Path name : whole) {
                usable &= name.toString().length() <= LONGEST_NAME;
            }
            return usable ? Optional.of(whole) : Optional.empty();
        } catch (InvalidPathException noPath) {
            return Optional.empty();
        }
    }

    /** The folder in which a file lies; the empty path for the product's own. */
    static Path folderOf(Path file) {
        return Optional.ofNullable(file.getParent()).orElse(Path.of(""));
    }
}
