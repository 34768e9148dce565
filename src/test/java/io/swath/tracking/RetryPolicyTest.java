package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Accounts;
import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.Limit;
import io.swath.job.Directives;
import io.swath.model.Cause;
import io.swath.model.GpuRequest;
import io.swath.model.JobOptions;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.model.Tres;
import io.swath.testing.TaskRow;
import io.swath.testing.Workbench;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RetryPolicyTest {
    private static final RetryPolicy POLICY = new RetryPolicy(1.5, 2, 2, Duration.ofSeconds(5), Directives.NONE);
    private static final int RETRIES = 2;
    private static final Partition PARTITION =
            new Partition("cpu", true, 3, 8, 1_000, 0, 0, Optional.of(Duration.ofMinutes(5)));
    private static final Partition GPUS = new Partition("gpu", false, 2, 8, 1_000, 2, 4, Optional.empty());

    private static Capabilities cluster(Partition... partitions) {
        return new Capabilities("slurm 24.11.5", 1_001, List.of(partitions));
    }

    private static Request requested(int memoryMiB, Duration time) {
        return new Request("cpu", 1, memoryMiB, time, 0, 0, List.of());
    }

    private static Request onGpu(int gpus, int shards) {
        return new Request("gpu", 1, 600, Duration.ofMinutes(2), gpus, shards, List.of());
    }

    /** The facts of a failed run on this node. */
    private static Run.Facts on(String node) {
        return facts(node, Optional.empty());
    }

    private static Run.Facts facts(String node, Optional<Long> memoryKiB) {
        return asked(
                Tres.NONE,
                RunFacts.of(
                        TaskRow.task("12", "swath-a-1", 0)
                                .is(io.swath.cluster.TaskStatus.Phase.FAILED)
                                .node(node)
                                .row(),
                        "12_0",
                        new io.swath.cluster.TaskUsage(memoryKiB, Optional.empty(), false),
                        Optional.empty()));
    }

    private static Run.Facts asked(Tres tres, Run.Facts facts) {
        return new Run.Facts(
                facts.jobId(),
                facts.clusterState(),
                facts.exit(),
                facts.timing(),
                facts.allocation(),
                tres,
                facts.used(),
                facts.restarts(),
                facts.pending(),
                facts.note());
    }

    private static RetryPolicy.Decision next(Cause cause, TileProgress tile, Request request, Run.Facts facts) {
        return POLICY.after(cause, tile, request, facts, RETRIES, /* night= */ false, cluster(PARTITION));
    }

    private static TileProgress after(Cause cause, Request request) {
        return next(cause, open(), request, on("cpu1")).tile();
    }

    private static TileProgress open() {
        return TileProgress.notSubmitted("a", Workbench.tile(0)).submitted();
    }

    @Test
    void a_tile_begins_with_its_first_step_until_it_was_submitted_very_often_and_again_when_it_has_failed() {
        TileProgress second = open().stepDone(false);
        int most = RETRIES + POLICY.infrastructureFailureLimit();
        for (int attempts : List.of(1, most, most + 1)) {
            RetryPolicy.Decision lost =
                    next(Cause.LOST, second.withAttempts(attempts), requested(600, Duration.ofMinutes(2)), on("cpu1"));
            TileProgress tile = POLICY.fromFirstStep(lost, RETRIES).tile();
            assertThat(tile.step()).isEqualTo(attempts <= most ? 0 : 1);
            assertThat(tile.infrastructureFailures()).isOne();
        }
        RetryPolicy.Decision failed =
                RetryPolicy.Decision.proceed(second.withAttempts(most + 1).withState(TileState.FAILED));
        assertThat(POLICY.fromFirstStep(failed, RETRIES).tile().step()).isZero();
    }

    @Test
    void out_of_memory_records_how_much_was_too_little_and_nothing_else() {
        TileProgress tile = after(Cause.OUT_OF_MEMORY, requested(600, Duration.ofMinutes(2)));

        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.tooLittleMiB()).contains(600);
        assertThat(tile.tooShort()).isEmpty();
        assertThat(tile.faults()).isOne();
    }

    @ParameterizedTest
    @CsvSource({"640, 640", "500, 600", "990, 900"})
    void a_peak_above_the_request_was_too_little_as_far_as_it_is_credible(long peakMiB, int tooLittle) {
        TileProgress tile = next(
                        Cause.OUT_OF_MEMORY,
                        open(),
                        requested(600, Duration.ofMinutes(2)),
                        facts("cpu1", Optional.of(peakMiB * 1024)))
                .tile();

        assertThat(tile.tooLittleMiB()).contains(tooLittle);
    }

    @Test
    void a_peak_that_no_task_can_have_does_not_request_the_whole_node() {
        TileProgress tile = next(
                        Cause.OUT_OF_MEMORY,
                        open(),
                        requested(100, Duration.ofMinutes(2)),
                        facts("cpu1", Optional.of(Long.MAX_VALUE)))
                .tile();

        assertThat(tile.tooLittleMiB()).as("100 MiB x 1.5").contains(150);
    }

    @Test
    void what_was_too_little_is_what_the_task_had_and_not_what_its_batch_asks_for_since() {
        Run.Facts before = asked(new Tres("cpu=1,mem=600M,node=1", ""), on("cpu1"));

        assertThat(next(Cause.OUT_OF_MEMORY, open(), requested(200, Duration.ofMinutes(2)), before)
                        .tile()
                        .tooLittleMiB())
                .contains(600);
    }

    @Test
    void a_tile_that_had_all_memory_of_the_node_fails_at_once_with_the_reason() {
        RetryPolicy.Decision decision =
                next(Cause.OUT_OF_MEMORY, open(), requested(1_000, Duration.ofMinutes(2)), on("cpu1"));

        assertThat(decision.tile().state()).isEqualTo(TileState.FAILED);
        assertThat(decision.whyNoRetry())
                .isEqualTo(
                        "it had 1000 MiB, the most that it may request: a job in partition cpu gets no more of a node");
    }

    @Test
    void out_of_memory_where_memory_is_not_managed_is_an_ordinary_failure() {
        RetryPolicy.Decision decision =
                next(Cause.OUT_OF_MEMORY, open(), requested(0, Duration.ofMinutes(2)), on("cpu1"));

        assertThat(decision.tile().state()).isEqualTo(TileState.WAITING);
        assertThat(decision.tile().faults()).isOne();
        assertThat(decision.whyNoRetry()).isEmpty();
    }

    @Test
    void a_timeout_records_the_limit_that_was_too_short_and_nothing_else() {
        TileProgress tile = after(Cause.TIMEOUT, requested(600, Duration.ofMinutes(2)));

        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.tooShort()).contains(Duration.ofMinutes(2));
        assertThat(tile.tooLittleMiB()).isEmpty();
        assertThat(tile.faults()).isOne();
    }

    @Test
    void a_tile_that_had_the_longest_time_limit_fails_at_once_with_the_reason() {
        RetryPolicy.Decision decision = next(Cause.TIMEOUT, open(), requested(600, Duration.ofMinutes(5)), on("cpu1"));

        assertThat(decision.tile().state()).isEqualTo(TileState.FAILED);
        assertThat(decision.whyNoRetry())
                .isEqualTo("it had 300 s, the most that it may request: partition cpu allows no more");
    }

    @ParameterizedTest
    @CsvSource({
        "MaxTRES, mem, 600, OUT_OF_MEMORY, 'it had 600 MiB, the most that it may request: QOS high has MaxTRES=mem=600'",
        "MaxTRES, mem, 700, OUT_OF_MEMORY, ''",
        "GrpTRES, mem, 600, OUT_OF_MEMORY, 'it had 600 MiB, the most that it may request: QOS high has GrpTRES=mem=600'",
        "MaxWall, '', 120, TIMEOUT, 'it had 120 s, the most that it may request: QOS high has MaxWall=120'",
        "MaxWall, '', 180, TIMEOUT, ''",
    })
    void a_tile_that_had_all_that_its_qos_allows_fails_at_once_and_names_the_limit(
            String column, String resource, long amount, Cause cause, String why) {
        String text = column + "=" + (resource.isEmpty() ? "" : resource + "=") + amount;
        Accounts accounts = new Accounts(
                true,
                true,
                "science",
                "",
                List.of(new Accounts.Association("science", "", List.of("normal", "high"), "normal", List.of())),
                Map.of(),
                Map.of("high", new Accounts.Qos(false, List.of(new Limit(column, resource, amount, text)))));
        Capabilities cluster = new Capabilities("slurm 24.11.5", 1_001, List.of(PARTITION), accounts, List.of());
        RetryPolicy ofSite = new RetryPolicy(
                1.5, 2, 2, Duration.ofSeconds(5), new Directives("", "", "high", JobOptions.NONE, JobOptions.NONE));
        Request request = requested(600, Duration.ofMinutes(2));

        RetryPolicy.Decision atNight =
                ofSite.after(cause, open(), request, on("cpu1"), RETRIES, /* night= */ true, cluster);
        RetryPolicy.Decision byDay =
                ofSite.after(cause, open(), request, on("cpu1"), RETRIES, /* night= */ false, cluster);

        assertThat(atNight.whyNoRetry()).isEqualTo(why);
        assertThat(atNight.tile().state()).isEqualTo(why.isEmpty() ? TileState.WAITING : TileState.FAILED);
        assertThat(byDay.tile().state()).as("its QOS has no limit").isEqualTo(TileState.WAITING);
    }

    @Test
    void without_a_known_partition_no_request_is_the_most() {
        Request request = requested(900, Duration.ofMinutes(4));

        assertThat(POLICY.after(Cause.OUT_OF_MEMORY, open(), request, on(""), RETRIES, /* night= */ false, cluster())
                        .tile()
                        .tooLittleMiB())
                .contains(900);
        assertThat(POLICY.after(Cause.TIMEOUT, open(), request, on(""), RETRIES, /* night= */ false, cluster())
                        .tile()
                        .tooShort())
                .contains(Duration.ofMinutes(4));
    }

    @ParameterizedTest
    @CsvSource({"1, 0.5", "2, 1", "3, 1"})
    void gpu_out_of_memory_requests_a_larger_share_up_to_a_whole_gpu(int shards, double share) {
        TileProgress tile = POLICY.after(
                        Cause.GPU_OUT_OF_MEMORY,
                        open(),
                        onGpu(0, shards),
                        on("gpu1"),
                        RETRIES,
                        /* night= */ false,
                        cluster(GPUS))
                .tile();

        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.gpu()).contains(share);
        assertThat(tile.faults()).isOne();
    }

    @Test
    void gpu_out_of_memory_on_a_slice_or_by_mps_requests_a_larger_part_too() {
        Request plain = onGpu(0, 0);
        for (GpuRequest quarter : List.of(GpuRequest.typed("a100_2g.10gb", 0.25), GpuRequest.mps(25, 100))) {
            TileProgress tile = POLICY.after(
                            Cause.GPU_OUT_OF_MEMORY,
                            open(),
                            plain.withGpu(quarter),
                            on("gpu1"),
                            RETRIES,
                            /* night= */ false,
                            cluster())
                    .tile();
            assertThat(tile.gpu()).contains(0.5);
        }
    }

    @Test
    void gpu_out_of_memory_on_a_whole_gpu_is_a_fault_with_a_reason() {
        TileProgress tile = open();
        for (int fault = 1; fault <= RETRIES + 1; fault++) {
            RetryPolicy.Decision decision = POLICY.after(
                    Cause.GPU_OUT_OF_MEMORY, tile, onGpu(1, 0), on("gpu1"), RETRIES, /* night= */ false, cluster(GPUS));
            assertThat(decision.whyNoRetry()).startsWith("it had a whole GPU");
            assertThat(decision.tile().gpu())
                    .as("the whole GPU was too little, so a step that may run on CPUs goes there")
                    .contains(1.0);
            tile = decision.tile();
            assertThat(tile.faults()).isEqualTo(fault);
        }
        assertThat(tile.state()).isEqualTo(TileState.FAILED);
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"EXIT", "BAD_OUTPUT", "CANCELLED"})
    void an_ordinary_fault_is_retried_as_often_as_the_recipe_allows(Cause cause) {
        Request request = requested(600, Duration.ofMinutes(2));
        TileProgress tile = open();
        for (int fault = 1; fault <= RETRIES; fault++) {
            tile = next(cause, tile, request, on("cpu1")).tile();
            assertThat(tile.state()).isEqualTo(TileState.WAITING);
            assertThat(tile.faults()).isEqualTo(fault);
            assertThat(tile.tooLittleMiB()).isEmpty();
        }
        assertThat(next(cause, tile, request, on("cpu1")).tile().state()).isEqualTo(TileState.FAILED);
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"NODE", "PREEMPTED", "LOST"})
    void an_infrastructure_failure_costs_no_retry_and_has_its_own_limit(Cause cause) {
        Request request = requested(600, Duration.ofMinutes(2));
        TileProgress tile = open();
        for (int infrastructureFailure = 1;
                infrastructureFailure <= POLICY.infrastructureFailureLimit();
                infrastructureFailure++) {
            tile = next(cause, tile, request, on("cpu1")).tile();
            assertThat(tile.state()).isEqualTo(TileState.WAITING);
            assertThat(tile.faults()).isZero();
            assertThat(tile.infrastructureFailures()).isEqualTo(infrastructureFailure);
        }
        RetryPolicy.Decision last = next(cause, tile, request, on("cpu1"));
        assertThat(last.tile().state()).isEqualTo(TileState.FAILED);
        assertThat(last.whyNoRetry()).isEqualTo("it had 3 infrastructure failures, and retry.mishaps allows 2");
    }

    @Test
    void bad_input_is_retried_once_on_another_node_and_then_fails() {
        Request request = requested(600, Duration.ofMinutes(2));
        TileProgress tile = next(Cause.BAD_INPUT, open(), request, on("cpu1")).tile();
        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.excludedNodes()).containsExactly("cpu1");
        assertThat(next(Cause.BAD_INPUT, tile, request, on("cpu2")).tile().state())
                .isEqualTo(TileState.FAILED);
        assertThat(POLICY.after(Cause.BAD_INPUT, open(), request, on("cpu1"), RETRIES, /* night= */ false, cluster())
                        .tile()
                        .excludedNodes())
                .as("with an unknown partition there may be no other node")
                .isEmpty();
    }

    @Test
    void a_changed_file_of_the_scene_is_not_retried() {
        RetryPolicy.Decision decision =
                next(Cause.INPUT_CHANGED, open(), requested(600, Duration.ofMinutes(2)), on("cpu1"));

        assertThat(decision.tile().state()).isEqualTo(TileState.FAILED);
        assertThat(decision.whyNoRetry()).contains("the changed file");
    }

    @Test
    void a_failed_node_is_excluded_and_nodes_excluded_earlier_stay_excluded() {
        TileProgress tile = open().excludingNodes(List.of("cpu3"));
        Request request = requested(600, Duration.ofMinutes(2));

        assertThat(next(Cause.NODE, tile, request, on("cpu1")).tile().excludedNodes())
                .containsExactly("cpu3", "cpu1");
        assertThat(next(Cause.PREEMPTED, tile, request, on("cpu1")).tile().excludedNodes())
                .containsExactly("cpu3");
    }

    @Test
    void if_all_nodes_of_the_partition_failed_the_first_failed_node_is_allowed_again() {
        TileProgress tile = open().excludingNodes(List.of("cpu3", "cpu1"));

        assertThat(next(Cause.NODE, tile, requested(600, Duration.ofMinutes(2)), on("cpu2"))
                        .tile()
                        .excludedNodes())
                .containsExactly("cpu1", "cpu2");
    }

    @Test
    void the_only_node_of_a_partition_is_never_excluded() {
        Partition single = new Partition("cpu", true, 1, 8, 1_000, 0, 0, Optional.empty());

        assertThat(POLICY.after(
                                Cause.NODE,
                                open(),
                                requested(600, Duration.ofMinutes(2)),
                                on("cpu1"),
                                RETRIES,
                                /* night= */ false,
                                cluster(single))
                        .tile()
                        .excludedNodes())
                .isEmpty();
    }

    @Test
    void an_unknown_node_excludes_nothing() {
        assertThat(next(Cause.NODE, open(), requested(600, Duration.ofMinutes(2)), on(""))
                        .tile()
                        .excludedNodes())
                .isEmpty();
    }

    @Test
    void what_was_too_little_is_kept_after_the_next_failure() {
        TileProgress tile = after(Cause.OUT_OF_MEMORY, requested(600, Duration.ofMinutes(2)))
                .withGpu(0.5);
        TileProgress retried = next(Cause.PREEMPTED, tile, requested(900, Duration.ofMinutes(2)), on("cpu1"))
                .tile();

        assertThat(retried.tooLittleMiB()).contains(600);
        assertThat(retried.gpu()).contains(0.5);
        assertThat(retried.faults()).isOne();
        assertThat(retried.infrastructureFailures()).isOne();
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"EXIT", "BAD_OUTPUT", "NODE", "LOST"})
    void the_pause_doubles_with_each_failure_up_to_five_minutes(Cause cause) {
        RetryPolicy patient = new RetryPolicy(2, 2, 100, Duration.ofSeconds(5), Directives.NONE);
        TileProgress[] tile = {open()};

        List<Long> pauses = IntStream.range(0, 9)
                .mapToObj(failure -> {
                    RetryPolicy.Decision decision = patient.after(
                            cause,
                            tile[0],
                            requested(600, Duration.ofMinutes(2)),
                            on("cpu1"),
                            100,
                            /* night= */ false,
                            cluster(PARTITION));
                    tile[0] = decision.tile();
                    return decision.pause().toSeconds();
                })
                .toList();

        assertThat(pauses).containsExactly(5L, 10L, 20L, 40L, 80L, 160L, 300L, 300L, 300L);
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"OUT_OF_MEMORY", "TIMEOUT", "PREEMPTED", "CANCELLED"})
    void retries_with_a_new_request_and_after_preemption_or_cancellation_have_no_pause(Cause cause) {
        assertThat(next(cause, open(), requested(600, Duration.ofMinutes(2)), on("cpu1"))
                        .pause())
                .isZero();
    }
}
