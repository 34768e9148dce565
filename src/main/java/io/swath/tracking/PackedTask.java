package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.job.Evidence;
import io.swath.job.ExitCode;
import io.swath.job.Outcome;
import io.swath.model.ExitStatus;
import io.swath.model.ResourceUse;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * An array task that has ended, and that made several tiles one after the other: what the end of the task means to each of its
 * runs. Accounting has one state for all of them, so the evidence and the leases tell which run it is about:
 *
 * <ul>
 *   <li>A run that has written its evidence has ended as that says, whatever happened to the task later.
 *   <li>The run at which the task has ended early is the last that has begun. The task's state is about this one.
 *   <li>The runs behind that have not begun.
 * </ul>
 *
 * <p>If nothing of the task has begun, its state is about all of its runs, or about the first of them if the job script says that
 * it has stopped there. So each task that has ended has either finished a
 * run, or one of its runs counts as failed, and no run is repeated for ever. Immutable.
 */
final class PackedTask {
    private static final int KILLED = 137;

    private final TaskStatus status;
    private final NavigableMap<Integer, Line> lines;
    private final boolean killedForMemory;
    private final OptionalInt last;
    private final OptionalInt at;

    /**
     * What a run has left on the storage.
     *
     * @param evidence its evidence, by this job or another
     * @param leaseOwner the job that has taken its tile's lease; empty: none has
     */
    record Line(Optional<Evidence> evidence, Optional<String> leaseOwner) {}

    /** What the end of the task means to a run. */
    enum Part {
        /** The run has ended before the task. */
        ENDED,
        /** The task has ended at this run: what accounting says of the task is said of this run. */
        AT,
        /** The task has ended before this run. */
        NOT_BEGUN
    }

    /**
     * @param lines all runs of the task, by their index
     * @param killedForMemory whether accounting says so of one of the task's steps
     */
    PackedTask(TaskStatus status, Map<Integer, Line> lines, boolean killedForMemory) {
        this.status = status;
        this.lines = new TreeMap<>(lines);
        this.killedForMemory = killedForMemory || status.phase() == Phase.OUT_OF_MEMORY;
        this.last = this.lines.descendingMap().entrySet().stream()
                .filter(line -> began(line.getValue()))
                .mapToInt(Map.Entry::getKey)
                .findFirst();
        this.at = at();
    }

    private OptionalInt at() {
        if (last.isEmpty()) { // it began nothing, and says that it would have fared no better with the next
            return endedBeforeLease() ? OptionalInt.of(lines.firstKey()) : OptionalInt.empty();
        }
        if (wentThrough()) {
            return OptionalInt.empty();
        }
        if (ending(last.getAsInt()).isEmpty()) {
            return last;
        }
        Integer next = lines.higherKey(last.getAsInt());
        return next != null && endedBeforeLease() ? OptionalInt.of(next) : OptionalInt.empty();
    }

    /** job.sh ends with 1 when it has ended all runs, and with codes of its own when it has not. */
    private boolean wentThrough() {
        return status.phase() == Phase.COMPLETED || exited(1);
    }

    /** {@code job.sh} gives these codes also before it has the lease, and then begins no further run. */
    private boolean endedBeforeLease() {
        return exited(ExitCode.BAD_OUTPUT.code())
                || exited(ExitCode.STORAGE_FULL.code())
                || exited(ExitCode.NODE.code());
    }

    private boolean exited(int code) {
        return status.phase() == Phase.FAILED
                && status.exit().code().orElse(0) == code
                && status.exit().signal().orElse(0) == 0;
    }

    private boolean began(Line line) {
        return line.leaseOwner().filter(this::isThisJob).isPresent()
                || own(line).isPresent();
    }

    private boolean isThisJob(String job) {
        return job.equals(status.task().rawId());
    }

    private Optional<Evidence> own(Line line) {
        return line.evidence().filter(evidence -> isThisJob(evidence.job()));
    }

