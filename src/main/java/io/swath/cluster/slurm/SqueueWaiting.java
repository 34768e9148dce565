package io.swath.cluster.slurm;

import io.swath.cluster.ClusterException;
import io.swath.cluster.Waiting;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Asks the queue about jobs (squeue(1)). It asks for all jobs of the user and filters the answer, because
 * {@code squeue -j} fails if one of the given ids has left the queue.
 *
 * <p>Cancelled tasks are included, see {@link Waiting}. {@code PD} alone would leave out tasks that are being requeued
 * ({@code RQ}) or held after a requeue ({@code RH}, {@code SE}), because squeue compares a state with all its flags.
 */
record SqueueWaiting(Set<String> jobIds, String user) implements SlurmCommand<List<Waiting>> {
    /** The states of jobs that have not ended, and CANCELLED. */
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
     * The cells of a row; empty when the line is no row of squeue, such as a banner.
     *
     * @throws ClusterException when the row is truncated, because then later rows are missing too
     */
    static Optional<String[]> row(String line, int cells) {
        String[] row = line.strip().split("\\|", cells);
        if (row.length == 1 || TaskId.parse(row[0]).isEmpty()) {
            return Optional.empty();
        }
        if (row.length != cells) {
            throw new ClusterException("Tried to read squeue's answer, but it ends in the middle of the row of "
                    + row[0] + ", so the whole answer is ignored");
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
