package io.swath.planning;

import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.SceneUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Resolves the paths of a scene's files: all links are followed, and the result must be a plain file below the storage
 * root, with a name that is valid text.
 */
final class SceneFiles {
    private final Path storageRoot;

    /** The root is real: absolute, with no link in it. */
    SceneFiles(Path storageRoot) {
        this.storageRoot = storageRoot;
    }

    /**
     * The file that an Item names.
     *
     * @param item the Item's file
     * @param field the field of the Item that names the file
     * @return absolute, with no link in it
     * @throws BadSceneException when the file is missing or not allowed
     * @throws SceneUnavailableException when the storage does not answer
     */
    Path resolveNamed(Path item, String field, Path file) {
        try {
            return resolve(file);
        } catch (BadSceneException bad) {
            throw new BadSceneException(item, bad.rule(), "of " + field + ", " + bad.what(), bad.remedy());
        } catch (NoSuchFileException missing) {
            throw new BadSceneException(
                    item, "files-are-there", "of " + field + ", the file is not there", "Send it with all its files.");
        } catch (IOException failed) {
            throw SceneUnavailableException.unreadable(file, failed);
        }
    }

    /**
     * A text file that an Item names beside the rasters; empty when it is not there, or is no plain file on the storage.
     *
     * @return absolute, with no link in it
     * @throws SceneUnavailableException when the storage does not answer
     */
    Optional<Path> resolveText(Path file) {
        try {
            return Optional.of(file.toRealPath())
                    .filter(real -> real.startsWith(storageRoot) && Files.isRegularFile(real));
        } catch (NoSuchFileException missing) {
            return Optional.empty();
        } catch (IOException failed) {
            throw SceneUnavailableException.unreadable(file, failed);
        }
    }

    /**
     * The file itself, absolute, with no link in its path.
     *
     * @throws BadSceneException when the file is not allowed
     * @throws IOException when the file is missing, or the storage does not answer
     */
    Path resolve(Path file) throws IOException {
        Path real = file.toRealPath();
        if (!real.startsWith(storageRoot)) {
            throw new BadSceneException(
                    file,
                    "scene-is-on-the-storage",
                    "it leads to " + real + ", outside the storage root",
                    "Copy the file itself onto the storage, instead of a link to it.");
        }
        String name = real.getFileName().toString();
        if (!name.toLowerCase(Locale.ROOT).matches("(?s).*\\.(tiff?|jp2|j2k|json)") || !Files.isRegularFile(real)) {
            throw new BadSceneException(
                    file,
                    "scene-is-one-file",
                    "it is neither a GeoTIFF named .tif or .tiff, nor JPEG 2000 named .jp2, nor a STAC Item named .json",
                    "Deliver one GeoTIFF, or a STAC Item that names some.");
        }
        byte[] bytes = real.toString().getBytes(StandardCharsets.UTF_8);
        if (real.toString().contains("\uFFFD")
                || !Path.of(new String(bytes, StandardCharsets.UTF_8)).equals(real)) {
            throw new BadSceneException(
                    file, "name-is-text", "its name is not valid UTF-8 text", "Rename the file, and send it again.");
        }
        return real;
    }
}
