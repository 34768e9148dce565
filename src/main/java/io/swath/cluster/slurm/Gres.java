package io.swath.cluster.slurm;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Generic resources of a node (slurm.conf(5)), such as {@code gpu:a100:2(S:0-1),shard:8(S:0-1)}. Stateless.
 */
final class Gres {
    /** More than any node has, so that sums stay numbers. */
    private static final int MOST = 1_000_000;

    private Gres() {}

    /**
     * How much of one resource there is of each type; the type is empty where there is none. Commas divide several types of
     * a resource; parentheses hold sockets, or what is in use.
     *
     * @param list the value of {@code Gres} or {@code GresUsed}; {@code (null)} and {@code N/A} are none
     */
    static Map<String, Integer> types(String list, String name) {
        Map<String, Integer> types = new TreeMap<>();
        for (String entry : list.replaceAll("\\([^)]*\\)", "").split(",")) {
            List<String> words = Arrays.stream(entry.strip().split(":", -1))
                    .filter(word -> !word.equals("no_consume"))
                    .toList();
            if (words.get(0).equals(name) || words.get(0).equals("gres/" + name)) {
                String last = words.get(words.size() - 1);
                boolean counted = words.size() > 1 && SlurmText.count(last).isPresent();
                int typeWords = words.size() - (counted ? 1 : 0);
                String type = typeWords > 1 ? words.get(1) : "";
                types.merge(type, counted ? amount(last) : 1, (one, other) -> Math.min(MOST, one + other));
            }
        }
        return types;
    }

    private static int amount(String digits) {
        return SlurmText.count(digits)
                .map(number -> (int) Math.max(0, Math.min(MOST, number)))
                .orElse(0);
    }

    /** The same over all types. */
    static int count(String list, String name) {
        return types(list, name).values().stream()
                .mapToInt(Integer::intValue)
                .reduce(0, (one, other) -> Math.min(MOST, one + other));
    }
}
