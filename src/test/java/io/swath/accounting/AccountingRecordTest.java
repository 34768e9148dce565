package io.swath.accounting;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Allocation;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.ExitStatus;
import io.swath.model.Pending;
import io.swath.model.Request;
import io.swath.model.ResourceUse;
import io.swath.model.Run;
import io.swath.model.Run.Facts;
import io.swath.model.RunState;
import io.swath.model.Timing;
import io.swath.model.Tres;
import io.swath.testing.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccountingRecordTest {
    private static final Instant T = TestClock.START;

    private static Batch batch(int stepIndex) {
        return batch(stepIndex, 2_048);
    }

    private static Batch batch(int stepIndex, int memoryMiB) {
        Request request = new Request("gpu", 4, memoryMiB, Duration.ofMinutes(10), 0, 1, List.of());
        return new Batch(
                "swath-a-1",
                "a",
                1,
                stepIndex,
                "infer",
                2,
                1,
                request,
                List.of(),
                BatchState.DONE,
                "101",
                0,
                T,
                T,
                1,
                "0123abcd",
                "600 MiB: the recipe's guess");
    }

    private static Map<String, Object> record(int stepIndex, Facts facts) {
        return record(batch(stepIndex), facts);
    }

    private static Map<String, Object> record(Batch batch, Facts facts) {
        Run run = new Run(
                "swath-a-1",
                1,
                "a",
                batch.stepIndex(),
                "infer",
                batch.stepIndex() < 0 ? batch.stepIndex() : 7, // an assembly and a preparation have tiles of their own
                2,
                RunState.FAILED,
                Optional.of(Cause.EXIT),
                "exit 3",
                facts);
        return AccountingRecord.of(run, batch, "texture", "slurm");
    }

    private static Facts facts(Optional<Instant> eligible, Optional<Instant> started, String allocatedTres) {
        return facts(eligible, started, "cpu=4,mem=2G,gres/shard=1", allocatedTres);
    }

    private static Facts facts(
            Optional<Instant> eligible, Optional<Instant> started, String requestedTres, String allocatedTres) {
        return new Facts(
                "101_1",
                "FAILED",
                new ExitStatus(Optional.of(3), Optional.of(0)),
                new Timing(Optional.of(T), eligible, started, Optional.of(T.plusSeconds(100)), Optional.of(40L)),
                new Allocation("gpu", "gpu1", Optional.of(4)),
                new Tres(requestedTres, allocatedTres),
                new ResourceUse(
                        Optional.of(Duration.ofNanos(40_123_456_000L)), Optional.of(61_500L), Optional.of(1_048_627L)),
                1,
                Pending.NONE,
                "no CUDA device");
    }

    @Test
    void memory_that_was_not_requested_is_null_and_not_zero() {
        Map<String, Object> record = record(batch(1, 0), facts(Optional.empty(), Optional.empty(), "cpu=4"));

        assertThat(record).containsEntry("requestedMemoryMiB", null).containsEntry("usedMemoryMiB", 1_024.0);
    }

    @Test
    void a_record_has_what_was_requested_allocated_and_used() {
        Map<String, Object> record = record(
                1, facts(Optional.of(T.plusSeconds(20)), Optional.of(T.plusSeconds(60)), "cpu=4,gres/shard=1,mem=2G"));

        assertThat(record)
                .containsEntry("id", "swath-a-1/1")
                .containsEntry("tile", 7)
                .containsEntry("attempt", 2)
                .containsEntry("task", "101_1")
                .containsEntry("cause", "EXIT")
                .containsEntry("waitingSeconds", 40L)
                .containsEntry("elapsedSeconds", 40L)
                .containsEntry("requestedCpuSeconds", 2_400L)
                .containsEntry("allocatedCpuSeconds", 160L)
                .containsEntry("usedCpuSeconds", 61.5)
                .containsEntry("wallSeconds", 40.123456)
                .containsEntry("requestedBecause", "600 MiB: the recipe's guess")
                .containsEntry("shared", "")
                .containsEntry("usedMemoryMiB", 1_024.0)
                .containsEntry("allocatedShards", 1)
                .containsEntry("allocatedGpus", 0)
                .containsEntry("restarts", 1)
                .containsEntry("note", "no CUDA device");
    }

    @Test
    void a_run_that_had_started_before_its_array_was_resized_says_that_it_asked_for_something_else() {
        Map<String, Object> record = record(
                batch(1, 600), facts(Optional.empty(), Optional.empty(), "cpu=4,mem=2G,node=1", "cpu=4,mem=2G,node=1"));

        assertThat(record)
                .containsEntry("requestedMemoryMiB", 2_048)
                .containsEntry(
                        "requestedBecause",
                        "2048 MiB: as its array asked when the task started; tasks of it that start later: 600 MiB: the"
                                + " recipe's guess");
    }

    @Test
    void an_amount_that_slurm_rounds_is_the_one_of_the_array() {
        Facts rounded = facts(Optional.empty(), Optional.empty(), "cpu=4,mem=19.53G,node=1", "cpu=4");

        assertThat(record(batch(1, 20_003), rounded))
                .containsEntry("requestedMemoryMiB", 20_003)
                .containsEntry("requestedBecause", "600 MiB: the recipe's guess");
    }

    @Test
    void a_run_of_a_task_of_several_tiles_says_that_its_record_is_a_part() {
        Batch one = batch(1);
        Batch batch = new Batch(
                one.token(),
                "a",
                1,
                1,
                "infer",
                3,
                7,
                one.request(),
                List.of(),
                BatchState.DONE,
                "101",
                0,
                T,
                T,
                1,
                "0123abcd",
                "");

        assertThat(record(batch, facts(Optional.empty(), Optional.of(T), "cpu=4")))
                .containsEntry("shared", "1 of 3 tiles of task 101_1, by measured time and CPU time")
                .containsEntry("requestedCpuSeconds", 800L);
        assertThat(record(batch, Facts.NONE)).containsEntry("shared", "").containsEntry("task", "101_0");
    }

    @Test
    void a_value_that_was_not_measured_is_null_and_not_zero() {
        Map<String, Object> record = record(1, Facts.NONE);

        assertThat(record)
                .containsEntry("usedCpuSeconds", null)
                .containsEntry("wallSeconds", null)
                .containsEntry("usedMemoryMiB", null)
                .containsEntry("elapsedSeconds", null)
                .containsEntry("allocatedCpuSeconds", null)
                .containsEntry("waitingSeconds", null)
                .containsEntry("exitCode", null)
                .containsEntry("start", null)
                .containsEntry("end", null)
                .containsEntry("task", "101_1")
                .containsEntry("partition", "gpu");
    }

    @Test
    void the_waiting_time_begins_when_the_run_was_eligible_or_else_submitted() {
        Optional<Instant> started = Optional.of(T.plusSeconds(60));

        assertThat(record(1, facts(Optional.of(T.plusSeconds(50)), started, "")))
                .containsEntry("waitingSeconds", 10L);
        assertThat(record(1, facts(Optional.empty(), started, ""))).containsEntry("waitingSeconds", 60L);
        assertThat(record(1, facts(Optional.of(T.plusSeconds(70)), started, "")))
                .containsEntry("waitingSeconds", 0L);
        assertThat(record(1, facts(Optional.of(T), Optional.empty(), ""))).containsEntry("waitingSeconds", null);
    }

    @Test
    void the_records_of_a_preparation_and_an_assembly_have_no_tile() {
        assertThat(record(Batch.PREPARATION, Facts.NONE)).containsEntry("tile", null);
        assertThat(record(Batch.ASSEMBLY, Facts.NONE)).containsEntry("tile", null);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cpu=4,gres/gpu=2,gres/gpu:a100=2,mem=2G | 2 | 0",
                "gres/gpu:a100=2,gres/gpu:a100_3g.20gb=1 | 3 | 0",
                "gres/gpu:a100_3g.20gb=1,gres/gpu=1 | 1 | 0",
                "gres/shard=3,cpu=1 | 0 | 3",
                "gres/gpumem=100M,gres/gpuutil=90 | 0 | 0",
                "cpu=1 | 0 | 0"
            })
    void gpus_are_counted_once_also_when_their_types_are_listed(String tres, int gpus, int shards) {
        Map<String, Object> record = record(1, facts(Optional.empty(), Optional.empty(), tres));

        assertThat(record).containsEntry("allocatedGpus", gpus).containsEntry("allocatedShards", shards);
    }
}
