package io.swath.planning;

import io.swath.storage.FileIdentity;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.GeoTiff;
import io.swath.untrusted.raster.Georeference;
import io.swath.untrusted.raster.RpcFile;
import io.swath.untrusted.raster.SceneUnavailableException;
import io.swath.untrusted.stac.Asset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A GeoTIFF of a scene with what its companions say, and which file it was while it was inspected.
 *
 * @param maskIdentity of the file with the GeoTIFF's mask; {@link FileIdentity#UNKNOWN} without one
 */
record InspectedFile(GeoTiff tiff, FileIdentity identity, FileIdentity maskIdentity) {
    /**
     * Inspects a file.
     *
     * @param file absolute, with no link in it
     * @throws io.swath.untrusted.raster.BadSceneException when the file is incomplete or invalid
     * @throws SceneUnavailableException when it could not be inspected now, or was changed meanwhile
     */
    static InspectedFile of(Path file, GdalInfoCommand gdalinfo) {
        FileIdentity before = identity(file);
        GeoTiff tiff = GeoTiff.inspect(file, gdalinfo);
        String difference = before.difference(identity(file));
        if (!difference.isEmpty()) {
            throw new SceneUnavailableException("Tried to inspect " + file + " but it was changed meanwhile: "
                    + difference + "; nothing is lost, it is inspected again");
        }
        FileIdentity mask = tiff.mask().map(found -> identity(found.file())).orElse(FileIdentity.UNKNOWN);
        return new InspectedFile(tiff, before, mask);
    }

    /** With the place that the Item gives it, where the file itself has none. */
    InspectedFile placedBy(Asset asset, GdalInfoCommand gdalinfo) {
        Georeference own = tiff.info().georeference();
        return asset.projection()
                .map(given ->
                        given.complete(own, tiff.header().width(), tiff.header().height()))
                .filter(placed -> !placed.equals(own))
                .map(placed -> gdalinfo.locate(
                        tiff.file(), tiff.info().width(), tiff.info().height(), placed))
                .map(placed -> new InspectedFile(tiff.placed(placed), identity, maskIdentity))
                .orElse(this);
    }

    /** With coefficients, where the file itself has no place on the earth. */
    InspectedFile placedBy(Optional<Path> coefficients) {
        Georeference own = tiff.info().georeference();
        boolean unplaced = own.kind() == Georeference.Kind.NONE || own.inImageSpace();
        return coefficients
                .filter(file -> unplaced && own.rpc().isEmpty())
                .map(file -> new InspectedFile(tiff.placed(own.withRpc(RpcFile.read(file))), identity, maskIdentity))
                .orElse(this);
    }

    private static FileIdentity identity(Path file) {
        try {
            return FileIdentity.of(file);
        } catch (IOException failed) {
            throw SceneUnavailableException.unreadable(file, failed);
        }
    }
}
