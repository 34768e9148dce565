package io.swath.cluster.slurm;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Looks up jobs by name. Both places must be searched, see {@link InQueue} and {@link InAccounting}. */
sealed interface Find extends SlurmCommand<List<Find.Found>> {
    /** A job of Swath's user with one of the tokens as its name. */
    record Found(String token, String jobId) {}

    List<String> tokens();

    String user();

    @Override
    default String description() {
        return "look up " + tokens().size() + " submissions by name";
    }

    /** Empty unless name and user match. A token is never used for two submissions, so nothing else has to match. */
    default Optional<Found> found(Set<String> wanted, String id, String name, String owner) {
        boolean matches = wanted.contains(name) && owner.equals(user());
        return matches ? TaskId.parse(id).map(task -> new Found(name, task.jobId())) : Optional.empty();
    }

    /** Looks in the queue (squeue(1)). Only the queue shows a job that waits for another job. */
    record InQueue(List<String> tokens, String user) implements Find {
        @Override
        public List<String> argv() {
            return List.of(
                    "squeue",
                    "-a",
                    "-h",
                    "-u",
                    user,
                    "-t",
                    "all",
                    "--name=" + String.join(",", tokens),
                    "-o",
                    "%i|%u|%j");
        }

        @Override
        public List<Found> parse(CommandResult result) {
            Set<String> wanted = Set.copyOf(tokens);
            return result.stdout()
                    .lines()
                    .flatMap(line -> SqueueWaiting.row(line, 3).stream())
                    .flatMap(cells -> found(wanted, cells[0], cells[2], cells[1]).stream())
                    .distinct()
                    .toList();
        }
    }

    /**
     * Looks in accounting (sacct(1)).
     *
     * <p>{@code -s} lists every state, because sacct otherwise leaves out jobs that were cancelled before they could
     * start. {@code -D} (duplicates) is needed because a slurmctld that lost its last minutes of state gives out job ids a
     * second time, and sacct otherwise shows only the later job.
     */
    record InAccounting(List<String> tokens, String user, Duration age) implements Find {
        private static final List<String> FIELDS = List.of("JobID", "User", "JobName");

        @Override
        public List<String> argv() {
            return Sacct.argv(
                    false,
                    age,
                    FIELDS,
                    List.of(
                            "-D",
                            "-u",
                            user,
                            "-s",
                            "PD,R,S,RQ,CA,CD,F,TO,NF,OOM,PR,BF,DL",
                            "--name",
                            String.join(",", tokens)));
        }

        @Override
        public List<Found> parse(CommandResult result) {
            Set<String> wanted = Set.copyOf(tokens);
            return result.stdout()
                    .lines()
                    .flatMap(line -> Sacct.row(FIELDS, line).stream())
                    .flatMap(row -> found(wanted, row.get("JobID"), row.get("JobName"), row.get("User")).stream())
                    .distinct()
                    .toList();
        }
    }
}
