package io.swath.untrusted;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {
    @ParameterizedTest
    @CsvSource({
        "500ms, 500",
        "0s, 0",
        "10s, 10000",
        "90s, 90000",
        "2m, 120000",
        "1h30m, 5400000",
        "2d, 172800000",
        "1d2h3m4s5ms, 93784005",
        "1s1ms, 1001",
        "007s, 7000",
        "' 2m ', 120000",
        "999999999d, 86399999913600000",
        "PT2M, 120000",
        "pt1h, 3600000",
        "P1D, 86400000",
        "P1DT12H, 129600000",
        "PT1H2M3S, 3723000",
        "PT90.5S, 90500",
        "2592000000ms, 2592000000"
    })
    void duration_is_read_in_both_forms(String text, long milliseconds) {
        assertThat(Units.duration(text)).contains(Duration.ofMillis(milliseconds));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "120",
                "s",
                "soon",
                "1.5h",
                "-2m",
                "+2m",
                "2 m",
                "1h 30m",
                "30m1h",
                "1m1m",
                "1ms1s",
                "2M",
                "2min",
                "1w",
                "1234567890123s",
                "\u0662m",
                "2m\n3s",
                "P",
                "PT",
                "P1DT",
                "PT1.5M",
                "PT1.S",
                "PT-2M",
                "-PT2M",
                "P1W",
                "P1M",
                "PT99999999999999999999S",
                "P1H"
            })
    void text_that_is_no_duration_is_empty(String text) {
        assertThat(Units.duration(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "600M, 600",
        "600MB, 600",
        "600MiB, 600",
        "2G, 2048",
        "2GiB, 2048",
        "2 G, 2048",
        "1.5G, 1536",
        "0.001G, 2",
        "0.5M, 1",
        "0M, 0",
        "1T, 1048576",
        "2T, 2097152",
        "999999999T, 1048575998951424"
    })
    void memory_is_read_in_mebibytes_and_rounded_up(String text, long mebibytes) {
        assertThat(Units.memoryMiB(text)).contains(mebibytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "600", "M", "-1G", "1,5G", ".5G", "1.G", "1.0001G", "1g", "1K", "1P", "1e3M", "1234567890M"})
    void text_that_is_no_memory_size_is_empty(String text) {
        assertThat(Units.memoryMiB(text)).isEmpty();
    }
}
