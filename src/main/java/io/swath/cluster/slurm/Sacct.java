package io.swath.cluster.slurm;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What all calls of sacct have in common: how they are written and how a line is read.
 *
 * <p>The window always begins at a given time ({@code -j} alone searches from 1970) and ends now. The fields are
 * parted by the ASCII unit separator, which no name can hold, and JobName is the last of them.
 */
final class Sacct {
    static final String SEPARATOR = "\u001f";

    /** How far the cluster's clock may be from ours. */
    static final Duration SKEW = Duration.ofMinutes(10);

    private Sacct() {}

    static List<String> argv(boolean steps, Instant since, List<String> fields, List<String> more) {
        List<String> argv = new ArrayList<>(List.of("sacct", "-n", "-P", "--noconvert", "--delimiter=" + SEPARATOR));
        if (!steps) {
            argv.add("-X"); // else the accounting database answers one statement a job
        }
        argv.addAll(List.of("-S", SlurmText.argument(since.minus(SKEW)), "-E", "now", "-o", String.join(",", fields)));
        argv.addAll(more);
        return argv;
    }

    /** A line's cells by field; empty for a line that was cut or is none of sacct's. */
    static Optional<Map<String, String>> row(List<String> fields, String line) {
        String[] cells = line.split(SEPARATOR, -1);
        if (cells.length != fields.size()) {
            return Optional.empty();
        }
        Map<String, String> row = new LinkedHashMap<>();
        for (int index = 0; index < cells.length; index++) {
            row.put(fields.get(index), cells[index].strip());
        }
        return Optional.of(row);
    }
}
