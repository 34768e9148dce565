package io.swath.planning;

import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** Finds a scene's file for good: below the storage root after all links, a plain file, with a name that is text. */
final class SceneFile {
    private final Path storageRoot;

    /** The root is real: absolute, with no link in it. */
    SceneFile(Path storageRoot) {
        this.storageRoot = storageRoot;
    }

    /**
     * The file that an Item names.
     *
     * @param item that names it
     * @param field where it does so
     * @return absolute, with no link in it
     */
    Path real(Path item, String field, Path named) {
        try {
            return real(named);
        } catch (BadSceneException bad) {
            throw new BadSceneException(item, bad.rule(), "of " + field + ", " + bad.what(), bad.remedy());
        } catch (NoSuchFileException missing) {
            throw new BadSceneException(
                    item, "files-are-there", "of " + field + ", the file is not there", "Send it with all its files.");
        } catch (IOException failed) {
            throw unavailable(named, failed);
        }
    }

    /** @throws IOException when it is not there, or the storage does not answer */
    Path real(Path file) throws IOException {
        Path real = file.toRealPath();
        if (!real.startsWith(storageRoot)) {
            throw new BadSceneException(
                    file,
                    "scene-is-on-the-storage",
                    "it leads to " + real + ", outside the storage root",
                    "Copy the file itself onto the storage, instead of a link to it.");
        }
        String name = real.getFileName().toString();
        if (!name.toLowerCase(Locale.ROOT).matches("(?s).*\\.(tiff?|json)") || !Files.isRegularFile(real)) {
            throw new BadSceneException(
                    file,
                    "scene-is-one-file",
                    "it is neither a GeoTIFF named .tif or .tiff nor a STAC Item named .json",
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

    static GdalUnavailableException unavailable(Path path, IOException failed) {
        return new GdalUnavailableException(
                "Tried to look into " + path + " but failed because of " + failed + "; nothing is lost, try again",
                failed);
    }
}
