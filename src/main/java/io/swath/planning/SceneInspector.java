package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.GdalUnavailableException;
import io.swath.untrusted.stac.ItemException;
import io.swath.untrusted.stac.ItemFolder;
import java.io.IOException;
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
     * @throws GdalUnavailableException when it could not be looked into, by no fault of its own
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
            throw SceneFile.unavailable(folder, failed);
        }
        if (content.size() > 1) {
            return readerOf(item(folder));
        }
        if (content.isEmpty()) {
            throw new BadSceneException(
                    folder,
                    "scene-is-one-file",
                    "it holds nothing",
                    "Deliver one GeoTIFF with all its bands, or a STAC Item that names its files.");
        }
        return readerOf(content.get(0));
    }

    private static Path item(Path folder) {
        try {
            return ItemFolder.find(folder);
        } catch (ItemException bad) {
            throw new BadSceneException(folder, bad.rule(), bad.what(), bad.remedy());
        } catch (IOException failed) {
            throw SceneFile.unavailable(folder, failed);
        }
    }

    private SceneReader readerOf(Path file) {
        try {
            Path root = storageRoot.toRealPath();
            Path real = new SceneFile(root).real(file);
            boolean item =
                    real.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".json");
            return item ? new StacScene(root, real, gdalinfo) : new GeoTiffScene(root, real, gdalinfo);
        } catch (IOException failed) {
            throw SceneFile.unavailable(file, failed);
        }
    }
}
