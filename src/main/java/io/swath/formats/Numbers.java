package io.swath.formats;

import java.util.OptionalDouble;

/** Reads numbers of metadata. */
final class Numbers {
    private static final int LONGEST = 40;

    private Numbers() {}

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
