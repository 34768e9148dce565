package io.swath.cluster.slurm;

import io.swath.cluster.JobArray;
import io.swath.cluster.Submitted;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Submits a job script with sbatch(1). The script contains the {@code #SBATCH} directives. */
record Sbatch(JobArray submission) implements SlurmCommand<Submitted> {
    private static final Pattern ID = Pattern.compile("\\d+(;\\S+)?");

    /**
     * Answers of slurmctld to a job that it will never accept unchanged. The texts are from {@code slurm_errtab} in
     * Slurm's {@code src/common/slurm_errno.c}. A text that no list here contains counts as ambiguous.
     */
    private static final List<String> NEVER = List.of(
            "Invalid partition name specified",
            "No partition specified or system default partition",
            "Access/permission denied",
            "User's group not permitted to use this partition",
            "Requested nodes not in this partition",
            "More processors requested than permitted",
            "Node count specification invalid",
            "Invalid user id",
            "Pathname of a file, directory or other parameter too long",
            "Requested node configuration is not available",
            "Invalid node name specified",
            "Task count specification invalid",
            "Invalid feature specification",
            "Job dependency problem",
            "Memory required by task is not available",
            "Invalid account or account/partition combination specified",
            "Invalid qos specification",
            "Invalid wckey specification",
            "Invalid license specification",
            "Requested time limit is invalid (missing or exceeds some limit)",
            "Access denied to requested reservation",
            "Requested reservation is invalid",
            "CPU count specification invalid",
            "Invalid generic resource (gres) specification",
            "Invalid job array specification");

    /** Answers of slurmctld to a job that it may accept later. */
    private static final List<String> NOT_NOW = List.of(
            "MaxJobCount limit reached",
            "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
            "Requested partition configuration not available now",
            "Required partition not available (inactive or drain)",
            "Required node not available (down, drained or reserved)");

    /** Messages of sbatch ({@code src/sbatch/sbatch.c}) about a wrong script or option, before it sends anything. */
    private static final List<String> NEVER_SENT = List.of(
            "sbatch: error: This does not look like a batch script.",
            "sbatch: error: Invalid --",
            "sbatch: unrecognized option ");

    /** Messages of sbatch about a temporary fault, before it sends anything: a login node may see a new file late. */
    private static final List<String> NOT_SENT_NOW =
            List.of("sbatch: error: Unable to open file ", "sbatch: error: Batch script is empty!");

    @Override
    public List<String> argv() {
        List<String> argv = new ArrayList<>(List.of("sbatch", "--parsable"));
        if (!submission.after().isEmpty()) {
            String dependencyType = switch (submission.dependencyType()) {
                case AFTER_OK -> "afterok:";
                case AFTER_CORRESPONDING -> "aftercorr:";
            };
            argv.add("--dependency=" + dependencyType + String.join(":", submission.after()));
            argv.add("--kill-on-invalid-dep=yes");
        }
        argv.add(submission.clusterScript());
        return argv;
    }

    /** Every answer is parsed, because every answer to a submission has a meaning. See {@link #wentWell}. */
    @Override
    public Submitted parse(CommandResult result) {
        if (result.exit() != 0) {
            return rejectedOrAmbiguous(result);
        }
        List<String> ids = result.stdout()
                .lines()
                .map(String::strip)
                .filter(line -> ID.matcher(line).matches())
                .toList();
        if (ids.size() != 1) {
            return new Submitted.Ambiguous("Tried to read the job id, but sbatch printed " + ids.size()
                    + " lines that can be one: " + result.errorText());
        }
        return new Submitted.Accepted(ids.get(0).split(";", 2)[0]);
    }

    private static Submitted rejectedOrAmbiguous(CommandResult result) {
        String errorText = result.errorText();
        for (String line : result.stderr().lines().map(String::strip).toList()) {
            String answer = line.replaceFirst("^(sbatch: error: )?(Batch job submission failed: )", "");
            boolean answered = !answer.equals(line);
            if ((answered && NEVER.contains(answer)) || NEVER_SENT.stream().anyMatch(line::startsWith)) {
                return new Submitted.Rejected(errorText, false);
            }
            if ((answered && NOT_NOW.contains(answer)) || NOT_SENT_NOW.stream().anyMatch(line::startsWith)) {
                return new Submitted.Rejected(errorText, true);
            }
        }
        return new Submitted.Ambiguous(errorText);
    }

    @Override
    public boolean wentWell(CommandResult result) {
        return true;
    }

    @Override
    public boolean changes() {
        return true;
    }

    @Override
    public String description() {
        return "submit " + submission.clusterScript();
    }
}
