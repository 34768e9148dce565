package io.swath.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.ledger.Usage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportCommandTest {
    private static Usage.Total total(String outcome, Duration usedCpu, Optional<Double> cpuEfficiency) {
        return new Usage.Total(
                "ndvi",
                "ndvi",
                "cpu",
                outcome,
                16,
                Duration.ofMillis(8_040),
                Duration.ofMillis(16_080),
                usedCpu,
                cpuEfficiency,
                Optional.empty(),
                Optional.empty(),
                600,
                0);
    }

    @Test
    void shows_tenths_of_seconds_and_the_cpu_efficiency_where_it_is_known() {
        List<Usage.Total> totals = List.of(
                total("EXIT", Duration.ZERO, Optional.empty()),
                total("SUCCEEDED", Duration.ofMillis(11_500), Optional.of(0.715)));

        assertThat(ReportCommand.table(totals).toString().lines())
                .containsExactly(
                        "recipe  step  partition  outcome    runs  elapsed  CPU allocated  CPU used  CPU efficiency"
                                + "  memory requested  memory peak",
                        "ndvi    ndvi  cpu        EXIT         16    8.0 s         16.1 s     0.0 s               -"
                                + "           600 MiB            -",
                        "ndvi    ndvi  cpu        SUCCEEDED    16    8.0 s         16.1 s    11.5 s            72 %"
                                + "           600 MiB            -");
    }
}
