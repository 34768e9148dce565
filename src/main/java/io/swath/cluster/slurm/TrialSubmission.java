package io.swath.cluster.slurm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Asks Slurm whether it would accept a job (sbatch(1), {@code --test-only}): its options, its limits, and the rules of a
 * site's plugins are checked, and no job is submitted. The answer is the refusal; empty: Slurm would accept the job.
 */
record TrialSubmission(List<String> options) implements SlurmCommand<Optional<String>> {
    @Override
    public List<String> argv() {
        List<String> argv = new ArrayList<>(List.of("sbatch", "--test-only"));
        argv.addAll(options);
        argv.add("--wrap=true");
        return argv;
    }

    @Override
    public Optional<String> parse(CommandResult result) {
        return result.exit() == 0 ? Optional.empty() : Optional.of(result.errorText());
    }

    @Override
    public boolean wentWell(CommandResult result) {
        return true;
    }

    /** It also asks for the clusters of a federation. */
    @Override
    public int requests() {
        return 2;
    }

    @Override
    public String description() {
        return "ask whether Slurm would accept a job";
    }
}
