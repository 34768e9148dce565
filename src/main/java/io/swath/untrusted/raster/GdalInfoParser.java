package io.swath.untrusted.raster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.untrusted.raster.GdalInfo.Band;
import io.swath.untrusted.raster.Georeference.Gcp;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses the output of {@code gdalinfo -json}. GDAL writes a bare {@code nan} for a value that is not a number, which is
 * invalid JSON: such a scene is rejected.
 */
final class GdalInfoParser {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern NOT_A_NUMBER =
            Pattern.compile("\"(\\w+)\"\\s*:\\s*[-\\[\\]0-9.,eE+\\s]*-?(?:nan|inf)", Pattern.CASE_INSENSITIVE);
    private static final Pattern EPSG = Pattern.compile("ID\\[\"EPSG\",(\\d{1,7})\\]\\]\\s*$");

    private final Path file;

    GdalInfoParser(Path file) {
        this.file = file;
    }

    GdalInfo parse(String text) {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JsonProcessingException notJson) {
            throw notJson(text, notJson);
        }
        JsonNode size = root.path("size");
        if (!size.path(0).isInt() || !size.path(1).isInt() || root.path("bands").isEmpty()) {
            throw new BadSceneException(
                    file,
                    "gdal-understands-it",
                    "GDAL finds no raster in it",
                    "Make the file again with a current GDAL.");
        }
        List<Band> bands = new ArrayList<>();
        root.path("bands").forEach(band -> bands.add(band(band)));
        Map<String, Map<String, String>> metadata = new LinkedHashMap<>();
        root.path("metadata").properties().forEach(domain -> metadata.put(domain.getKey(), items(domain.getValue())));
        return new GdalInfo(
                size.get(0).intValue(), size.get(1).intValue(), bands, georeference(root, metadata), metadata);
    }

    private BadSceneException notJson(String text, JsonProcessingException cause) {
        Matcher found = NOT_A_NUMBER.matcher(text);
        String what = "GDAL's description of it is not valid JSON";
        if (found.find()) {
            boolean band = List.of("scale", "offset", "noDataValue").contains(found.group(1));
            what = (band ? "a band's " + found.group(1) : "its georeferencing") + " is not a number";
        }
        BadSceneException exception = new BadSceneException(
                file, "numbers-are-numbers", what, "Write it again with correct values: gdal_edit.py -a_ullr, -scale.");
        exception.initCause(cause);
        return exception;
    }

    private static Band band(JsonNode band) {
        List<String> maskFlags = new ArrayList<>();
        band.path("mask").path("flags").forEach(flag -> maskFlags.add(flag.asText()));
        JsonNode structure = band.path("metadata").path("IMAGE_STRUCTURE");
        // GDAL reads signed samples of less than 8 bits without their sign.
        boolean signedByte = structure.path("PIXELTYPE").asText().equals("SIGNEDBYTE") && !structure.has("NBITS");
        return new Band(
                band.path("band").asInt(),
                band.path("description").asText(""),
                signedByte ? "Int8" : band.path("type").asText(""),
                band.path("colorInterpretation").asText("Undefined"),
                nodata(band.path("noDataValue")),
                band.path("block").path(0).asInt(),
                band.path("block").path(1).asInt(),
                band.path("scale").asDouble(1),
                band.path("offset").asDouble(0),
                band.path("unit").asText(""),
                maskFlags,
                palette(band.path("colorTable").path("entries")),
                items(band.path("metadata").path("")));
    }

    /** Without the black entries at the end: a TIFF's palette has one for each value of the type. */
    private static String palette(JsonNode entries) {
        List<String> colours = new ArrayList<>();
        int used = 0;
        for (JsonNode entry : entries) {
            List<String> parts = new ArrayList<>();
            entry.forEach(part -> parts.add(Integer.toString(part.asInt())));
            colours.add(String.join(",", parts));
            used = colours.get(colours.size() - 1).equals("0,0,0,255") ? used : colours.size();
        }
        return String.join(" ", colours.subList(0, used));
    }

    /** Nodata as GDAL's tools and its VRT read it: gdalinfo writes NaN and infinities in another way. */
    private static String nodata(JsonNode value) {
        String text = value.asText("");
        return switch (text) {
            case "NaN" -> "nan";
            case "Infinity" -> "inf";
            case "-Infinity" -> "-inf";
            default -> text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
        };
    }

    private static Georeference georeference(JsonNode root, Map<String, Map<String, String>> metadata) {
        JsonNode system = root.path("coordinateSystem");
        JsonNode gcps = root.path("gcps");
        String wkt = system.path("wkt").asText("");
        Matcher code = EPSG.matcher(wkt);
        return new Georeference(
                numbers(root.path("geoTransform")),
                wkt,
                code.find() ? Integer.parseInt(code.group(1)) : 0,
                axes(system),
                gcps(gcps),
                gcps.path("coordinateSystem").path("wkt").asText(""),
                axes(gcps.path("coordinateSystem")),
                metadata.getOrDefault("RPC", Map.of()),
                metadata.getOrDefault("", Map.of()).getOrDefault("AREA_OR_POINT", ""),
                footprint(root));
    }

    private static List<Gcp> gcps(JsonNode gcps) {
        List<Gcp> points = new ArrayList<>();
        for (JsonNode gcp : gcps.path("gcpList")) {
            points.add(new Gcp(
                    gcp.path("id").asText(""),
                    gcp.path("info").asText(""),
                    gcp.path("pixel").asDouble(),
                    gcp.path("line").asDouble(),
                    gcp.path("x").asDouble(),
                    gcp.path("y").asDouble(),
                    gcp.path("z").asDouble()));
        }
        return points;
    }

    private static List<List<Double>> footprint(JsonNode root) {
        List<List<Double>> ring = new ArrayList<>();
        root.path("wgs84Extent").path("coordinates").path(0).forEach(point -> ring.add(numbers(point)));
        boolean usable = ring.size() >= 4 && ring.stream().allMatch(point -> point.size() >= 2);
        return usable ? ring : List.of();
    }

    private static List<Integer> axes(JsonNode system) {
        List<Integer> axes = new ArrayList<>();
        system.path("dataAxisToSRSAxisMapping").forEach(axis -> axes.add(axis.asInt()));
        return axes;
    }

    private static List<Double> numbers(JsonNode array) {
        List<Double> numbers = new ArrayList<>();
        for (JsonNode number : array) {
            if (!number.isNumber()) {
                return List.of();
            }
            numbers.add(number.doubleValue());
        }
        return numbers;
    }

    private static Map<String, String> items(JsonNode domain) {
        Map<String, String> items = new LinkedHashMap<>();
        domain.properties()
                .forEach(item -> items.put(item.getKey(), item.getValue().asText()));
        return items;
    }
}
