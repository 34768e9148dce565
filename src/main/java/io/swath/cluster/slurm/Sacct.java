package io.swath.cluster.slurm;

import io.swath.cluster.ClusterException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What all calls of sacct have in common: how they are written and how a line is read.
 *
 * <p>The window always begins some hours ago ({@code -j} alone searches from 1970) and ends now. It is for speed alone,
 * hence a day wider than it need be, and counted back from Slurm's own time: whose clock is wrong does not matter. The
 * fields are parted by the ASCII unit separator, which no name can hold, and JobName is the last of them.
 */
final class Sacct {
    static final String SEPARATOR = "\u001f";

    private static final Duration MARGIN = Duration.ofDays(1);

    private Sacct() {}

    /** @param age how long ago the window begins, before the margin is added */
    static List<String> argv(boolean steps, Duration age, List<String> fields, List<String> more) {
        List<String> argv = new ArrayList<>(List.of("sacct", "-n", "-P", "--noconvert", "--delimiter=" + SEPARATOR));
        if (!steps) {
            argv.add("-X"); // else the accounting database answers one statement a job
        }
        long hours = Math.max(0, age.toHours()) + MARGIN.toHours() + 1;
        argv.addAll(List.of("-S", "now-" + hours + "hours", "-E", "now", "-o", String.join(",", fields)));
        argv.addAll(more);
        return argv;
    }

    /**
     * A line's cells by field; empty for a line that is none of sacct's.
     *
     * @throws ClusterException when the line was cut: what came after it is missing too
     */
    static Optional<Map<String, String>> row(List<String> fields, String line) {
        String[] cells = line.split(SEPARATOR, -1);
        if (cells.length == 1 || cells.length > fields.size()) {
            return Optional.empty();
        }
        if (cells.length < fields.size()) {
            throw new ClusterException("sacct's answer was cut in the middle of a row (" + cells[0]
                    + "), so it counts as none");
        }
        Map<String, String> row = new LinkedHashMap<>();
        for (int index = 0; index < cells.length; index++) {
            row.put(fields.get(index), cells[index].strip());
        }
        return Optional.of(row);
    }
}
