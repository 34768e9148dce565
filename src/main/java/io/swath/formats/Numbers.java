package io.swath.formats;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Reads numbers of metadata. */
final class Numbers {
    private static final int LONGEST = 40;

    /** What YAML and STAC write for numbers that are none, and what STAC writes. */
    static final Map<String, String> WORDS =
            Map.of("nan", "nan", ".nan", "nan", "inf", "inf", ".inf", "inf", "-inf", "-inf", "-.inf", "-inf");

    private Numbers() {}

    /**
     * A value for pixels without data: {@code nan}, {@code inf}, {@code -inf}, or a finite number with the same value as the
     * text. A whole number has all its digits, however many they are.
     */
    static Optional<String> nodata(String text) {
        String plain = text.strip().toLowerCase(Locale.ROOT);
        if (WORDS.containsKey(plain)) {
            return Optional.of(WORDS.get(plain));
        }
        OptionalDouble number = of(plain);
        if (plain.matches("-?[0-9]{1,20}")) {
            return Optional.of(new BigDecimal(plain).toString());
        }
        return number.isEmpty()
                ? Optional.empty()
                : Optional.of(new BigDecimal(Double.toString(number.getAsDouble()))
                        .stripTrailingZeros()
                        .toString());
    }

    /** Empty when the text is no finite number. */
    static OptionalDouble of(String text) {
        if (text.length() > LONGEST || !text.strip().matches("[-+]?[0-9.]+([eE][-+]?[0-9]+)?")) {
            return OptionalDouble.empty();
        }
        try {
            double value = Double.parseDouble(text.strip());
            return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
        } catch (NumberFormatException noNumber) {
            return OptionalDouble.empty();
        }
    }

    /** The elevation that belongs to a zenith distance, in degrees. */
    static OptionalDouble elevation(String zenith) {
        OptionalDouble degrees = of(zenith);
        return degrees.isPresent() ? OptionalDouble.of(90 - degrees.getAsDouble()) : degrees;
    }

    /** The size of an angle, without its sign. */
    static OptionalDouble size(String angle) {
        OptionalDouble degrees = of(angle);
        return degrees.isPresent() ? OptionalDouble.of(Math.abs(degrees.getAsDouble())) : degrees;
    }
}
