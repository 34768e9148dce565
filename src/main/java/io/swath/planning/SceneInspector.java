package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.storage.RegularFiles;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.CompanionFiles;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.SceneUnavailableException;
import io.swath.untrusted.stac.ItemException;
import io.swath.untrusted.stac.ItemFolder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Inspects an accepted scene: what kind of scene it is, whether it is complete, and which bands the recipe asks for. Never
 * reads the pixels.
 *
 * <p>Thread-safe.
 */
public final class SceneInspector {
    /** More entries than a GeoTIFF has companions: a folder with more is described by its Item. */
    private static final int MOST_READ = 10;

    private final Path storageRoot;
    private final GdalInfoCommand gdalinfo;
    private final Rectifier rectifier;

    /** Without a terrain model. */
    public SceneInspector(Path storageRoot, GdalInfoCommand gdalinfo) {
        this(storageRoot, gdalinfo, Terrain.none(gdalinfo));
    }

    public SceneInspector(Path storageRoot, GdalInfoCommand gdalinfo, Terrain terrain) {
        this.storageRoot = storageRoot;
        this.gdalinfo = gdalinfo;
        this.rectifier = new Rectifier(terrain, gdalinfo);
    }

    /**
     * Inspects the scene in a folder.
     *
     * @param folder {@code scenes/ID}, or any other folder below the storage root
     * @throws BadSceneException when the scene is invalid, or does not fit the recipe
     * @throws SceneUnavailableException when the scene could not be inspected now
     */
    public Inspection inspect(Path folder, Recipe recipe) {
        return rectifier.rectified(folder, recipe, readerOfFolder(folder).inspect(recipe));
    }

    /** As {@link #inspect}, for a file below the storage root that is not in a scene's folder; for a dry run. */
    public Inspection inspectFile(Path file, Recipe recipe) {
        return rectifier.rectified(file, recipe, readerOfFile(file).inspect(recipe));
    }

    private SceneReader readerOfFolder(Path folder) {
        List<Path> content = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (!entry.getFileName().toString().startsWith(".") && content.size() < MOST_READ) {
                    content.add(entry);
                }
            }
        } catch (IOException failed) {
            throw SceneUnavailableException.unreadable(folder, failed);
        }
        Optional<Path> single = tiffWithCompanions(content);
        if (single.isPresent()) {
            return readerOfFile(single.get());
        }
        if (content.size() > 1) {
            return readerOfFile(itemFile(folder));
        }
        if (content.isEmpty()) {
            throw new BadSceneException(
                    folder,
                    "scene-is-one-file",
                    "it holds nothing",
                    "Deliver one GeoTIFF with all its bands, or a STAC Item that names its files.");
        }
        return readerOfFile(content.get(0));
    }

    /** The GeoTIFF of a folder that holds nothing but one GeoTIFF and its companions. */
    private static Optional<Path> tiffWithCompanions(List<Path> content) {
        return content.stream()
                .filter(tiff -> content.stream()
                        .allMatch(entry -> entry.equals(tiff)
                                || CompanionFiles.beside(tiff).paths().contains(entry)))
                .filter(tiff -> content.size() > 1)
                .findFirst();
    }

    private static Path itemFile(Path folder) {
        try {
            return ItemFolder.find(folder, (file, most) -> RegularFiles.readStart(folder, file, most));
        } catch (ItemException bad) {
            throw new BadSceneException(folder, bad.rule(), bad.what(), bad.remedy());
        } catch (IOException failed) {
            throw SceneUnavailableException.unreadable(folder, failed);
        }
    }

    private SceneReader readerOfFile(Path file) {
        try {
            Path root = storageRoot.toRealPath();
            Path real = new SceneFiles(root).resolve(file);
            boolean item =
                    real.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".json");
            return item ? new StacScene(root, real, gdalinfo) : new GeoTiffScene(root, real, gdalinfo);
        } catch (IOException failed) {
            throw SceneUnavailableException.unreadable(file, failed);
        }
    }
}
