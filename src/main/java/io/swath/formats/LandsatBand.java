package io.swath.formats;

import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The bands of Landsat products: common names by sensor, and scale and offset from the MTL file. A Level-1 reflectance is
 * corrected for the sun's elevation, as
 * <a href="https://www.usgs.gov/landsat-missions/using-usgs-landsat-level-1-data-product">the USGS describes it</a>.
 */
final class LandsatBand {
    static final Map<String, String> OLI = Map.ofEntries(
            Map.entry("1", "coastal"),
            Map.entry("2", "blue"),
            Map.entry("3", "green"),
            Map.entry("4", "red"),
            Map.entry("5", "nir08"),
            Map.entry("6", "swir16"),
            Map.entry("7", "swir22"),
            Map.entry("8", "pan"),
            Map.entry("9", "cirrus"),
            Map.entry("10", "lwir11"),
            Map.entry("11", "lwir12"));
    static final Map<String, String> TM = Map.of(
            "1", "blue", "2", "green", "3", "red", "4", "nir08", "5", "swir16", "6", "lwir", "7", "swir22", "8", "pan");
    /** Landsat 1 to 3 number the bands of their scanner from 4, Landsat 4 and 5 from 1. */
    static final Map<String, String> EARLY_MSS =
            Map.of("4", "green", "5", "red", "6", "nir08", "7", "nir09", "8", "lwir");

    static final Map<String, String> MSS = Map.of("1", "green", "2", "red", "3", "nir08", "4", "nir09");

    private final LandsatMetadata metadata;
    private final Map<String, String> commonNames;
    private final boolean surface;

    LandsatBand(LandsatMetadata metadata) {
        this.metadata = metadata;
        this.commonNames = commonNames(
                metadata.attribute("SENSOR_ID").toUpperCase(Locale.ROOT), metadata.attribute("SPACECRAFT_ID"));
        this.surface = metadata.level().startsWith("L2");
    }

    private static Map<String, String> commonNames(String sensor, String spacecraft) {
        if (sensor.startsWith("OLI") || sensor.equals("TIRS")) {
            return OLI;
        }
        if (sensor.startsWith("MSS")) {
            return spacecraft.matches("(?i)LANDSAT_?[123]") ? EARLY_MSS : MSS;
        }
        return TM;
    }

    /** @param suffix of FILE_NAME_BAND_…, such as {@code 4}, {@code 6_VCID_1} or {@code ST_B10} */
    ProductBand band(String suffix) {
        String number = suffix.replaceFirst("^ST_B", "").replaceFirst("_VCID_[12]$", "");
        boolean lowGain = suffix.endsWith("_VCID_1"); // both gains of ETM+'s band 6 are the same band
        String common = lowGain ? "" : commonNames.getOrDefault(number, "");
        ProductBand band =
                ProductBand.of("B" + suffix.replaceFirst("^ST_B", ""), common).nodata(0);
        if (surface) {
            return suffix.startsWith("ST_B")
                    ? scaled(band, "TEMPERATURE", suffix, "LEVEL2_SURFACE_TEMPERATURE_PARAMETERS", 1)
                            .unit("kelvin")
                    : scaled(band, "REFLECTANCE", suffix, "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS", 1);
        }
        return level1(band, suffix);
    }

    private ProductBand level1(ProductBand band, String suffix) {
        OptionalDouble elevation = Numbers.of(metadata.attribute("SUN_ELEVATION"));
        boolean reflectance = !rescaling("REFLECTANCE_MULT_BAND_" + suffix).isEmpty();
        if (reflectance && elevation.isPresent() && elevation.getAsDouble() > 0) {
            double sine = Math.sin(Math.toRadians(elevation.getAsDouble()));
            return scaled(band, "REFLECTANCE", suffix, "LEVEL1_RADIOMETRIC_RESCALING", sine);
        }
        return scaled(band, "RADIANCE", suffix, "LEVEL1_RADIOMETRIC_RESCALING", 1)
                .unit("W m-2 sr-1 um-1");
    }

    private ProductBand scaled(ProductBand band, String quantity, String suffix, String group, double divisor) {
        OptionalDouble factor =
                Numbers.of(metadata.value(quantity + "_MULT_BAND_" + suffix, group, "RADIOMETRIC_RESCALING"));
        OptionalDouble addend =
                Numbers.of(metadata.value(quantity + "_ADD_BAND_" + suffix, group, "RADIOMETRIC_RESCALING"));
        if (factor.isEmpty() || addend.isEmpty() || factor.getAsDouble() == 0) {
            throw FormatException.incomplete(
                    metadata.file(), quantity + "_MULT_BAND_" + suffix + " and " + quantity + "_ADD_BAND_" + suffix);
        }
        return band.scaled(factor.getAsDouble() / divisor, addend.getAsDouble() / divisor);
    }

    private String rescaling(String name) {
        return metadata.value(name, "LEVEL1_RADIOMETRIC_RESCALING", "RADIOMETRIC_RESCALING");
    }
}
