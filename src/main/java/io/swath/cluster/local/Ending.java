package io.swath.cluster.local;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import java.util.Optional;

/**
 * How a task ended. Immutable.
 *
 * @param exit the exit code; 0 if a signal ended the task
 * @param signal the number of the signal that ended the task; 0 if no signal ended it
 * @param reason why Swath ended the task or could not start it; empty: it ended by itself
 */
record Ending(Phase phase, int exit, int signal, TaskUsage usage, String reason) {
    /** The end of a task whose processes reported nothing. */
    static Ending withoutRun(Phase phase, String reason) {
        return new Ending(phase, 0, 0, TaskUsage.UNKNOWN, reason);
    }

    /** Writes the cells that {@link #parse} reads. */
    String line() {
        return String.join(
                "\t",
                phase.name(),
                Integer.toString(exit),
                Integer.toString(signal),
                usage.cpuMillis().map(String::valueOf).orElse("-"),
                usage.memoryKiB().map(String::valueOf).orElse("-"),
                reason.replaceAll("\\s+", " "));
    }

    /** @param first the index of the first cell to read */
    static Ending parse(String[] cells, int first) {
        Phase phase = Phase.valueOf(cells[first]);
        return new Ending(
                phase,
                Integer.parseInt(cells[first + 1]),
                Integer.parseInt(cells[first + 2]),
                new TaskUsage(number(cells[first + 4]), number(cells[first + 3]), phase == Phase.OUT_OF_MEMORY),
                cells[first + 5]);
    }

    private static Optional<Long> number(String cell) {
        return cell.equals("-") ? Optional.empty() : Optional.of(Long.valueOf(cell));
    }
}
