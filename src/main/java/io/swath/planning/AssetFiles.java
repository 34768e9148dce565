package io.swath.planning;

import io.swath.formats.FormatException;
import io.swath.formats.LandsatScales;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.GeoTiff;
import io.swath.untrusted.raster.SceneUnavailableException;
import io.swath.untrusted.stac.Asset;
import io.swath.untrusted.stac.Item;
import io.swath.untrusted.stac.ItemException;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** Finds and inspects the files that a STAC Item's assets name. Every error names the asset and its field. */
final class AssetFiles {
    private final Path item;
    private final SceneFiles files;
    private final GdalInfoCommand gdalinfo;

    /** @param item the Item's file; like the storage root, an absolute path with no link in it */
    AssetFiles(Path storageRoot, Path item, GdalInfoCommand gdalinfo) {
        this.item = item;
        this.files = new SceneFiles(storageRoot);
        this.gdalinfo = gdalinfo;
    }

    /** A file that an asset names. */
    record AssetFile(Asset asset, InspectedFile inspected) {
        GeoTiff file() {
            return inspected.tiff();
        }

        String field() {
            return asset.field();
        }
    }

    /**
     * The file of an asset.
     *
     * @return absolute, with no link in it
     * @throws BadSceneException when the asset names no file on the storage
     * @throws SceneUnavailableException when the storage does not answer
     */
    Path path(Asset asset) {
        try {
            return files.resolveNamed(item, asset.field("href"), Item.locate(asset, item.getParent()));
        } catch (ItemException bad) {
            throw badScene(bad);
        }
    }

    /** How many bands the asset's file has, by its header alone. */
    int bandCount(Asset asset) {
        Path path = path(asset);
        return namingAsset(asset, () -> GeoTiff.headerOf(path).bands());
    }

    AssetFile inspect(Asset asset, Path path) {
        return new AssetFile(
                asset,
                namingAsset(
                        asset,
                        () -> InspectedFile.of(path, gdalinfo).placedBy(asset).placedBy(coefficients(asset))));
    }

    /** The file with the asset's coefficients, beside the Item or below. */
    private Optional<Path> coefficients(Asset asset) {
        if (asset.rpc().isEmpty()) {
            return Optional.empty();
        }
        try {
            Path folder = item.getParent();
            Path file = folder.resolve(asset.rpc()).normalize();
            return file.startsWith(folder) ? files.resolveText(file) : Optional.empty();
        } catch (InvalidPathException noPath) {
            return Optional.empty(); // as without such a file: a recipe that needs a map rejects the scene
        }
    }

    /**
     * Scale and offset of the bands from the MTL file of Landsat, if the Item names one that is there and lists no scale.
     *
     * @throws BadSceneException when the MTL file cannot be used
     * @throws SceneUnavailableException when the storage does not answer
     */
    Optional<LandsatScales> landsatScales(Item scene) {
        try {
            for (Asset asset : scene.landsatMetadata()) {
                Optional<Path> file = metadata(asset);
                Optional<LandsatScales> scales = file.isPresent() ? LandsatScales.in(file.get()) : Optional.empty();
                if (scales.isPresent()) {
                    return scales;
                }
            }
            return Optional.empty();
        } catch (FormatException bad) {
            throw new BadSceneException(item, bad.rule(), bad.what(), bad.remedy());
        } catch (IOException failed) {
            throw SceneUnavailableException.unreadable(item, failed);
        }
    }

    private Optional<Path> metadata(Asset asset) {
        try {
            return files.resolveText(Item.locate(asset, item.getParent()));
        } catch (ItemException noFile) {
            return Optional.empty(); // as a file that is not there: arrival leaves it out too
        }
    }

    BadSceneException badScene(ItemException bad) {
        String at = bad.field().isEmpty() ? "" : "of " + bad.field() + ", ";
        return new BadSceneException(item, bad.rule(), at + bad.what(), bad.remedy());
    }

    /** Runs an inspection of the asset's file, and adds the asset's field to a rejection. */
    <T> T namingAsset(Asset asset, Supplier<T> inspection) {
        try {
            return inspection.get();
        } catch (BadSceneException bad) {
            throw new BadSceneException(
                    item, bad.rule(), "of " + asset.field("href") + ", " + bad.what(), bad.remedy());
        }
    }
}
