package io.swath.untrusted.raster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodataTest {
    @ParameterizedTest
    @CsvSource({
        "-3.4028234663852886e+38, Float32, -3.4028234663852886E38",
        "3.4028234663852886e+38, Float32, 3.4028234663852886E38",
        "-3.4028235e+38, Float32, -3.4028234663852886E38", // gdalinfo's rounding is meant as the limit of the type
        "-340282346638528859811704183484516925440, Float32, -3.4028234663852886E38",
        "-3.4028234663852886e+38, Float64, -3.4028234663852886E38",
        "-1.7976931348623157e+308, Float64, -1.7976931348623157E308",
        "1.79769313486231570815e+308, Float64, 1.7976931348623157E308",
        "-1e30, Float64, -1.0E30",
        "1e-320, Float64, 1.0E-320",
        "-9999.9, Float32, -9999.900390625",
        "-9999.0, Float32, -9999",
        "' 0 ', Byte, 0",
        "-0, Int16, 0",
        "-999999999, Int32, -999999999",
        "1e3, UInt16, 1000",
        "-99, Int8, -99",
        "18446744073709551615, UInt64, 18446744073709551615",
        "-9223372036854775808, Int64, -9223372036854775808",
        "NaN, Float32, nan",
        "-nan, Float64, nan",
        "-1.#IND, Float64, nan",
        "Infinity, Float32, inf",
        "-inf, Float64, -inf"
    })
    void a_value_of_the_type_is_kept_exactly(String text, String type, String expected) {
        assertThat(Nodata.of(text, type)).contains(expected);
        assertThat(Nodata.of(expected, type)).as("stable").contains(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "-9999, Byte",
        "256, Byte",
        "0.5, Byte",
        "nan, UInt16",
        "-inf, Int32",
        "70000, Int16",
        "-129, Int8",
        "1e300, Float32",
        "-1.7976931348623157e+308, Float32",
        "1e400, Float64",
        "1e999999999, Int64",
        "1e-999999999, Int16",
        "none, Float32",
        "'', Byte"
    })
    void a_value_that_no_pixel_of_the_type_can_have_marks_nothing(String text, String type) {
        assertThat(Nodata.of(text, type)).isEmpty();
    }

    @Test
    void every_kept_value_is_read_back_as_the_same_number() {
        for (float value : new float[] {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -1e30f, 0.1f}) {
            String kept = Nodata.of(Double.toString(value), "Float32").orElseThrow();
            assertThat((float) Double.parseDouble(kept)).isEqualTo(value);
        }
        for (double value : new double[] {Double.MAX_VALUE, -Double.MAX_VALUE, Double.MIN_VALUE, 1e200, -0.1}) {
            assertThat(Double.parseDouble(
                            Nodata.of(Double.toString(value), "Float64").orElseThrow()))
                    .isEqualTo(value);
        }
    }
}
