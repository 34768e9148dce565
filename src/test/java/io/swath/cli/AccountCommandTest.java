package io.swath.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.ledger.GpuUsage;
import io.swath.ledger.Usage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AccountCommandTest {
    @Test
    void shows_how_many_times_what_they_used_the_runs_asked_for() {
        Usage.Total total = new Usage.Total(
                "ndvi",
                "ndvi",
                "cpu",
                "SUCCEEDED",
                16,
                Duration.ofSeconds(8),
                Duration.ofSeconds(16),
                Duration.ofSeconds(12),
                Optional.of(0.75),
                Optional.of(2.346),
                Optional.empty(),
                600,
                262_144);

        assertThat(AccountCommand.table(List.of(total)).toString().lines())
                .containsExactly(
                        "recipe  step  partition  outcome    runs  memory asked / used  time asked / used  CPU used",
                        "ndvi    ndvi  cpu        SUCCEEDED    16                 2.35                  -      75 %");
    }

    @Test
    void shows_which_part_of_a_gpu_the_runs_asked_for_and_used_of_those_that_were_measured() {
        List<GpuUsage.Total> totals = List.of(
                new GpuUsage.Total("texture", "texture", 1_000, 250, 400, 40),
                new GpuUsage.Total("unet", "infer", 500, 500, 0, 0));

        assertThat(AccountCommand.gpuTable(totals).toString().lines())
                .containsExactly(
                        "recipe   step     GPU asked  GPU used  GPU asked / used",
                        "texture  texture       25 %      10 %              2.50",
                        "unet     infer        100 %         -                 -");
    }
}
