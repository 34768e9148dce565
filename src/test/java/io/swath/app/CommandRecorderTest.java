package io.swath.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.ledger.CommandCounts.Sent;
import io.swath.testing.WithWorkbench;
import io.swath.testing.Workbench;
import java.time.Duration;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("resources")
class CommandRecorderTest extends WithWorkbench {
    private final Map<String, Long> sent = new HashMap<>();

    private CommandRecorder recorder() {
        return new CommandRecorder(bench.ledger, () -> sent);
    }

    private Optional<Sent> lastDays(int days) {
        return bench.ledger.read(session -> session.commandCounts().lastDays(days));
    }

    @Test
    void counts_each_command_once_also_after_the_next_start() {
        CommandRecorder first = recorder();
        first.record();
        assertThat(lastDays(7)).isEmpty();
        sent.put("sbatch", 2L);
        first.record();
        sent.put("sacct", 5L);
        first.record();
        first.record();
        sent.clear();
        CommandRecorder second = recorder();
        sent.put("sacct", 1L);
        second.record();

        assertThat(lastDays(7)).map(Sent::commands).contains(8L);
    }

    @Test
    void counts_the_tasks_that_the_cluster_has_accepted_beside_them() {
        bench.planned("a", Workbench.ONE_STEP, 3);
        bench.submitAll();
        sent.put("sbatch", 2L);

        recorder().record();

        assertThat(lastDays(7)).contains(new Sent(LocalDate.parse("2026-03-01"), 2, 4)); // three tiles and the assembly
        assertThat(lastDays(7).flatMap(Sent::perThousandTasks)).contains(500.0);
    }

    @Test
    void days_before_the_last_ones_are_not_counted() {
        CommandRecorder recorder = recorder();
        for (int day = 0; day < 3; day++) {
            sent.merge("sacct", 10L, Long::sum);
            recorder.record();
            bench.pass(Duration.ofDays(1));
        }
        sent.merge("sacct", 1L, Long::sum);
        recorder.record();

        assertThat(lastDays(2)).contains(new Sent(LocalDate.parse("2026-03-03"), 11, 0));
        assertThat(lastDays(7)).map(Sent::commands).contains(31L);
    }
}
