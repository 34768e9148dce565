package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Capabilities.Partition;
import io.swath.model.Cause;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.testing.TaskRow;
import io.swath.testing.Workbench;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RetryPolicyTest {
    private static final RetryPolicy POLICY = new RetryPolicy(1.5, 2, 2, 2, Duration.ofSeconds(5));
    private static final int RETRIES = 2;
    private static final Partition PARTITION =
            new Partition("cpu", true, 3, 8, 1_000, 0, 0, Optional.of(Duration.ofMinutes(5)));
    private static final Partition GPUS = new Partition("gpu", false, 2, 8, 1_000, 2, 4, Optional.empty());

    private static Request asked(int memoryMiB, Duration time) {
        return new Request("cpu", 1, memoryMiB, time, 0, 0, List.of());
    }

    private static Request onGpu(int gpus, int shards) {
        return new Request("gpu", 1, 600, Duration.ofMinutes(2), gpus, shards, List.of());
    }

    /** What is known of a run on that node. */
    private static Run.Facts on(String node) {
        return facts(node, Optional.empty());
    }

    private static Run.Facts facts(String node, Optional<Long> memoryKiB) {
        return RunFacts.of(
                TaskRow.task("12", "swath-a-1", 0)
                        .is(io.swath.cluster.TaskStatus.Phase.FAILED)
                        .node(node)
                        .row(),
                0,
                new io.swath.cluster.TaskUsage(memoryKiB, Optional.empty(), false),
                Optional.empty());
    }

    private static RetryPolicy.Next next(Cause cause, TileProgress tile, Request asked, Run.Facts facts) {
        return POLICY.after(cause, tile, asked, facts, RETRIES, Optional.of(PARTITION));
    }

    private static TileProgress after(Cause cause, Request asked) {
        return next(cause, open(), asked, on("cpu1")).tile();
    }

    private static TileProgress open() {
        return TileProgress.notSubmitted("a", Workbench.tile(0)).submitted();
    }

    @Test
    void out_of_memory_asks_for_more_of_it_and_for_nothing_else() {
        TileProgress tile = after(Cause.OUT_OF_MEMORY, asked(600, Duration.ofMinutes(2)));

        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.memoryMiB()).contains(900);
        assertThat(tile.time()).contains(Duration.ofMinutes(2));
        assertThat(tile.faults()).isOne();
    }

    @ParameterizedTest
    @CsvSource({"640, 960", "500, 900", "990, 1000"})
    void memoryGrowsFromThePeakWhereThatWasMoreThanWasAskedFor(long peakMiB, int next) {
        TileProgress tile = next(
                        Cause.OUT_OF_MEMORY,
                        open(),
                        asked(600, Duration.ofMinutes(2)),
                        facts("cpu1", Optional.of(peakMiB * 1024)))
                .tile();

        assertThat(tile.memoryMiB()).contains(next);
    }

    @Test
    void memory_grows_no_further_than_the_node() {
        assertThat(after(Cause.OUT_OF_MEMORY, asked(900, Duration.ofMinutes(2))).memoryMiB())
                .contains(1_000);
    }

    @Test
    void a_tile_that_had_all_of_the_nodes_memory_fails_at_once_and_says_so() {
        RetryPolicy.Next next = next(Cause.OUT_OF_MEMORY, open(), asked(1_000, Duration.ofMinutes(2)), on("cpu1"));

        assertThat(next.tile().state()).isEqualTo(TileState.FAILED);
        assertThat(next.why()).isEqualTo("it had the 1000 MiB that are the most it may ask for");
    }

    @Test
    void running_into_the_limit_asks_for_more_time_and_for_nothing_else() {
        TileProgress tile = after(Cause.TIMEOUT, asked(600, Duration.ofMinutes(2)));

        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.time()).contains(Duration.ofMinutes(4));
        assertThat(tile.memoryMiB()).contains(600);
        assertThat(tile.faults()).isOne();
    }

    @Test
    void time_grows_no_further_than_the_partition_allows() {
        assertThat(after(Cause.TIMEOUT, asked(600, Duration.ofMinutes(4))).time())
                .contains(Duration.ofMinutes(5));
    }

    @Test
    void a_tile_that_had_all_the_time_there_is_fails_at_once_and_says_so() {
        RetryPolicy.Next next = next(Cause.TIMEOUT, open(), asked(600, Duration.ofMinutes(5)), on("cpu1"));

        assertThat(next.tile().state()).isEqualTo(TileState.FAILED);
        assertThat(next.why()).isEqualTo("it had the 300 s that are the most it may ask for");
    }

    @Test
    void without_a_known_partition_growth_has_no_cap() {
        Request asked = asked(900, Duration.ofMinutes(4));

        assertThat(POLICY.after(Cause.OUT_OF_MEMORY, open(), asked, on(""), RETRIES, Optional.empty())
                        .tile()
                        .memoryMiB())
                .contains(1_350);
        assertThat(POLICY.after(Cause.TIMEOUT, open(), asked, on(""), RETRIES, Optional.empty())
                        .tile()
                        .time())
                .contains(Duration.ofMinutes(8));
    }

    @ParameterizedTest
    @CsvSource({"1, 0.5", "2, 1", "3, 1"})
    void outOfTheGpusMemoryAsksForALargerPartOfItUpToTheWhole(int shards, double share) {
        TileProgress tile = POLICY.after(
                        Cause.GPU_OUT_OF_MEMORY, open(), onGpu(0, shards), on("gpu1"), RETRIES, Optional.of(GPUS))
                .tile();

        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.gpu()).contains(share);
        assertThat(tile.faults()).isOne();
    }

    @Test
    void out_of_the_memory_of_a_whole_gpu_is_a_fault_that_says_so() {
        TileProgress tile = open();
        for (int fault = 1; fault <= RETRIES + 1; fault++) {
            RetryPolicy.Next next =
                    POLICY.after(Cause.GPU_OUT_OF_MEMORY, tile, onGpu(1, 0), on("gpu1"), RETRIES, Optional.of(GPUS));
            assertThat(next.why()).startsWith("it had a whole GPU");
            assertThat(next.tile().gpu()).isEmpty();
            tile = next.tile();
            assertThat(tile.faults()).isEqualTo(fault);
        }
        assertThat(tile.state()).isEqualTo(TileState.FAILED);
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"EXIT", "BAD_OUTPUT", "CANCELLED"})
    void anOrdinaryFaultGoesAgainAsOftenAsTheRecipeAllows(Cause cause) {
        Request asked = asked(600, Duration.ofMinutes(2));
        TileProgress tile = open();
        for (int fault = 1; fault <= RETRIES; fault++) {
            tile = next(cause, tile, asked, on("cpu1")).tile();
            assertThat(tile.state()).isEqualTo(TileState.WAITING);
            assertThat(tile.faults()).isEqualTo(fault);
            assertThat(tile.memoryMiB()).contains(600);
        }
        assertThat(next(cause, tile, asked, on("cpu1")).tile().state()).isEqualTo(TileState.FAILED);
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"NODE", "PREEMPTED", "LOST"})
    void whatIsNobodysFaultCostsNoRetryAndHasALimitOfItsOwn(Cause cause) {
        Request asked = asked(600, Duration.ofMinutes(2));
        TileProgress tile = open();
        for (int infrastructureFailure = 1;
                infrastructureFailure <= POLICY.infrastructureFailureLimit();
                infrastructureFailure++) {
            tile = next(cause, tile, asked, on("cpu1")).tile();
            assertThat(tile.state()).isEqualTo(TileState.WAITING);
            assertThat(tile.faults()).isZero();
            assertThat(tile.infrastructureFailures()).isEqualTo(infrastructureFailure);
        }
        RetryPolicy.Next last = next(cause, tile, asked, on("cpu1"));
        assertThat(last.tile().state()).isEqualTo(TileState.FAILED);
        assertThat(last.why()).isEqualTo("it met trouble 3 times, and retry.mishaps allows 2");
    }

    @Test
    void a_damaged_scene_is_read_once_more_elsewhere_and_then_given_up() {
        Request asked = asked(600, Duration.ofMinutes(2));
        TileProgress tile = next(Cause.BAD_INPUT, open(), asked, on("cpu1")).tile();
        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.excludedNodes()).containsExactly("cpu1");
        assertThat(next(Cause.BAD_INPUT, tile, asked, on("cpu2")).tile().state())
                .isEqualTo(TileState.FAILED);
        assertThat(POLICY.after(Cause.BAD_INPUT, open(), asked, on("cpu1"), RETRIES, Optional.empty())
                        .tile()
                        .excludedNodes())
                .as("where there may be no other node")
                .isEmpty();
    }

    @Test
    void a_node_that_failed_is_left_out_and_the_one_before_it_stays_left_out() {
        TileProgress tile = open().excludingNodes(List.of("cpu3"));
        Request asked = asked(600, Duration.ofMinutes(2));

        assertThat(next(Cause.NODE, tile, asked, on("cpu1")).tile().excludedNodes())
                .containsExactly("cpu3", "cpu1");
        assertThat(next(Cause.PREEMPTED, tile, asked, on("cpu1")).tile().excludedNodes())
                .containsExactly("cpu3");
    }

    @Test
    void of_all_nodes_of_the_partition_the_one_that_failed_first_is_tried_again() {
        TileProgress tile = open().excludingNodes(List.of("cpu3", "cpu1"));

        assertThat(next(Cause.NODE, tile, asked(600, Duration.ofMinutes(2)), on("cpu2"))
                        .tile()
                        .excludedNodes())
                .containsExactly("cpu1", "cpu2");
    }

    @Test
    void the_only_node_of_a_partition_is_never_left_out() {
        Partition single = new Partition("one", true, 1, 8, 1_000, 0, 0, Optional.empty());

        assertThat(POLICY.after(
                                Cause.NODE,
                                open(),
                                asked(600, Duration.ofMinutes(2)),
                                on("cpu1"),
                                RETRIES,
                                Optional.of(single))
                        .tile()
                        .excludedNodes())
                .isEmpty();
    }

    @Test
    void a_node_that_nobody_knows_leaves_none_out() {
        assertThat(next(Cause.NODE, open(), asked(600, Duration.ofMinutes(2)), on(""))
                        .tile()
                        .excludedNodes())
                .isEmpty();
    }

    @Test
    void what_one_failure_taught_is_kept_through_the_next() {
        TileProgress tile =
                after(Cause.OUT_OF_MEMORY, asked(600, Duration.ofMinutes(2))).withGpu(0.5);
        TileProgress again = next(
                        Cause.PREEMPTED, tile, asked(tile.memoryMiB().orElseThrow(), Duration.ofMinutes(2)), on("cpu1"))
                .tile();

        assertThat(again.memoryMiB()).contains(900);
        assertThat(again.gpu()).contains(0.5);
        assertThat(again.faults()).isOne();
        assertThat(again.infrastructureFailures()).isOne();
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"EXIT", "BAD_OUTPUT", "NODE", "LOST"})
    void whatMayFailAtOncePausesLongerEachTimeButNeverForHours(Cause cause) {
        RetryPolicy patient = new RetryPolicy(2, 2, 2, 100, Duration.ofSeconds(5));
        TileProgress[] tile = {open()};

        List<Long> pauses = IntStream.range(0, 9)
                .mapToObj(failure -> {
                    RetryPolicy.Next next = patient.after(
                            cause, tile[0], asked(600, Duration.ofMinutes(2)), on("cpu1"), 100, Optional.of(PARTITION));
                    tile[0] = next.tile();
                    return next.pause().toSeconds();
                })
                .toList();

        assertThat(pauses).containsExactly(5L, 10L, 20L, 40L, 80L, 160L, 300L, 300L, 300L);
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"OUT_OF_MEMORY", "TIMEOUT", "PREEMPTED", "CANCELLED"})
    void whatGoesAgainDifferentlyOrByNobodysFaultGoesAtOnce(Cause cause) {
        assertThat(next(cause, open(), asked(600, Duration.ofMinutes(2)), on("cpu1"))
                        .pause())
                .isZero();
    }
}
