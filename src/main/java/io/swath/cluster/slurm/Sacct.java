package io.swath.cluster.slurm;

import io.swath.cluster.ClusterException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What all sacct(1) calls share: how the command is written and how a row is read.
 *
 * <p>The time window only makes the query faster; with {@code -j} alone sacct searches from 1970. The window is a day
 * wider than needed. It is relative to Slurm's own clock ({@code now-25hours}), so clock differences do not matter. The
 * ASCII unit separator divides the fields, because no name can contain it. JobName is the last field.
 */
final class Sacct {
    static final String SEPARATOR = "\u001f";

    private static final Duration MARGIN = Duration.ofDays(1);

    private Sacct() {}

    /**
     * @param steps whether to ask for the rows of steps too
     * @param age how long ago the window begins, before the margin is added
     * @param more further options
     */
    static List<String> argv(boolean steps, Duration age, List<String> fields, List<String> more) {
        List<String> argv = new ArrayList<>(List.of("sacct", "-n", "-P", "--noconvert", "--delimiter=" + SEPARATOR));
        if (!steps) {
            argv.add("-X"); // without it, slurmdbd runs one database query for each job
        }
        long hours = Math.max(0, age.toHours()) + MARGIN.toHours() + 1;
        argv.addAll(List.of("-S", "now-" + hours + "hours", "-E", "now", "-o", String.join(",", fields)));
        argv.addAll(more);
        return argv;
    }

    /**
     * The cells of a row by field; empty when the line is no row of sacct, such as a banner.
     *
     * @throws ClusterException when the row is truncated, because then later rows are missing too
     */
    static Optional<Map<String, String>> row(List<String> fields, String line) {
        String[] cells = line.split(SEPARATOR, -1);
        if (cells.length == 1 || cells.length > fields.size()) {
            return Optional.empty();
        }
        if (cells.length < fields.size()) {
            throw new ClusterException("Tried to read sacct's answer, but it ends in the middle of the row of "
                    + cells[0] + ", so the whole answer is ignored");
        }
        Map<String, String> row = new LinkedHashMap<>();
        for (int index = 0; index < cells.length; index++) {
            row.put(fields.get(index), cells[index].strip());
        }
        return Optional.of(row);
    }
}
