package io.swath.cluster.slurm;

import io.swath.cluster.TaskStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What became of the given jobs, a row for each run of each task. It is read line by line.
 *
 * @param restarts whether this sacct knows the field {@code Restarts} (24.11 does, 22.05 does not)
 */
record SacctStates(List<String> jobIds, Duration age, String user, boolean restarts) implements SlurmCommand<Void> {
    private static final List<String> FIELDS = List.of(
            "JobID",
            "JobIDRaw",
            "State",
            "ExitCode",
            "Submit",
            "Eligible",
            "Start",
            "End",
            "ElapsedRaw",
            "NCPUS",
            "NNodes",
            "ReqMem",
            "ReqTRES",
            "AllocTRES",
            "NodeList",
            "Partition",
            "Reason",
            "User");

    /** A line of the answer. */
    sealed interface Line {
        record Row(TaskStatus status) implements Line {}

        /** A job that is not ours: ids are used again, and sacct then tells of both. */
        record Foreign() implements Line {}

        /** Not sacct's at all. */
        record Unreadable() implements Line {}
    }

    @Override
    public List<String> argv() {
        return Sacct.argv(false, age, fields(), List.of("-D", "-j", String.join(",", jobIds)));
    }

    private List<String> fields() {
        List<String> fields = new ArrayList<>(FIELDS);
        if (restarts) {
            fields.add("Restarts");
        }
        fields.add("JobName");
        return fields;
    }

    /** Nothing: its lines have been read already. */
    @Override
    public Void parse(CommandResult result) {
        return null;
    }

    Line line(String text) {
        Optional<Map<String, String>> row = Sacct.row(fields(), text);
        Optional<TaskId> id = row.flatMap(cells -> TaskId.parse(cells.get("JobID")));
        if (row.isEmpty() || id.isEmpty() || row.get().get("State").isEmpty()) {
            return new Line.Unreadable();
        }
        boolean ours =
                row.get().get("User").equals(user) && row.get().get("JobName").startsWith("swath-");
        return ours ? new Line.Row(status(id.get(), row.get())) : new Line.Foreign();
    }

    private static TaskStatus status(TaskId id, Map<String, String> row) {
        StateWord state = StateWord.parse(row.get("State"));
        String[] exit = row.get("ExitCode").split(":", 2);
        boolean ended = state.phase().ended();
        return new TaskStatus(
                id.jobId(),
                id.indices(),
                id.range(),
                row.get("JobIDRaw"),
                row.get("JobName"),
                state.word(),
                state.phase(),
                state.detail(),
                ended ? SlurmText.count(exit[0]).map(Long::intValue) : Optional.empty(),
                ended && exit.length > 1
                        ? SlurmText.count(exit[1]).map(Long::intValue).filter(signal -> signal > 0)
                        : Optional.empty(),
                SlurmText.instant(row.get("Submit")),
                SlurmText.instant(row.get("Eligible")),
                SlurmText.instant(row.get("Start")),
                SlurmText.instant(row.get("End")),
                SlurmText.count(row.get("ElapsedRaw")),
                SlurmText.count(row.get("NCPUS")).map(Long::intValue).filter(cpus -> cpus > 0),
                row.get("ReqTRES"),
                row.get("AllocTRES"),
                requestedMemoryKiB(row),
                word(row.get("NodeList")),
                row.get("Partition"),
                word(row.get("Reason")),
                row.getOrDefault("Restarts", "").isEmpty()
                        ? 0
                        : SlurmText.count(row.get("Restarts")).orElse(0L).intValue());
    }

    /** {@code ReqTRES} says what it means; {@code ReqMem} may be for each CPU ({@code 5Gc}) or node ({@code 5Gn}). */
    private static Optional<Long> requestedMemoryKiB(Map<String, String> row) {
        Optional<Long> total = SlurmText.requestedKiB(SlurmText.tres(row.get("ReqTRES"), "mem"));
        if (total.isPresent()) {
            return total;
        }
        String text = row.get("ReqMem");
        long each = text.endsWith("c")
                ? SlurmText.count(row.get("NCPUS")).orElse(1L)
                : text.endsWith("n") ? SlurmText.count(row.get("NNodes")).orElse(1L) : 1;
        return SlurmText.requestedKiB(text).filter(kib -> kib > 0).map(kib -> kib * Math.max(1, each));
    }

    private static String word(String text) {
        return text.equals("None") || text.equals("None assigned") ? "" : text;
    }

    @Override
    public String description() {
        return "ask the accounting for the states of " + jobIds.size() + " jobs";
    }
}
