package io.swath.cluster.slurm;

import java.util.List;

/**
 * Changes for how much memory of each node the pending tasks of a job array ask (scontrol(1), update). Tasks that have started
 * keep theirs: Slurm refuses to change them, which is no error. Seen with 24.11.5, as a user without rights.
 *
 * <p>The time limit is not changed in this way, because {@code TimeLimit} would also change that of the tasks that run.
 */
record MemoryUpdate(String jobId, int memoryMiB) implements SlurmCommand<Void> {
    @Override
    public List<String> argv() {
        return List.of("scontrol", "update", "JobId=" + jobId, "MinMemoryNode=" + memoryMiB);
    }

    @Override
    public boolean wentWell(CommandResult result) {
        return result.exit() == 0 || Scontrol.nothingToDo(result.stderr());
    }

    @Override
    public Void parse(CommandResult result) {
        return null;
    }

    /** The tasks run without it too: it does not hold up what is sent. */
    @Override
    public Precedence precedence() {
        return Precedence.QUESTION;
    }

    @Override
    public boolean changes() {
        return true;
    }

    @Override
    public String description() {
        return "let the pending tasks of job " + jobId + " ask for " + memoryMiB + " MiB";
    }

    @Override
    public String name() {
        return "scontrol update";
    }
}
