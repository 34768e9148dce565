package io.swath.formats;

import io.swath.untrusted.xml.XmlElement;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * How the stored numbers of a Sentinel-2 product become reflectances: (DN + offset) / quantification. The offset is an
 * element of the metadata since baseline 04.00; where there is no such element, it is 0
 * (<a href="https://sentiwiki.copernicus.eu/web/s2-processing">processing baselines</a>). Immutable.
 */
record Sentinel2Radiometry(double quantification, Map<String, Double> offsets, double aerosol, double vapour) {
    /** The bands in the order of their {@code bandId}. */
    private static final List<String> BY_ID =
            List.of("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12");

    static final Map<String, String> COMMON_NAMES = Map.ofEntries(
            Map.entry("B01", "coastal"),
            Map.entry("B02", "blue"),
            Map.entry("B03", "green"),
            Map.entry("B04", "red"),
            Map.entry("B05", "rededge071"),
            Map.entry("B06", "rededge075"),
            Map.entry("B07", "rededge078"),
            Map.entry("B08", "nir"),
            Map.entry("B8A", "nir08"),
            Map.entry("B09", "nir09"),
            Map.entry("B10", "cirrus"),
            Map.entry("B11", "swir16"),
            Map.entry("B12", "swir22"));

    static Sentinel2Radiometry of(XmlElement document, Path file) {
        OptionalDouble quantification = first(
                document, List.of("BOA_QUANTIFICATION_VALUE", "L2A_BOA_QUANTIFICATION_VALUE", "QUANTIFICATION_VALUE"));
        if (quantification.isEmpty() || quantification.getAsDouble() <= 0) {
            throw FormatException.incomplete(file, "QUANTIFICATION_VALUE");
        }
        Map<String, Double> offsets = new HashMap<>();
        for (String name : List.of("RADIO_ADD_OFFSET", "BOA_ADD_OFFSET")) {
            document.all(name).forEach(element -> {
                OptionalDouble offset = Numbers.of(element.text());
                String id = element.attribute("band_id");
                if (offset.isEmpty() || !id.matches("[0-9]|1[0-2]")) {
                    throw FormatException.incomplete(file, "number and band_id in " + name);
                }
                offsets.put(BY_ID.get(Integer.parseInt(id)), offset.getAsDouble());
            });
        }
        double aerosol = first(document, List.of("AOT_QUANTIFICATION_VALUE", "L2A_AOT_QUANTIFICATION_VALUE"))
                .orElse(1000);
        double vapour = first(document, List.of("WVP_QUANTIFICATION_VALUE", "L2A_WVP_QUANTIFICATION_VALUE"))
                .orElse(1000);
        return new Sentinel2Radiometry(quantification.getAsDouble(), Map.copyOf(offsets), aerosol, vapour);
    }

    private static OptionalDouble first(XmlElement document, List<String> names) {
        return names.stream()
                .map(document::textOf)
                .map(Numbers::of)
                .filter(OptionalDouble::isPresent)
                .findFirst()
                .orElse(OptionalDouble.empty());
    }

    /** 0 is no data in every band and in the classification; the probabilities of clouds and snow have none. */
    ProductBand band(String name) {
        ProductBand band = ProductBand.of(name, COMMON_NAMES.getOrDefault(name, ""));
        return switch (name) {
            case "SCL" -> band.nodata(0);
            case "CLD", "SNW" -> band;
            case "AOT" -> band.nodata(0).scaled(1 / aerosol, 0);
            case "WVP" -> band.nodata(0).scaled(1 / vapour, 0).unit("cm");
            default -> band.nodata(0).scaled(1 / quantification, offsets.getOrDefault(name, 0.0) / quantification);
        };
    }
}
