package io.swath.planning;

import io.swath.model.Recipe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Looks into an accepted scene: what it is, whether it is whole, and which of its bands the recipe means. Never reads
 * the pixels.
 *
 * <p>Thread-safe.
 */
public final class SceneInspector {
    private final Path storageRoot;
    private final GdalInfoCommand gdalinfo;

    public SceneInspector(Path storageRoot, GdalInfoCommand gdalinfo) {
        this.storageRoot = storageRoot;
        this.gdalinfo = gdalinfo;
    }

    /**
     * Looks into a scene's folder.
     *
     * @param folder the scene's own, {@code scenes/ID}, or any other below the storage root
     * @throws BadSceneException when the scene is not fit for the recipe
     * @throws PlanningUnavailableException when it could not be looked into, by no fault of its own
     */
    public Inspection inspect(Path folder, Recipe recipe) {
        return reader(folder).inspect(recipe);
    }

    /** The same for a file that lies somewhere below the storage root, for a dry run. */
    public Inspection inspectFile(Path file, Recipe recipe) {
        return readerOf(file).inspect(recipe);
    }

    private SceneReader reader(Path folder) {
        List<Path> content = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (!entry.getFileName().toString().startsWith(".") && content.size() < 2) {
                    content.add(entry);
                }
            }
        } catch (IOException failed) {
            throw unavailable(folder, failed);
        }
        if (content.size() != 1) {
            throw new BadSceneException(
                    folder,
                    "scene-is-one-file",
                    "it holds " + (content.isEmpty() ? "nothing" : "several files"),
                    "Deliver one GeoTIFF with all its bands; other kinds of scene come with a later version.");
        }
        return readerOf(content.get(0));
    }

    private SceneReader readerOf(Path file) {
        try {
            Path root = storageRoot.toRealPath();
            Path real = file.toRealPath();
            if (!real.startsWith(root)) {
                throw new BadSceneException(
                        file,
                        "scene-is-on-the-storage",
                        "it leads to " + real + ", outside the storage root",
                        "Copy the file itself onto the storage, instead of a link to it.");
            }
            String name = real.getFileName().toString();
            boolean named = name.toLowerCase(Locale.ROOT).matches("(?s).*\\.tiff?");
            if (!named || !Files.isRegularFile(real)) {
                throw new BadSceneException(
                        file,
                        "scene-is-one-file",
                        "it is not a GeoTIFF named .tif or .tiff",
                        "Deliver one GeoTIFF; other kinds of scene come with a later version.");
            }
            byte[] bytes = real.toString().getBytes(StandardCharsets.UTF_8);
            if (real.toString().contains("\uFFFD")
                    || !Path.of(new String(bytes, StandardCharsets.UTF_8)).equals(real)) {
                throw new BadSceneException(
                        file,
                        "name-is-text",
                        "its name is not valid UTF-8 text",
                        "Rename the file, and send it again.");
            }
            return new GeoTiffScene(root, real, gdalinfo);
        } catch (IOException failed) {
            throw unavailable(file, failed);
        }
    }

    private static PlanningUnavailableException unavailable(Path path, IOException failed) {
        return new PlanningUnavailableException(
                "Tried to look into " + path + " but failed because of " + failed + "; nothing is lost, try again",
                failed);
    }
}
