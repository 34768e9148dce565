package io.swath.planning;

import io.swath.planning.SceneInfo.SourceBand;
import io.swath.untrusted.raster.BadSceneException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A band of a scene on its map. Around the image there are pixels without data, so each band has a nodata there that is no
 * value of its pixels: its own; or NaN for floats; or, where every number of its type may be a value, one of a larger type.
 *
 * @param type GDAL's name of the type on the map
 * @param nodata on the map
 * @param sourceType GDAL's name of the type in the image, as {@code scene.vrt} has it
 * @param sourceNodata in the image; empty for none
 * @param resampling GDAL's name
 */
record MapBands(String type, String nodata, String sourceType, String sourceNodata, String resampling) {
    private record Larger(String type, String nodata) {}

    private static final Map<String, Larger> LARGER = Map.of(
            "Byte", new Larger("Int16", "-32768"),
            "UInt16", new Larger("Int32", "-2147483648"),
            "Int16", new Larger("Int32", "-2147483648"),
            "UInt32", new Larger("Float64", "nan"),
            "Int32", new Larger("Float64", "nan"),
            "Float32", new Larger("Float32", "nan"),
            "Float64", new Larger("Float64", "nan"));
    /** Values between two classes or flags mean nothing. */
    private static final Pattern CLASSES = Pattern.compile(
            "(?i)scl|qa|qa[_-].*|.*[_-]qa|bqa|fmask|udm\\d?|.*mask.*|cloud|clear|snow|shadow|.*haze|landcover|classification");

    /** @throws BadSceneException when a band's type cannot be resampled */
    static List<MapBands> of(Path file, SceneInfo scene) {
        return scene.bands().stream().map(band -> of(file, scene, band)).toList();
    }

    private static MapBands of(Path file, SceneInfo scene, SourceBand band) {
        String type = band.type().equals("Int8") ? "Int16" : band.type(); // see SceneVrt
        if (!LARGER.containsKey(type)) {
            throw new BadSceneException(
                    file,
                    "type-can-be-rectified",
                    "its pixels are of the type " + type + ", which cannot be put onto a map",
                    "Convert it first: gdal_translate -ot Float64 in.tif out.tif.");
        }
        boolean classes = !band.palette().isEmpty()
                || band.colour().equals("Palette")
                || CLASSES.matcher(band.name()).matches();
        String resampling = classes ? "NEAREST" : scene.rectification().resampling();
        Larger larger = LARGER.get(type);
        if (!band.nodata().isEmpty()) {
            return new MapBands(type, band.nodata(), type, band.nodata(), resampling);
        }
        boolean floating = type.startsWith("Float");
        return new MapBands(larger.type(), larger.nodata(), type, floating ? "nan" : "", resampling);
    }

    /** A type that holds the values of all these bands: a GeoTIFF has one type. */
    static String common(List<MapBands> bands) {
        List<String> types = bands.stream().map(MapBands::type).distinct().toList();
        if (types.size() == 1) {
            return types.get(0);
        }
        boolean wide = types.contains("Float64") || types.contains("UInt32") || types.contains("Int32");
        if (types.contains("Float64") || types.contains("UInt32") || (types.contains("Float32") && wide)) {
            return "Float64";
        }
        return types.contains("Float32") ? "Float32" : "Int32";
    }
}
