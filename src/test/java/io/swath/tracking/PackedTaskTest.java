package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.model.Batch;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.TileState;
import io.swath.storage.Sha256;
import io.swath.testing.TaskRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tasks that make three tiles one after the other; each task in accounting ran for 30 s. */
@Tag("resources")
class PackedTaskTest extends TrackingBench {
    private static final String RECIPE = """
            accepts: { bands: [red, nir] }
            tile: { size: 64, per-task: 3 }
            steps:
              - { name: ndvi, run: step.sh, device: cpu, request: { cpus: 1, memory: 600M, time: 5m } }
            retries: 2
            """;

    private Batch batch;

    @BeforeEach
    void submitted() {
        bench.planned("a", RECIPE, 7);
        bench.submitAll();
        batch = bench.batch("a", 1);
    }

    /** A run has succeeded, and measured this wall time, CPU time and memory. */
    private void succeeded(int index, double wall, double cpu, int peakMiB) {
        bench.leavesOutput(batch, index);
        bench.evidence(batch, index, """
                {"outcome":"ok","exit":0,"wall_s":%s,"cpu_s":%s,"peak_kib":%d,
                 "output":{"path":"tiles/ndvi/%d.tif","size":6,"sha256":"%s"}}
                """.formatted(wall, cpu, peakMiB * 1024, index, Sha256.hex("pixels")));
    }

    private void failed(int index, String outcome, int exit) {
        bench.evidence(batch, index, """
                {"outcome":"%s","exit":%d,"wall_s":5,"cpu_s":1,"peak_kib":1024}
                """.formatted(outcome, exit));
    }

    private void taskEnded(int task, Phase phase, int exit, int signal) {
        bench.cluster.rows.add(
                TaskRow.task(batch, task).is(phase).exit(exit, signal).row());
    }

    private Run run(int index) {
        return bench.run(batch, index);
    }

    private void assertNotBegun(int index) {
        assertThat(run(index).cause()).contains(Cause.CANCELLED);
        assertThat(run(index).detail()).startsWith("not begun, because its task ended at an earlier tile");
        assertThat(run(index).facts().timing().elapsedSeconds()).isEmpty();
        assertThat(run(index).facts().allocation().node()).isEmpty();
        assertThat(bench.tile("a", index).state()).isEqualTo(TileState.WAITING);
        assertThat(bench.tile("a", index).faults()).isZero();
        assertThat(bench.tile("a", index).infrastructureFailures()).isZero();
    }

    private void assertSucceeded(int... indices) {
        assertThat(IntStream.of(indices).mapToObj(this::run))
                .allSatisfy(run -> assertThat(run.state())
                        .as(run.id() + " " + run.detail())
                        .isEqualTo(RunState.SUCCEEDED));
    }

    @Test
    void a_batch_has_a_task_for_three_runs_each() {
        assertThat(batch.size()).isEqualTo(7);
        assertThat(batch.tasks()).isEqualTo(3);
        assertThat(bench.cluster.submissions.get(0).size()).isEqualTo(3);
        assertThat(bench.batch("a", 2).packed()).isFalse(); // the assembly
    }

    @Test
    void the_runs_of_a_task_succeed_when_their_task_has_completed() {
        IntStream.range(0, 3).forEach(index -> succeeded(index, 10, 1, 100));
        bench.cluster.rows.add(TaskRow.task(batch, 1).is(Phase.RUNNING).row());
        taskEnded(0, Phase.COMPLETED, 0, 0);

        cycle();

        assertSucceeded(0, 1, 2);
        assertThat(run(1).facts().jobId()).isEqualTo(batch.clusterId() + "_0");
        assertThat(List.of(run(3), run(4), run(5))).extracting(Run::state).containsOnly(RunState.RUNNING);
        assertThat(run(6).state()).isEqualTo(RunState.QUEUED);
    }

