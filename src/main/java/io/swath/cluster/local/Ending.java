package io.swath.cluster.local;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import java.util.Optional;

/**
 * How a task ended, as it stands in its job's record.
 *
 * @param reason in words, where this program ended it or could not start it
 */
record Ending(Phase phase, int exit, int signal, TaskUsage usage, String reason) {
    static Ending withoutRun(Phase phase, String reason) {
        return new Ending(phase, 0, 0, TaskUsage.UNKNOWN, reason);
    }

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

    /** Reads the cells of a line, from the given one on. */
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
