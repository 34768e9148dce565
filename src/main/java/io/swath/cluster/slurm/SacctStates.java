package io.swath.cluster.slurm;

import io.swath.cluster.TaskStatus;
import io.swath.model.Allocation;
import io.swath.model.ExitStatus;
import io.swath.model.Timing;
import io.swath.model.Tres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Asks accounting for the states of jobs (sacct(1)): one row for each run of each task. The caller reads the answer line
 * by line with {@link #line}.
 *
 * @param age how long ago the first of the jobs was made
 * @param restarts whether this sacct has the field {@code Restarts} (24.11 has it, 22.05 does not)
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
            "ReqTRES",
            "AllocTRES",
            "NodeList",
            "Partition",
            "Reason",
            "User");

    /** A line of the answer. */
    sealed interface Line {
        record Row(TaskStatus status) implements Line {}

        /** A job of another user or program. Slurm reuses job ids, and sacct then shows both jobs. */
        record Foreign() implements Line {}

        /** Not a row of sacct. */
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

    /** Returns nothing, because the lines have been read already. */
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
        TaskStatus.State state = SlurmState.parse(row.get("State"));
        return new TaskStatus(
                new TaskStatus.Task(id.jobId(), id.indices(), id.range(), row.get("JobIDRaw"), row.get("JobName")),
                state,
                state.phase().ended() ? exit(row.get("ExitCode")) : ExitStatus.NONE,
                new Timing(
                        SlurmText.instant(row.get("Submit")),
                        SlurmText.instant(row.get("Eligible")),
                        SlurmText.instant(row.get("Start")),
                        SlurmText.instant(row.get("End")),
                        SlurmText.count(row.get("ElapsedRaw"))),
                new Allocation(
                        row.get("Partition"),
                        known(row.get("NodeList")),
                        SlurmText.count(row.get("NCPUS")).map(Long::intValue).filter(cpus -> cpus > 0)),
                new Tres(row.get("ReqTRES"), row.get("AllocTRES")),
                known(row.get("Reason")),
                row.getOrDefault("Restarts", "").isEmpty()
                        ? 0
                        : SlurmText.count(row.get("Restarts")).orElse(0L).intValue());
    }

    /** Reads an ExitCode cell such as {@code 1:0}: the exit code and the signal. */
    private static ExitStatus exit(String cell) {
        String[] parts = cell.split(":", 2);
        return new ExitStatus(
                SlurmText.count(parts[0]).map(Long::intValue),
                parts.length > 1
                        ? SlurmText.count(parts[1]).map(Long::intValue).filter(signal -> signal > 0)
                        : Optional.empty());
    }

    private static String known(String text) {
        return text.equals("None") || text.equals("None assigned") ? "" : text;
    }

    @Override
    public String description() {
        return "ask accounting for the states of " + jobIds.size() + " jobs";
    }
}
