package io.swath.cluster.slurm;

import io.swath.cluster.JobArray;
import io.swath.cluster.Submitted;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Submits a job script with sbatch(1). The script contains the {@code #SBATCH} directives. */
record Sbatch(JobArray submission) implements SlurmCommand<Submitted> {
    private static final Pattern ID = Pattern.compile("\\d+(;\\S+)?");

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
            return SbatchErrors.read(result);
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
