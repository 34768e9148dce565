package io.swath.planning;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.storage.DurableFiles;
import io.swath.storage.FileIdentity;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes what jobs need of a scene that is put onto a map, into its work folder: {@code ortho.json}, which the script
 * {@code ortho.py} reads, and {@code map.vrt}, from which {@code job.sh} makes the dataset that the recipe's steps read.
 * Other scenes have neither file.
 */
final class MapFiles {
    private static final String ORTHO = "ortho.json";
    private static final String MAP = "map.vrt";
    /**
     * How far from its exact place a pixel may be taken, in pixels of the image: a spline through control points takes long
     * to compute. Coefficients are computed exactly, because between two pixels the terrain may have any height.
     */
    private static final double TOLERANCE = 0.01;

    private MapFiles() {}

    /** Writes each file completely or not at all. Older files are replaced, or removed where the scene needs none. */
    static void write(SceneInfo scene, Storage storage, Path work, ObjectMapper json) throws IOException {
        Rectification rectification = scene.rectification();
        if (rectification.isNone()) {
            Files.deleteIfExists(work.resolve(MAP));
            Files.deleteIfExists(work.resolve(ORTHO));
            return;
        }
        List<MapBands> bands = MapBands.of(work, scene);
        ObjectNode ortho = json.createObjectNode();
        ortho.put("method", rectification.method());
        ortho.put("heightMetres", rectification.heightMetres());
        ortho.put("dem", onNodes(storage, rectification.terrain().path()));
        ortho.put("geoid", onNodes(storage, rectification.terrain().geoid()));
        ortho.put("srs", "EPSG:" + rectification.map().epsg());
        ArrayNode transform = ortho.putArray("transform");
        rectification.map().geoTransform().forEach(transform::add);
        ortho.put("width", rectification.width());
        ortho.put("height", rectification.height());
        ortho.put("tolerance", rectification.method().equals("RPC") ? 0 : TOLERANCE);
        ortho.put("type", MapBands.common(bands));
        ortho.set("bands", json.valueToTree(bands));
        DurableFiles.write(work.resolve(ORTHO), json.writeValueAsString(ortho));
        SceneVrt.writeMap(asScene(scene, bands), MapBands.common(bands), storage, work.resolve(MAP));
    }

    /** The map as a scene of its own, whose one source holds the bands in their order. */
    private static SceneInfo asScene(SceneInfo scene, List<MapBands> bands) {
        List<SourceBand> ofTile = new ArrayList<>();
        for (int index = 0; index < bands.size(); index++) {
            SourceBand band = scene.bands().get(index);
            MapBands there = bands.get(index);
            ofTile.add(new SourceBand(
                    0,
                    index + 1,
                    band.name(),
                    there.type(),
                    there.nodata(),
                    band.scale(),
                    band.offset(),
                    band.unit(),
                    band.colour(),
                    band.palette()));
        }
        int block = MapGrid.BLOCK;
        return new SceneInfo(
                scene.raster(),
                scene.bytes(),
                scene.gridWidth(),
                scene.gridHeight(),
                block,
                block,
                List.of(new Source(
                        scene.raster(), block, block, block, block, "", FileIdentity.UNKNOWN, List.of(), List.of())),
                ofTile,
                0,
                false,
                0,
                scene.rectification().map(),
                scene.datetime(),
                scene.datetimeFrom(),
                scene.tiffDatetime(),
                scene.acquisition(),
                Rectification.NONE);
    }

    private static String onNodes(Storage storage, String path) {
        return path.isEmpty() ? "" : storage.clusterPath(path);
    }
}
