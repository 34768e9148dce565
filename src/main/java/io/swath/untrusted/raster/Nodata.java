package io.swath.untrusted.raster;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The value of pixels without data, as GDAL's tools and its VRT read it: exactly, whatever its size. {@code gdalinfo -json}
 * rounds it to 8 digits for Float32, and then -3.4028235e+38 is no value of the type any more and marks nothing.
 *
 * <p>The text in a TIFF is that of <a href="https://gdal.org/drivers/raster/gtiff.html#nodata-value">GDAL's tag
 * GDAL_NODATA</a>.
 */
public final class Nodata {
    private static final Map<String, String> WORDS = Map.of(
            "nan",
            "nan",
            "+nan",
            "nan",
            "-nan",
            "nan",
            "inf",
            "inf",
            "+inf",
            "inf",
            "-inf",
            "-inf",
            "infinity",
            "inf",
            "-infinity",
            "-inf");
    /** What old C libraries print for a number that is none. */
    private static final List<String> OLD_NAN =
            List.of("1.#qnan", "-1.#qnan", "1.#ind", "-1.#ind", "nan(ind)", "-nan(ind)");

    private record Range(String least, String most) {
        boolean holds(BigDecimal value) {
            return value.compareTo(new BigDecimal(least)) >= 0 && value.compareTo(new BigDecimal(most)) <= 0;
        }
    }

    /** The ranges of GDAL's types of whole numbers. */
    private static final Map<String, Range> WHOLE = Map.of(
            "Byte", new Range("0", "255"),
            "Int8", new Range("-128", "127"),
            "UInt16", new Range("0", "65535"),
            "Int16", new Range("-32768", "32767"),
            "UInt32", new Range("0", "4294967295"),
            "Int32", new Range("-2147483648", "2147483647"),
            "UInt64", new Range("0", "18446744073709551615"),
            "Int64", new Range("-9223372036854775808", "9223372036854775807"));

    private Nodata() {}

    /**
     * The nodata of a band of a type.
     *
     * @param text as a file or a STAC Item has it
     * @param type GDAL's name of the type of pixel
     * @return a text that GDAL reads as exactly this value; empty when no pixel of the type can have the value, so that it
     *     marks nothing, and when the text is no number
     */
    public static Optional<String> of(String text, String type) {
        String plain = text.strip().toLowerCase(Locale.ROOT);
        boolean whole = WHOLE.containsKey(type) || type.startsWith("CInt");
        String word = OLD_NAN.contains(plain) ? "nan" : WORDS.getOrDefault(plain, "");
        if (!word.isEmpty()) {
            return whole ? Optional.empty() : Optional.of(word);
        }
        try {
            BigDecimal value = new BigDecimal(plain);
            return whole ? whole(value, type) : floating(value.doubleValue(), type);
        } catch (NumberFormatException noNumber) {
            return Optional.empty();
        }
    }

    /** Whether a text is a number, or one of the words for NaN and infinities. */
    static boolean isNumber(String text) {
        String plain = text.strip().toLowerCase(Locale.ROOT);
        if (WORDS.containsKey(plain) || OLD_NAN.contains(plain)) {
            return true;
        }
        try {
            new BigDecimal(plain);
            return true;
        } catch (NumberFormatException noNumber) {
            return false;
        }
    }

    private static Optional<String> whole(BigDecimal value, String type) {
        boolean fraction = value.signum() != 0 && value.stripTrailingZeros().scale() > 0;
        boolean huge = value.precision() - value.scale() > 20; // before toBigInteger would make a number of 1e999999999
        Range range = WHOLE.getOrDefault(type, WHOLE.get("Int32"));
        return fraction || huge || !range.holds(value)
                ? Optional.empty()
                : Optional.of(value.toBigInteger().toString());
    }

    private static Optional<String> floating(double value, String type) {
        boolean single = type.equals("Float32") || type.equals("CFloat32");
        double stored = single ? (float) value : value;
        if (Double.isInfinite(stored)) {
            return Optional.empty(); // a finite number beyond the type; an infinite one is a word
        }
        // What is stored is the nearest number of the type: of a rounded text such as -3.4028235e+38, Float32's limit.
        return Optional.of(shortest(stored));
    }

    private static String shortest(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1L << 53
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