    @Test
    void what_accounting_reports_of_a_task_is_shared_out_to_the_second_and_the_millisecond() {
        succeeded(0, 20, 1.001, 100);
        succeeded(1, 3.3, 7, 300);
        succeeded(2, 4.1, 0.5, 50);
        bench.cluster.usage.put(
                batch.clusterId() + "_0", new TaskUsage(Optional.of(900_000L), Optional.of(9_999L), false));
        taskEnded(0, Phase.COMPLETED, 0, 0);

        cycle();

        List<Run.Facts> facts = List.of(run(0).facts(), run(1).facts(), run(2).facts());
        assertThat(facts)
                .extracting(each -> each.timing().elapsedSeconds().orElseThrow())
                .containsExactly(22L, 4L, 4L);
        assertThat(facts.stream().map(each -> each.used().cpuMillis().orElseThrow()))
                .containsExactly(1177L, 8234L, 588L);
        assertThat(facts)
                .extracting(each -> each.used().memoryKiB().orElseThrow())
                .containsExactly(100L * 1024, 300L * 1024, 50L * 1024);
        assertThat(facts.get(1).timing().started())
                .isEqualTo(facts.get(0).timing().ended());
        assertThat(facts.get(2).timing().started())
                .isEqualTo(facts.get(1).timing().ended());
        assertThat(facts.get(2).timing().ended().orElseThrow())
                .isEqualTo(facts.get(0).timing().started().orElseThrow().plusSeconds(30));
    }

    @Test
    void a_tile_that_failed_counts_and_those_beside_it_are_done() {
        succeeded(0, 10, 1, 100);
        failed(1, "exit", 9);
        succeeded(2, 10, 1, 100);
        taskEnded(0, Phase.FAILED, 1, 0);

        cycle();

        assertSucceeded(0, 2);
        assertThat(run(1).cause()).contains(Cause.EXIT);
        assertThat(run(1).facts().exit().code()).contains(9);
        assertThat(bench.tile("a", 1).faults()).isOne();
    }

    @Test
    void a_kill_for_memory_costs_only_the_tile_at_which_the_task_was() {
        succeeded(0, 10, 1, 100);
        bench.lease(batch, 1);
        bench.cluster.usage.put(
                batch.clusterId() + "_0", new TaskUsage(Optional.of(700L * 1024), Optional.of(2_000L), true));
        taskEnded(0, Phase.OUT_OF_MEMORY, 0, 9);

        cycle();

        assertSucceeded(0);
        assertThat(run(1).cause()).contains(Cause.OUT_OF_MEMORY);
        assertThat(run(1).facts().used().memoryKiB()).contains(700L * 1024);
        assertThat(bench.tile("a", 1).tooLittleMiB()).contains(700);
        assertNotBegun(2);
        assertThat(List.of(0, 1))
                .extracting(
                        index -> run(index).facts().timing().elapsedSeconds().orElseThrow())
                .containsExactly(10L, 20L);

        bench.submitAll();
        List<Batch> again =
                bench.batches("a").stream().filter(each -> each.number() > 2).toList();
        assertThat(again).extracting(Batch::size).containsExactly(1, 1); // one with more memory, one as before
        assertThat(again).extracting(each -> each.request().memoryMiB()).doesNotHaveDuplicates();
    }

    @Test
    void a_tile_whose_process_the_kernel_has_killed_is_found_although_the_task_went_on() {
        succeeded(0, 10, 1, 100);
        failed(1, "exit", 137);
        failed(2, "exit", 3);
        taskEnded(0, Phase.OUT_OF_MEMORY, 0, 125);

        cycle();

        assertSucceeded(0);
        assertThat(run(1).cause()).contains(Cause.OUT_OF_MEMORY);
        assertThat(run(2).cause()).contains(Cause.EXIT);
    }

    @Test
    void if_no_tile_says_that_a_process_was_killed_each_that_failed_may_have_hidden_it() {
        succeeded(0, 10, 1, 100);
        failed(1, "exit", 1);
        succeeded(2, 10, 1, 100);
        taskEnded(0, Phase.OUT_OF_MEMORY, 0, 125);

        cycle();

        assertSucceeded(0, 2);
        assertThat(run(1).cause()).contains(Cause.OUT_OF_MEMORY);
    }

