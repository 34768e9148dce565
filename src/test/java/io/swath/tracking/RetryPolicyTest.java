package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Capabilities.Partition;
import io.swath.model.Cause;
import io.swath.model.Request;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.testing.Workbench;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RetryPolicyTest {
    private static final RetryPolicy POLICY = new RetryPolicy(1.5, 2, 2);
    private static final int RETRIES = 2;
    private static final Partition PARTITION =
            new Partition("cpu", true, 3, 8, 1_000, 0, 0, Optional.of(Duration.ofMinutes(5)));

    private static Request asked(int memoryMiB, Duration time) {
        return new Request("cpu", 1, memoryMiB, time, 0, 0, List.of());
    }

    private static TileProgress after(Cause cause, Request asked) {
        return POLICY.after(cause, open(), asked, "cpu1", RETRIES, Optional.of(PARTITION));
    }

    private static TileProgress open() {
        return TileProgress.fresh("a", Workbench.tile(0)).submitted();
    }

    @Test
    void outOfMemoryAsksForMoreOfItAndForNothingElse() {
        TileProgress tile = after(Cause.OUT_OF_MEMORY, asked(600, Duration.ofMinutes(2)));

        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.memoryMiB()).contains(900);
        assertThat(tile.time()).contains(Duration.ofMinutes(2));
        assertThat(tile.faults()).isOne();
    }

    @Test
    void memoryGrowsNoFurtherThanTheNode() {
        assertThat(after(Cause.OUT_OF_MEMORY, asked(900, Duration.ofMinutes(2))).memoryMiB())
                .contains(1_000);
    }

    @Test
    void aTileThatHadAllOfTheNodesMemoryFailsAtOnce() {
        assertThat(after(Cause.OUT_OF_MEMORY, asked(1_000, Duration.ofMinutes(2)))
                        .state())
                .isEqualTo(TileState.FAILED);
    }

    @Test
    void runningIntoTheLimitAsksForMoreTimeAndForNothingElse() {
        TileProgress tile = after(Cause.TIMEOUT, asked(600, Duration.ofMinutes(2)));

        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.time()).contains(Duration.ofMinutes(4));
        assertThat(tile.memoryMiB()).contains(600);
        assertThat(tile.faults()).isOne();
    }

    @Test
    void timeGrowsNoFurtherThanThePartitionAllows() {
        assertThat(after(Cause.TIMEOUT, asked(600, Duration.ofMinutes(4))).time())
                .contains(Duration.ofMinutes(5));
    }

    @Test
    void aTileThatHadAllTheTimeThereIsFailsAtOnce() {
        assertThat(after(Cause.TIMEOUT, asked(600, Duration.ofMinutes(5))).state())
                .isEqualTo(TileState.FAILED);
    }

    @Test
    void withoutAKnownPartitionGrowthHasNoCap() {
        Request asked = asked(900, Duration.ofMinutes(4));

        assertThat(POLICY.after(Cause.OUT_OF_MEMORY, open(), asked, "", RETRIES, Optional.empty())
                        .memoryMiB())
                .contains(1_350);
        assertThat(POLICY.after(Cause.TIMEOUT, open(), asked, "", RETRIES, Optional.empty())
                        .time())
                .contains(Duration.ofMinutes(8));
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"EXIT", "BAD_OUTPUT", "CANCELLED", "GPU_OUT_OF_MEMORY"})
    void anOrdinaryFaultGoesAgainAsOftenAsTheRecipeAllows(Cause cause) {
        Request asked = asked(600, Duration.ofMinutes(2));
        TileProgress tile = open();
        for (int fault = 1; fault <= RETRIES; fault++) {
            tile = POLICY.after(cause, tile, asked, "cpu1", RETRIES, Optional.of(PARTITION));
            assertThat(tile.state()).isEqualTo(TileState.WAITING);
            assertThat(tile.faults()).isEqualTo(fault);
            assertThat(tile.memoryMiB()).contains(600);
        }
        assertThat(POLICY.after(cause, tile, asked, "cpu1", RETRIES, Optional.of(PARTITION))
                        .state())
                .isEqualTo(TileState.FAILED);
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"NODE", "PREEMPTED", "LOST"})
    void whatIsNobodysFaultCostsNoRetryAndHasALimitOfItsOwn(Cause cause) {
        Request asked = asked(600, Duration.ofMinutes(2));
        TileProgress tile = open();
        for (int mishap = 1; mishap <= POLICY.mishapLimit(); mishap++) {
            tile = POLICY.after(cause, tile, asked, "cpu1", RETRIES, Optional.of(PARTITION));
            assertThat(tile.state()).isEqualTo(TileState.WAITING);
            assertThat(tile.faults()).isZero();
            assertThat(tile.mishaps()).isEqualTo(mishap);
        }
        assertThat(POLICY.after(cause, tile, asked, "cpu1", RETRIES, Optional.of(PARTITION))
                        .state())
                .isEqualTo(TileState.FAILED);
    }

    @Test
    void aDamagedSceneIsReadOnceMoreElsewhereAndThenGivenUp() {
        Request asked = asked(600, Duration.ofMinutes(2));
        TileProgress tile = after(Cause.BAD_INPUT, asked);
        assertThat(tile.state()).isEqualTo(TileState.WAITING);
        assertThat(tile.excludedNodes()).containsExactly("cpu1");
        assertThat(POLICY.after(Cause.BAD_INPUT, tile, asked, "cpu2", RETRIES, Optional.of(PARTITION))
                        .state())
                .isEqualTo(TileState.FAILED);
        assertThat(POLICY.after(Cause.BAD_INPUT, open(), asked, "cpu1", RETRIES, Optional.empty())
                        .excludedNodes())
                .as("where there may be no other node")
                .isEmpty();
    }

    @Test
    void aNodeThatFailedIsLeftOutAndTheOnesBeforeItStayLeftOut() {
        Request asked = asked(600, Duration.ofMinutes(2)).without("cpu3");

        assertThat(after(Cause.NODE, asked).excludedNodes()).containsExactly("cpu1", "cpu3");
        assertThat(after(Cause.PREEMPTED, asked).excludedNodes()).containsExactly("cpu3");
    }

    @Test
    void aNodeThatNobodyKnowsLeavesNoneOut() {
        assertThat(POLICY.after(
                                Cause.NODE,
                                open(),
                                asked(600, Duration.ofMinutes(2)),
                                "",
                                RETRIES,
                                Optional.of(PARTITION))
                        .excludedNodes())
                .isEmpty();
    }

    @Test
    void whatOneFailureTaughtIsKeptThroughTheNext() {
        TileProgress tile = after(Cause.OUT_OF_MEMORY, asked(600, Duration.ofMinutes(2)));
        TileProgress again = POLICY.after(
                Cause.PREEMPTED,
                tile,
                asked(tile.memoryMiB().orElseThrow(), Duration.ofMinutes(2)),
                "cpu1",
                RETRIES,
                Optional.of(PARTITION));

        assertThat(again.memoryMiB()).contains(900);
        assertThat(again.faults()).isOne();
        assertThat(again.mishaps()).isOne();
    }
}
