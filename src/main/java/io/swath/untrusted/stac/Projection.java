package io.swath.untrusted.stac;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.untrusted.raster.Georeference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the pixels of an asset lie, as its Item says: the <a href="https://github.com/stac-extensions/projection">projection
 * extension</a>. Immutable.
 *
 * @param system the coordinate system as GDAL reads it, {@code EPSG:32633} or WKT; may be empty
 * @param geoTransform GDAL's six numbers; may be empty
 * @param width pixels to which the transform applies; 0 if the Item does not say
 * @param height pixels
 */
public record Projection(String system, List<Double> geoTransform, int width, int height) {
    private static final Pattern CODE = Pattern.compile("EPSG:(\\d{4,6})");
    private static final Pattern WKT =
            Pattern.compile("(?s)(PROJCRS|GEOGCRS|GEODCRS|BOUNDCRS|COMPOUNDCRS|PROJCS|GEOGCS)\\[.*\\]");
    private static final int LONGEST_WKT = 20_000;

    public Projection {
        geoTransform = List.copyOf(geoTransform);
    }

    /**
     * The place of an asset.
     *
     * @param transformField the asset's field {@code proj:transform}, as errors name it
     * @throws ItemException when a transform gives pixels no area
     */
    static Optional<Projection> of(String transformField, JsonNode asset, JsonNode properties) {
        String system = system(asset);
        system = system.isEmpty() ? system(properties) : system;
        boolean own = asset.has("proj:transform");
        JsonNode transform = (own ? asset : properties).path("proj:transform");
        JsonNode shape = (own ? asset : properties).path("proj:shape"); // of the same pixels as the transform
        List<Double> numbers = numbers(transformField, transform);
        if (system.isEmpty() && numbers.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Projection(
                system, numbers, shape.path(1).asInt(), shape.path(0).asInt()));
    }

    private static String system(JsonNode fields) {
        String code = fields.path("proj:code").asText("").strip().toUpperCase(Locale.ROOT);
        if (code.isEmpty() && fields.path("proj:epsg").isInt()) {
            code = "EPSG:" + fields.path("proj:epsg").intValue();
        }
        if (CODE.matcher(code).matches()) {
            return code;
        }
        String wkt = fields.path("proj:wkt2").asText("").strip();
        return wkt.length() <= LONGEST_WKT && WKT.matcher(wkt).matches() ? wkt : "";
    }

    /** In GDAL's order. STAC has the rows of a matrix: six numbers, or nine with the last row. */
    private static List<Double> numbers(String field, JsonNode transform) {
        List<Double> rows = new ArrayList<>();
        transform.forEach(number -> rows.add(number.isNumber() ? number.doubleValue() : Double.NaN));
        if (rows.size() != 6 && rows.size() != 9) {
            return List.of();
        }
        double area = rows.get(0) * rows.get(4) - rows.get(1) * rows.get(3);
        if (rows.stream().anyMatch(number -> !Double.isFinite(number)) || !Double.isFinite(area) || area == 0) {
            throw new ItemException(
                    field,
                    "georeferencing-is-possible",
                    "it gives pixels no area: " + rows,
                    "Write the rows of the matrix: width of a pixel, 0, left edge, 0, minus height of a pixel, top edge.");
        }
        return List.of(rows.get(2), rows.get(0), rows.get(1), rows.get(5), rows.get(3), rows.get(4));
    }

    /**
     * A georeference with what it lacks: its coordinate system, or all of its place. Pixels that lie by coefficients or
     * control points stay so.
     *
     * @param pixelsAcross of the file, which may have other pixels than those to which the Item's transform applies
     */
    public Georeference complete(Georeference own, int pixelsAcross, int pixelsDown) {
        Georeference.Kind kind = own.kind();
        boolean unplaced = kind == Georeference.Kind.NONE && !geoTransform.isEmpty();
        boolean mapped = kind == Georeference.Kind.NORTH_UP || kind == Georeference.Kind.ROTATED;
        if (own.inImageSpace() || (!unplaced && !(mapped && own.wkt().isEmpty()))) {
            return own;
        }
        boolean named = !own.wkt().isEmpty() || system.isEmpty();
        Matcher code = CODE.matcher(system);
        return new Georeference(
                unplaced ? scaled(pixelsAcross, pixelsDown) : own.geoTransform(),
                named ? own.wkt() : system,
                named ? own.epsg() : code.matches() ? Integer.parseInt(code.group(1)) : 0,
                named ? own.axisMapping() : List.of(),
                own.gcps(),
                own.gcpWkt(),
                own.gcpAxisMapping(),
                own.rpc(),
                own.areaOrPoint(),
                own.footprint());
    }

    private List<Double> scaled(int pixelsAcross, int pixelsDown) {
        double across = width > 0 ? (double) width / pixelsAcross : 1;
        double down = height > 0 ? (double) height / pixelsDown : 1;
        return List.of(
                geoTransform.get(0),
                geoTransform.get(1) * across,
                geoTransform.get(2) * down,
                geoTransform.get(3),
                geoTransform.get(4) * across,
                geoTransform.get(5) * down);
    }
}
