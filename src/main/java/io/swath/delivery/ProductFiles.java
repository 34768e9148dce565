package io.swath.delivery;

import io.swath.model.Scene;

/** The names of the files in a product's folder. Other programs rely on them. */
final class ProductFiles {
    static final String PREVIEW = "preview.png";
    static final String POLYGONS = "polygons.gpkg";
    static final String ITEM = "item.json";
    static final String RUNS = "runs.csv";

    private ProductFiles() {}

    /** The Cloud Optimized GeoTIFF. */
    static String cog(Scene scene) {
        return cog(scene.id(), scene.recipe());
    }

    static String cog(String sceneId, String recipe) {
        return sceneId + "_" + recipe + ".tif";
    }
}
