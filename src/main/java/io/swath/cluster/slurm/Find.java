package io.swath.cluster.slurm;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Looks jobs up by name; both ways are needed, see {@link InQueue} and {@link InAccounting}. */
sealed interface Find extends SlurmCommand<List<Find.Found>> {
    /** A job of ours. */
    record Found(String token, String jobId) {}

    List<String> tokens();

    String user();

    @Override
    default String description() {
        return "look up " + tokens().size() + " submissions by name";
    }

    /** Empty unless name and user say that the job is the one looked for: a token is used once, so that is enough. */
    default Optional<Found> found(Set<String> wanted, String id, String name, String owner) {
        boolean ours = wanted.contains(name) && owner.equals(user());
        return ours ? TaskId.parse(id).map(task -> new Found(name, task.jobId())) : Optional.empty();
    }

    /** Among what slurmctld still knows: the only place that shows a job which waits for another one. */
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
     * Among all that the accounting knows. Every state is named, because without {@code -s} sacct leaves out jobs that
     * were cancelled before they could start; and {@code -D} is there because without it a job is hidden by a later one
     * of the same number, which a slurmctld that lost its last minutes gives out again.
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
