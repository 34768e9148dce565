package io.swath.cluster.slurm;

import io.swath.cluster.Submitted;
import io.swath.cluster.Submitted.Reason;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the messages of an sbatch that failed.
 *
 * <p>Only messages that certainly mean "no job exists" are rejections. No list can be complete, because a site may have
 * its own messages (job_submit plugins), so every other message is ambiguous. Stateless.
 */
final class SbatchErrors {
    /**
     * Answers of slurmctld to a job that it will not accept unchanged. The texts are from {@code slurm_errtab} in Slurm's
     * {@code src/common/slurm_errno.c}.
     */
    private static final Set<String> NOT_ALLOWED = Set.of(
            "Invalid partition name specified",
            "No partition specified or system default partition",
            "Access/permission denied",
            "User's group not permitted to use this partition",
            "Requested nodes not in this partition",
            "Invalid user id",
            "Pathname of a file, directory or other parameter too long",
            "Requested node configuration is not available",
            "Invalid node name specified",
            "Task count specification invalid",
            "Invalid feature specification",
            "Job dependency problem",
            "Invalid account or account/partition combination specified",
            "Invalid qos specification",
            "Invalid wckey specification",
            "Invalid license specification",
            "Access denied to requested reservation",
            "Requested reservation is invalid",
            "Invalid generic resource (gres) specification");

    /** Answers to a job of which one task asks for more than the partition or a node allows. */
    private static final Set<String> TOO_LARGE = Set.of(
            "More processors requested than permitted",
            "Node count specification invalid",
            "Memory required by task is not available",
            "CPU count specification invalid",
            "Requested time limit is invalid (missing or exceeds some limit)");

    /** Messages before "Requested node configuration is not available" that name what no node has. */
    private static final List<String> NO_NODE_HAS =
            List.of("Memory specification can not be satisfied", "CPU count per node can not be satisfied");

    /** Answers to an array that is larger than an array may be. */
    private static final String INVALID_ARRAY = "Invalid job array specification";

    /**
     * The answer when a limit of accounting is exceeded. sbatch prints the limit on the line before, by the names of
     * {@code job_state_reason_string} in {@code src/common/job_state_reason.c}. slurmctld compares only the limits on
     * submitted jobs with what other jobs use; it compares all other limits with this job alone
     * ({@code acct_policy_validate} in {@code src/slurmctld/acct_policy.c}), so such a job is never accepted.
     */
    private static final String POLICY =
            "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)";

    /** Answers of slurmctld to a job that it may accept later. */
    private static final Set<String> NOT_NOW = Set.of(
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

    /** What sbatch prints while it sends a job again and again, because slurmctld has MaxJobCount jobs (slurm.conf). */
    private static final List<String> QUEUE_IS_FULL =
            List.of("Slurm temporarily unable to accept job", "Slurm job queue full", "MaxJobCount limit reached");

    private SbatchErrors() {}

    static Submitted read(CommandResult result) {
        String why = result.errorText();
        List<String> lines = result.stderr().lines().map(String::strip).toList();
        if (NEVER_SENT.stream().anyMatch(text -> anyStarts(lines, text))) {
            return new Submitted.Rejected(why, Reason.NOT_ALLOWED);
        }
        if (NOT_SENT_NOW.stream().anyMatch(text -> anyStarts(lines, text))) {
            return new Submitted.Rejected(why, Reason.NOT_NOW);
        }
        return answer(lines)
                .flatMap(answer -> reason(answer, lines))
                .<Submitted>map(reason -> new Submitted.Rejected(why, reason))
                .orElseGet(() -> ambiguous(why));
    }

    /** An answer that is no clear rejection, or that was lost. */
    static Submitted.Ambiguous ambiguous(String what) {
        return new Submitted.Ambiguous(what, QUEUE_IS_FULL.stream().anyMatch(what::contains));
    }

    private static boolean anyStarts(List<String> lines, String text) {
        return lines.stream().anyMatch(line -> line.startsWith(text));
    }

    /** slurmctld's own answer: sbatch prints it last. */
    private static Optional<String> answer(List<String> lines) {
        return lines.stream()
                .filter(line -> line.matches("(sbatch: error: )?Batch job submission failed: .*"))
                .map(line -> line.replaceFirst("^(sbatch: error: )?Batch job submission failed: ", ""))
                .reduce((earlier, last) -> last);
    }

    private static Optional<Reason> reason(String answer, List<String> lines) {
        if (answer.equals(POLICY)) {
            return Optional.of(limit(lines));
        }
        if (answer.equals(INVALID_ARRAY)) {
            return Optional.of(Reason.TOO_MANY_TASKS);
        }
        if (TOO_LARGE.contains(answer)
                || lines.stream().anyMatch(line -> NO_NODE_HAS.stream().anyMatch(line::endsWith))) {
            return Optional.of(Reason.TASK_TOO_LARGE);
        }
        if (NOT_NOW.contains(answer)) {
            return Optional.of(Reason.NOT_NOW);
        }
        return NOT_ALLOWED.contains(answer) ? Optional.of(Reason.NOT_ALLOWED) : Optional.empty();
    }

    /** Which limit a job exceeds. Where sbatch does not name it, an array with fewer tasks may be accepted. */
    private static Reason limit(List<String> lines) {
        boolean named = lines.stream().anyMatch(line -> line.matches("sbatch: error: (QOS|Assoc|Max)\\w+"));
        boolean submitted = lines.stream().anyMatch(line -> line.matches("sbatch: error: \\w*Submit\\w*"));
        return named && !submitted ? Reason.TASK_TOO_LARGE : Reason.TOO_MANY_TASKS;
    }
}