    @Test
    void a_time_limit_costs_only_the_tile_at_which_the_task_was_and_it_had_only_what_was_left() {
        succeeded(0, 10, 1, 100);
        bench.evidence(batch, 1, """
                {"outcome":"time-warning","exit":null,"wall_s":3,"cpu_s":1,"peak_kib":1024}
                """);
        taskEnded(0, Phase.TIMEOUT, 0, 0);

        cycle();

        assertSucceeded(0);
        assertThat(run(1).cause()).contains(Cause.TIMEOUT);
        assertThat(bench.tile("a", 1).tooShort()).contains(Duration.ofSeconds(20));
        assertNotBegun(2);
    }

    @Test
    void a_task_without_time_for_its_next_tile_costs_nothing() {
        succeeded(0, 10, 1, 100);
        taskEnded(0, Phase.FAILED, 78, 0);

        cycle();

        assertSucceeded(0);
        assertNotBegun(1);
        assertNotBegun(2);
    }

    @Test
    void a_node_that_fails_costs_only_the_tile_at_which_the_task_was() {
        succeeded(0, 10, 1, 100);
        bench.lease(batch, 1);
        taskEnded(0, Phase.NODE_FAIL, 0, 0);

        cycle();

        assertSucceeded(0);
        assertThat(run(1).cause()).contains(Cause.NODE);
        assertThat(bench.tile("a", 1).infrastructureFailures()).isOne();
        assertThat(bench.tile("a", 1).excludedNodes()).containsExactly("cpu1");
        assertNotBegun(2);
    }

    @Test
    void job_sh_that_gives_up_before_a_lease_costs_the_tile_that_was_next() {
        succeeded(0, 10, 1, 100);
        taskEnded(0, Phase.FAILED, 74, 0);

        cycle();

        assertSucceeded(0);
        assertThat(run(1).cause()).contains(Cause.NODE);
        assertThat(bench.tile("a", 1).infrastructureFailures()).isOne();
        assertNotBegun(2);
    }

    @Test
    void a_full_storage_ends_the_task_and_blames_no_node() {
        succeeded(0, 10, 1, 100);
        bench.lease(batch, 1);
        taskEnded(0, Phase.FAILED, 73, 0);

        cycle();

        assertThat(run(1).cause()).contains(Cause.NODE);
        assertThat(bench.tile("a", 1).excludedNodes()).isEmpty();
        assertNotBegun(2);
    }

    @Test
    void a_task_of_which_nothing_began_counts_for_all_its_tiles_so_that_it_is_not_repeated_for_ever() {
        taskEnded(0, Phase.NODE_FAIL, 0, 0);

        cycle();

        assertThat(List.of(0, 1, 2)).allSatisfy(index -> {
            assertThat(run(index).cause()).contains(Cause.NODE);
            assertThat(bench.tile("a", index).infrastructureFailures()).isOne();
        });
        assertThat(List.of(0, 1, 2))
                .extracting(
                        index -> run(index).facts().timing().elapsedSeconds().orElse(0L))
                .containsExactly(30L, 0L, 0L);
    }

    @Test
    void a_task_that_was_cancelled_while_it_waited_is_as_ever() {
        bench.cluster.rows.add(TaskRow.task(batch, 0)
                .is(Phase.CANCELLED)
                .detail("by 1001")
                .neverStarted()
                .row());

        cycle();

        assertThat(List.of(0, 1, 2)).allSatisfy(index -> {
            assertThat(run(index).cause()).contains(Cause.CANCELLED);
            assertThat(bench.tile("a", index).faults()).isOne();
        });
    }

    @Test
    void tiles_that_failed_go_alone_and_tiles_that_were_not_begun_go_together() {
        failed(0, "exit", 9);
        failed(1, "exit", 9);
        failed(2, "exit", 9);
        taskEnded(0, Phase.FAILED, 1, 0);
        succeeded(3, 10, 1, 100);
        taskEnded(1, Phase.FAILED, 78, 0);
        cycle();

        bench.submitAll();

        assertThat(bench.batches("a").stream().filter(each -> each.number() > 2))
                .extracting(each -> List.of(each.size(), each.perTask()))
                .containsExactlyInAnyOrder(List.of(3, 1), List.of(2, 2));
    }

