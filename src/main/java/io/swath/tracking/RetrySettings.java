package io.swath.tracking;

import io.swath.model.Setting;
import java.time.Duration;

/** How failed tiles are retried. */
public record RetrySettings(
        @Setting(
                key = "retry.memory-growth",
                byDefault = "2",
                help =
                        "After a run fails because of too little memory, the next run asks for this many times as much, until"
                                + " runs have taught how much is needed. The last attempt asks for all that a job can have.")
        double memoryGrowth,

        @Setting(
                key = "retry.time-growth",
                byDefault = "2",
                help =
                        "After a run exceeds its time limit, the next run asks for this many times as much time, until runs"
                                + " have taught how much is needed. The last attempt asks for ten times as"
                                + " much, if a job can have that.")
        double timeGrowth,

        @Setting(
                key = "retry.gpu-growth",
                byDefault = "2",
                help =
                        "After a run exceeds the memory of its part of a GPU, the tile's next run asks for this many times the"
                                + " part.")
        double gpuGrowth,

        @Setting(
                key = "retry.pause",
                byDefault = "5s",
                help =
                        "How long a tile waits before it is retried after EXIT, BAD_OUTPUT, NODE or LOST. The pause doubles"
                                + " with each failure of the tile, up to 5m, so that a person can act before all retries are used.")
        Duration pause,

        @Setting(
                key = "retry.mishaps",
                byDefault = "10",
                help = "How many infrastructure failures (a dead node, a preemption) one tile may have before it fails."
                        + " They do not count as retries of the step.")
        int infrastructureFailures) {}
