package io.swath.cluster.slurm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A job id as squeue and sacct print it.
 *
 * @param jobId the array's id, or a single job's
 * @param indices one, or all those of a pending range; empty for a single job and where the list was cut
 * @param range whether it was a list in brackets
 */
record TaskId(String jobId, List<Integer> indices, boolean range) {
    private static final Pattern FORM = Pattern.compile("(\\d+)(?:_(\\d{1,9})|_\\[([^\\]%]*)(?:%\\d+)?\\]?)?");
    private static final Pattern RUN = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9})(?::(\\d{1,9}))?)?");

    /** MaxArraySize can be no more (slurm.conf(5)); a longer list is nonsense. */
    private static final int MOST = 4_000_001;

    /** Reads {@code 123}, {@code 123_7} or {@code 123_[8-99%4]}; empty when it is none of them. */
    static Optional<TaskId> parse(String text) {
        Matcher id = FORM.matcher(text);
        if (!id.matches()) {
            return Optional.empty();
        }
        if (id.group(2) != null) {
            return Optional.of(new TaskId(id.group(1), List.of(Integer.valueOf(id.group(2))), false));
        }
        if (id.group(3) != null) {
            return Optional.of(new TaskId(id.group(1), indices(id.group(3)), true));
        }
        return Optional.of(new TaskId(id.group(1), List.of(), false));
    }

    /** The indices of {@code 1,3,8-99} or {@code 0-8:2}; empty when the list was cut, as in {@code 1,3,...}. */
    private static List<Integer> indices(String list) {
        List<Integer> indices = new ArrayList<>();
        for (String part : list.split(",", -1)) {
            Matcher run = RUN.matcher(part);
            if (!run.matches()) {
                return List.of();
            }
            int first = Integer.parseInt(run.group(1));
            int last = run.group(2) == null ? first : Integer.parseInt(run.group(2));
            int step = run.group(3) == null ? 1 : Math.max(1, Integer.parseInt(run.group(3)));
            if ((last - first) / step + indices.size() >= MOST) {
                return List.of();
            }
            for (int index = first; index <= last; index += step) {
                indices.add(index);
            }
        }
        return List.copyOf(indices);
    }
}
