package io.swath.cluster.slurm;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Asks which fields this sacct(1) has. */
record AccountingFields() implements SlurmCommand<Set<String>> {
    @Override
    public List<String> argv() {
        return List.of("sacct", "--helpformat");
    }

    @Override
    public Set<String> parse(CommandResult result) {
        Set<String> fields =
                Arrays.stream(result.stdout().strip().split("\\s+")).collect(Collectors.toUnmodifiableSet());
        if (!fields.contains("JobID")) {
            throw Records.noAnswer(this, result, "field JobID");
        }
        return fields;
    }

    @Override
    public String description() {
        return "ask which fields accounting has";
    }
}
