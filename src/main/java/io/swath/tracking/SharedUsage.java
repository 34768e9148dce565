package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskUsage;
import io.swath.job.Evidence;
import io.swath.model.ResourceUse;
import io.swath.model.Timing;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Shares out what accounting reports of a task that made several tiles. Its time goes to its runs in their order, in proportion
 * to the times that they measured, and its CPU time in proportion to the CPU times that they measured. The run at which the task
 * has ended gets what is left. So the sums of the parts are what accounting has, to the second and the millisecond, or the CPU
 * time that the runs measured where accounting has less.
 *
 * <p>Memory, also that of a GPU, is not shared out: each run in turn may use all of it, and its peak is what it measured itself.
 * Immutable.
 */
final class SharedUsage {
    private final TaskStatus status;
    private final TaskUsage usage;
    private final SortedMap<Integer, ResourceUse> measured;
    private final Shares time;
    private final Shares cpu;
    private final int at;

    /**
     * @param measured what the runs of the task measured that have begun, by their index
     * @param at the run at which the task has ended, and which may not have measured all of its use; -1: there is none
     */
    SharedUsage(TaskStatus status, TaskUsage usage, Map<Integer, ResourceUse> measured, int at) {
        this.status = status;
        this.usage = usage;
        this.measured = new TreeMap<>(measured);
        this.at = at;
        this.time = Shares.of(
                this.measured, use -> use.wall().map(SharedUsage::micros).orElse(0L), at, micros(elapsed()));
        this.cpu = Shares.of(
                this.measured,
                use -> use.cpuMillis().orElse(0L),
                at,
                usage.cpuMillis().orElse(0L));
    }

    /** What a run measured, as far as the task can have used it. */
    static ResourceUse measured(TaskStatus status, Optional<Evidence> evidence) {
        return RunFacts.used(TaskUsage.UNKNOWN, evidence, RunFacts.span(status.timing()));
    }

    private static long micros(Duration time) {
        return time.toNanos() / 1000;
    }

    private Duration elapsed() {
        return RunFacts.span(status.timing()).orElse(Duration.ZERO);
    }

    /** When a run began and ended, and how long it ran. A run that has not begun has only the end of its task. */
    Timing timing(int index) {
        Timing task = status.timing();
        if (!measured.containsKey(index)) {
            return new Timing(task.submitted(), task.eligible(), Optional.empty(), task.ended(), Optional.empty());
        }
        Optional<Duration> between = task.started().flatMap(from -> task.ended().map(to -> Duration.between(from, to)));
        Optional<Instant> started = task.started()
                .map(from -> between.map(all -> from.plusMillis(time.before(index, all.toMillis())))
                        .orElse(from));
        Optional<Instant> ended = task.started()
                .flatMap(from -> between.map(all -> from.plusMillis(time.until(index, all.toMillis()))))
                .or(task::ended);
        return new Timing(
                task.submitted(),
                task.eligible(),
                started,
                ended,
                task.elapsedSeconds().map(all -> time.until(index, all) - time.before(index, all)));
    }

    /** Whether the peak of the task is that of this run: it was killed for its memory, or is the only one that has begun. */
    private boolean isPeakOf(int index) {
        return index == at && (status.phase() == TaskStatus.Phase.OUT_OF_MEMORY || measured.size() == 1);
    }

    /** What a run used. */
    ResourceUse used(int index) {
        ResourceUse own = measured.getOrDefault(index, ResourceUse.NONE);
        if (!measured.containsKey(index) || usage.cpuMillis().isEmpty()) {
            return own;
        }
        long all = Math.max(usage.cpuMillis().get(), cpu.sum()); // accounting can miss what ended between two looks
        return new ResourceUse(
                own.wall(),
                Optional.of(cpu.until(index, all) - cpu.before(index, all)),
                isPeakOf(index) ? RunFacts.higher(own.memoryKiB(), usage.memoryKiB()) : own.memoryKiB(),
                own.gpu());
    }
}
