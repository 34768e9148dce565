package io.swath.cluster.slurm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A job id as squeue(1) and sacct(1) print it. Immutable.
 *
 * @param jobId the id of the array, or of a job without an array
 * @param indices one index, or those of a pending range; empty for a job without an array and for a truncated list
 * @param range whether the indices are a list in brackets
 */
record TaskId(String jobId, List<Integer> indices, boolean range) {
    private static final Pattern ID = Pattern.compile("(\\d+)(?:_(\\d{1,9})|_\\[([^\\]%]*)(?:%\\d+)?\\]?)?");
    private static final Pattern RANGE = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9})(?::(\\d{1,9}))?)?");

    /** The highest MaxArraySize that Slurm allows (slurm.conf(5)). A longer list cannot be valid. */
    private static final int MOST_INDICES = 4_000_001;

    /** Reads {@code 123}, {@code 123_7} or {@code 123_[8-99%4]}; any other text is empty. */
    static Optional<TaskId> parse(String text) {
        Matcher id = ID.matcher(text);
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

    /** Reads {@code 1,3,8-99} or {@code 0-8:2}; a truncated list such as {@code 1,3,...} is empty. */
    private static List<Integer> indices(String list) {
        List<Integer> indices = new ArrayList<>();
        for (String part : list.split(",", -1)) {
            Matcher range = RANGE.matcher(part);
            if (!range.matches()) {
                return List.of();
            }
            int first = Integer.parseInt(range.group(1));
            int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
            int step = range.group(3) == null ? 1 : Math.max(1, Integer.parseInt(range.group(3)));
            if ((last - first) / step + indices.size() >= MOST_INDICES) {
                return List.of();
            }
            for (int index = first; index <= last; index += step) {
                indices.add(index);
            }
        }
        return List.copyOf(indices);
    }
}
