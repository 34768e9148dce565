package io.swath.cluster.slurm;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Looks jobs up by name; both ways are needed, see {@link InQueue} and {@link InAccounting}. */
sealed interface Find extends SlurmCommand<List<Find.Found>> {
    /** A job of ours. */
    record Found(String token, String jobId) {}

    List<String> tokens();

    String user();

    Instant since();

    @Override
    default String description() {
        return "look up " + tokens().size() + " submissions by name";
    }

    /** Empty unless name, user and submit time say that the job is the one looked for. */
    default Optional<Found> found(Set<String> wanted, String id, String name, String owner, String submitted) {
        boolean ours = wanted.contains(name)
                && owner.equals(user())
                && SlurmText.instant(submitted)
                        .map(time -> !time.isBefore(since().minus(Sacct.SKEW)))
                        .orElse(true);
        return ours ? TaskId.parse(id).map(task -> new Found(name, task.jobId())) : Optional.empty();
    }

    /** Among what slurmctld still knows: the only place that shows a job which waits for another one. */
    record InQueue(List<String> tokens, String user, Instant since) implements Find {
        @Override
        public List<String> argv() {
            return List.of(
                    "squeue", "-h", "-u", user, "-t", "all", "--name=" + String.join(",", tokens), "-o", "%i|%u|%V|%j");
        }

        @Override
        public List<Found> parse(CommandResult result) {
            Set<String> wanted = Set.copyOf(tokens);
            return result.stdout()
                    .lines()
                    .map(line -> line.strip().split("\\|", -1))
                    .filter(cells -> cells.length == 4)
                    .flatMap(cells -> found(wanted, cells[0], cells[3], cells[1], cells[2]).stream())
                    .distinct()
                    .toList();
        }
    }

    /**
     * Among all that the accounting knows. Every state is named, because without {@code -s} sacct leaves out jobs that
     * were cancelled before they could start.
     */
    record InAccounting(List<String> tokens, String user, Instant since) implements Find {
        private static final List<String> FIELDS = List.of("JobID", "User", "Submit", "JobName");

        @Override
        public List<String> argv() {
            return Sacct.argv(
                    false,
                    since,
                    FIELDS,
                    List.of(
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
                    .flatMap(row ->
                            found(wanted, row.get("JobID"), row.get("JobName"), row.get("User"), row.get("Submit"))
                                    .stream())
                    .distinct()
                    .toList();
        }
    }
}