    @Test
    void all_runs_of_a_task_wait_for_evidence_that_may_still_appear() {
        succeeded(0, 10, 1, 100);
        succeeded(2, 10, 1, 100);
        bench.lease(batch, 1);
        taskEnded(0, Phase.COMPLETED, 0, 0);
        cycle();
        assertThat(run(0).state()).isEqualTo(RunState.QUEUED);

        succeeded(1, 10, 1, 100);
        cycle();
        assertSucceeded(0, 1, 2);
    }

    @Test
    void evidence_that_never_appears_costs_its_tile_alone() {
        succeeded(0, 10, 1, 100);
        succeeded(2, 10, 1, 100);
        bench.lease(batch, 1);
        taskEnded(0, Phase.COMPLETED, 0, 0);

        cycles(Duration.ofMinutes(3));

        assertSucceeded(0, 2);
        assertThat(run(1).cause()).contains(Cause.BAD_OUTPUT);
    }

    @Test
    void the_lease_of_the_tile_at_which_a_task_was_killed_may_appear_late() {
        succeeded(0, 10, 1, 100);
        taskEnded(0, Phase.OUT_OF_MEMORY, 0, 9);
        cycle();
        assertThat(run(1).state()).isEqualTo(RunState.QUEUED);

        bench.lease(batch, 1);
        cycle();

        assertSucceeded(0);
        assertThat(run(1).cause()).contains(Cause.OUT_OF_MEMORY);
        assertNotBegun(2);
    }

    @Test
    void a_kill_between_two_tiles_costs_nothing() {
        succeeded(0, 10, 1, 100);
        taskEnded(0, Phase.TIMEOUT, 0, 0);

        cycles(Duration.ofMinutes(3));

        assertSucceeded(0);
        assertNotBegun(1);
        assertNotBegun(2);
    }

    @Test
    void a_tile_that_a_duplicate_job_has_made_is_done() throws Exception {
        succeeded(0, 10, 1, 100);
        succeeded(2, 10, 1, 100);
        bench.leavesOutput(batch, 1, "pixels", "999");
        Path lease = bench.storage.work("a").resolve("leases").resolve("ndvi.1.1");
        Files.delete(lease);
        Files.createSymbolicLink(lease, Path.of("999"));
        taskEnded(0, Phase.FAILED, 1, 0);

        cycle();

        assertSucceeded(0, 1, 2);
        assertThat(run(1).detail()).isEqualTo("done by duplicate job 999");
    }

    @Test
    void tiles_that_a_duplicate_job_has_made_are_done_also_if_it_has_made_all_of_the_task() throws Exception {
        for (int index = 0; index < 3; index++) {
            bench.leavesOutput(batch, index, "pixels", "999");
            Path lease = bench.storage.work("a").resolve("leases").resolve("ndvi." + index + ".1");
            Files.delete(lease);
            Files.createSymbolicLink(lease, Path.of("999"));
        }
        taskEnded(0, Phase.FAILED, 1, 0);

        cycle();

        assertSucceeded(0, 1, 2);
        assertThat(run(0).detail()).isEqualTo("done by duplicate job 999");
    }

    @Test
    void a_node_that_can_begin_nothing_costs_only_the_first_tile_of_a_task() {
        taskEnded(0, Phase.FAILED, 74, 0);

        cycles(Duration.ofMinutes(3));

        assertThat(run(0).cause()).contains(Cause.NODE);
        assertNotBegun(1);
        assertNotBegun(2);
    }

    @Test
    void the_reason_why_a_task_waits_is_that_of_all_its_runs() {
        queueReports(batch, "PENDING", "Resources", 1);
        bench.cluster.rows.add(TaskRow.range(batch, 0, 1, 2).row());
        cycles(Duration.ofMinutes(1));

        assertThat(List.of(3, 4, 5))
                .allSatisfy(index ->
                        assertThat(run(index).facts().pending().reason()).isEqualTo("Resources"));
        assertThat(run(6).facts().pending().reason()).isEmpty();
    }
}
