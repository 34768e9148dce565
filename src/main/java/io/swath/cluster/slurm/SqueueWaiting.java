package io.swath.cluster.slurm;

import io.swath.cluster.ClusterException;
import io.swath.cluster.Waiting;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the queue says of jobs. It is asked for all of the user's jobs and then filtered, because {@code squeue -j} ends
 * with an error when the one id it was given is gone from the queue.
 *
 * <p>Cancelled tasks are asked for as well: a task of an {@code aftercorr} array that never could start has no row in
 * the accounting (seen with 24.11.5; only the array's last index has one), and the queue forgets it after MinJobAge.
 * {@code PD} alone would leave out what is being put back into the queue ({@code RQ}) or held there ({@code RH},
 * {@code SE}): squeue compares a state with all its flags.
 */
record SqueueWaiting(Set<String> jobIds, String user) implements SlurmCommand<List<Waiting>> {
    /** All that have not ended, and the cancelled. */
    private static final String STATES = "PD,CF,R,S,ST,SI,SO,RS,CG,CA,RQ,RH,RF,RD,SE";

    @Override
    public List<String> argv() {
        return List.of("squeue", "-a", "-h", "-u", user, "-t", STATES, "-o", "%i|%T|%r|%S|%j");
    }

    @Override
    public List<Waiting> parse(CommandResult result) {
        return result.stdout().lines().flatMap(line -> waiting(line).stream()).toList();
    }

    /**
     * A line's cells; empty for a line that is none of squeue's.
     *
     * @throws ClusterException when the line was cut: what came after it is missing too
     */
    static Optional<String[]> row(String line, int cells) {
        String[] row = line.strip().split("\\|", cells);
        if (row.length == 1 || TaskId.parse(row[0]).isEmpty()) {
            return Optional.empty();
        }
        if (row.length != cells) {
            throw new ClusterException(
                    "squeue's answer was cut in the middle of a row (" + row[0] + "), so it counts as none");
        }
        return Optional.of(row);
    }

    private Optional<Waiting> waiting(String line) {
        return row(line, 5).filter(cells -> cells[4].startsWith("swath-")).flatMap(this::waiting);
    }

    private Optional<Waiting> waiting(String[] cells) {
        String reason = Stream.of(cells[2])
                .map(text -> text.replaceAll("^\\(|\\)$", ""))
                .filter(text -> !text.equals("None"))
                .findFirst()
                .orElse("");
        return TaskId.parse(cells[0])
                .filter(id -> jobIds.contains(id.jobId()))
                .map(id -> new Waiting(
                        id.jobId(),
                        cells[4],
                        id.indices(),
                        SlurmState.parse(cells[1]).name(),
                        reason,
                        SlurmText.instant(cells[3])));
    }

    @Override
    public String description() {
        return "ask the queue about " + jobIds.size() + " jobs";
    }
}
