package io.swath.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.cluster.SchedulerStarts;
import io.swath.ledger.Archives;
import io.swath.ledger.CommandCounts;
import io.swath.ledger.Usage;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportTest {
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

        assertThat(Report.table(totals).toString().lines())
                .containsExactly(
                        "recipe  step  partition  outcome    runs  elapsed  CPU allocated  CPU used  CPU efficiency"
                                + "  memory requested  memory peak",
                        "ndvi    ndvi  cpu        EXIT         16    8.0 s         16.1 s     0.0 s               -"
                                + "           600 MiB            -",
                        "ndvi    ndvi  cpu        SUCCEEDED    16    8.0 s         16.1 s    11.5 s            72 %"
                                + "           600 MiB            -");
    }

    private static Report report(Optional<CommandCounts.Sent> commands, Optional<SchedulerStarts> starts) {
        return new Report(
                List.of(total("SUCCEEDED", Duration.ofMillis(11_500), Optional.of(0.75))),
                new Archives.Size(0, 0),
                commands,
                starts);
    }

    @Test
    void says_how_many_commands_each_thousand_tasks_took() {
        LocalDate from = LocalDate.parse("2026-11-20");

        assertThat(report(Optional.of(new CommandCounts.Sent(from, 310, 41_500)), Optional.empty())
                        .lines())
                .containsExactly(
                        "Swath sent 310 commands and 41500 tasks to Slurm since 2026-11-20: 7 for each 1,000 tasks");
        assertThat(report(Optional.of(new CommandCounts.Sent(from, 310, 0)), Optional.empty())
                        .lines())
                .containsExactly("Swath sent 310 commands and 0 tasks to Slurm since 2026-11-20");
        assertThat(report(Optional.empty(), Optional.empty()).lines()).isEmpty();
    }

    @Test
    void as_json_it_has_the_same_with_null_for_what_nobody_measured() throws Exception {
        ObjectMapper json = new ObjectMapper();
        SchedulerStarts starts = new SchedulerStarts(Instant.parse("2026-11-20T10:00:00Z"), 90, 12);
        CommandCounts.Sent sent = new CommandCounts.Sent(LocalDate.parse("2026-11-20"), 50, 1_000);

        JsonNode full =
                json.readTree(report(Optional.of(sent), Optional.of(starts)).json(json));
        JsonNode bare = json.readTree(report(Optional.empty(), Optional.empty()).json(json));

        assertThat(full.path("commands").path("perThousandTasks").asDouble()).isEqualTo(50);
        assertThat(full.path("starts").path("backfilled").asInt()).isEqualTo(12);
        JsonNode step = full.path("steps").path(0);
        assertThat(step.path("usedCpuSeconds").asDouble()).isEqualTo(11.5);
        assertThat(step.path("cpuUsedPerAllocated").asDouble()).isEqualTo(0.75);
        assertThat(step.get("memoryAskedPerUsed").isNull()).isTrue();
        assertThat(step.get("usedMemoryMiB").isNull()).isTrue();
        assertThat(bare.get("commands").isNull()).isTrue();
        assertThat(bare.get("starts").isNull()).isTrue();
        assertThat(bare.path("archived").path("files").asInt()).isZero();
    }
}