    /** The evidence of a run that says how it has ended. */
    private Optional<Evidence> ending(int index) {
        return own(lines.get(index))
                .filter(evidence ->
                        evidence.outcome() != Outcome.TIME_WARNING && evidence.outcome() != Outcome.TERMINATED);
    }

    Part part(int index) {
        if (wentThrough() && heldByAnother(index)) { // also where nothing of the task is this job's
            return Part.ENDED;
        }
        if (at.equals(OptionalInt.of(index)) || (last.isEmpty() && at.isEmpty())) {
            return Part.AT;
        }
        boolean ended = (last.isPresent() && index <= last.getAsInt()) || wentThrough() || heldByAnother(index);
        return ended ? Part.ENDED : Part.NOT_BEGUN;
    }

    private boolean heldByAnother(int index) {
        Line line = lines.get(index);
        return own(line).isEmpty()
                && line.leaseOwner().filter(owner -> !isThisJob(owner)).isPresent();
    }

    /**
     * Whether a run seems not to have begun, but what shows that it has may not be visible yet: the task was ended by force, and
     * no run is there at which that has happened.
     */
    boolean mayHaveBegun(int index) {
        return part(index) == Part.NOT_BEGUN
                && at.isEmpty()
                && !exited(ExitCode.NO_TIME_LEFT.code())
                && lines.higherKey(last.getAsInt()).equals(index);
    }

    /**
     * The state of a run that has begun, as accounting would have it if the run had been a task. Its name stays the task's own.
     * A run that has ended and has no evidence looks like a task that has completed, so that its evidence is missed.
     */
    TaskStatus statusOf(int index) {
        if (part(index) != Part.ENDED) {
            return status;
        }
        Optional<Evidence> ending = ending(index);
        if (heldByAnother(index)) {
            return ended(Phase.FAILED, ExitCode.NOT_OURS.code());
        }
        if (memoryKilled(index)) {
            return ended(Phase.OUT_OF_MEMORY, KILLED);
        }
        if (ending.isEmpty() || ending.get().success()) {
            return ended(Phase.COMPLETED, 0);
        }
        return ended(Phase.FAILED, ending.get().exit().orElse(1));
    }

    private TaskStatus ended(Phase phase, int exit) {
        return new TaskStatus(
                status.task(),
                new TaskStatus.State(
                        status.clusterState(), phase, status.state().detail()),
                new ExitStatus(Optional.of(exit), Optional.of(0)),
                status.timing(),
                status.allocation(),
                status.tres(),
                status.reason(),
                status.restarts());
    }

    /**
     * Whether this run, which has ended, is the one of which a process was killed for its memory. The kernel kills a process,
     * and the task goes on; accounting reports the kill at the task's end. A killed process has the exit code 137, unless the
     * script hides it.
     */
    boolean memoryKilled(int index) {
        if (!killedForMemory || at.isPresent() || part(index) != Part.ENDED) {
            return false;
        }
        return killed(index) || (lines.keySet().stream().noneMatch(this::killed) && failedByItself(index));
    }

    private boolean killed(int index) {
        Optional<Evidence> ending = ending(index);
        return ending.isEmpty()
                ? began(lines.get(index))
                : failedByItself(index) && ending.get().exit().equals(Optional.of(KILLED));
    }

    /** What each run of the task used of what accounting reports of the task. */
    SharedUsage share(TaskUsage usage) {
        Map<Integer, ResourceUse> measured = new TreeMap<>();
        lines.forEach((index, line) -> {
            if (began(line)) {
                measured.put(index, SharedUsage.measured(status, own(line)));
            }
        });
        if (measured.isEmpty()) { // somebody has to have the time in which nothing began
            measured.put(lines.firstKey(), ResourceUse.NONE);
        }
        return new SharedUsage(status, usage, measured, last.isEmpty() ? lines.firstKey() : at.orElse(-1));
    }

    private boolean failedByItself(int index) {
        return ending(index)
                .filter(evidence -> evidence.outcome() == Outcome.EXIT)
                .isPresent();
    }
}
