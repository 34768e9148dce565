package io.swath.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.testing.TaskRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AttemptTableTest {
    private static final Request REQUEST =
            new Request("gpu", 1, 600, Duration.ofMinutes(2), 0, 2, List.of("gpu1", "gpu3"));
    private static final Batch BATCH = new Batch(
            "swath-a-1",
            "a",
            1,
            0,
            "infer",
            100,
            1,
            REQUEST,
            List.of(),
            BatchState.DONE,
            "101",
            0,
            Instant.EPOCH,
            Instant.EPOCH,
            1,
            "0123abcd",
            "");

    private static Run run(int tile, Optional<Cause> cause) {
        return new Run(
                BATCH.token(),
                tile,
                "a",
                0,
                "infer",
                tile,
                1,
                cause.isPresent() ? RunState.FAILED : RunState.SUCCEEDED,
                cause,
                cause.isPresent() ? "CUDA out of memory" : "",
                TaskRow.facts(BATCH, tile, "gpu2", Instant.EPOCH));
    }

    @Test
    void lists_a_failed_run_with_its_cause_node_and_request() {
        List<Run> runs = List.of(run(0, Optional.empty()), run(7, Optional.of(Cause.GPU_OUT_OF_MEMORY)));

        String text = new AttemptTable(List.of(BATCH), runs).text("a", false);

        assertThat(text.lines()).hasSize(3);
        assertThat(text.lines().toList().get(1))
                .containsSubsequence(
                        "7",
                        "infer",
                        "1",
                        "FAILED",
                        "GPU_OUT_OF_MEMORY",
                        "101_7",
                        "gpu2",
                        "FAILED",
                        "600M 120s 2 shards without gpu1,gpu3",
                        "CUDA out of memory");
    }

    @Test
    void lists_the_first_failures_and_every_run_only_on_request() {
        List<Run> runs = new ArrayList<>();
        for (int tile = 0; tile < 100; tile++) {
            runs.add(run(tile, tile % 2 == 0 ? Optional.of(Cause.EXIT) : Optional.empty()));
        }
        AttemptTable attempts = new AttemptTable(List.of(BATCH), runs);

        assertThat(attempts.text("a", false).lines()).hasSize(23).contains("30 more: ./swath status a --runs");
        assertThat(attempts.text("a", true).lines()).hasSize(102);
    }

    @Test
    void lists_nothing_when_no_run_failed() {
        assertThat(new AttemptTable(List.of(BATCH), List.of(run(0, Optional.empty()))).text("a", false))
                .isEmpty();
    }
}
