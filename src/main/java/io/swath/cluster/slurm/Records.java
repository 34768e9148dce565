package io.swath.cluster.slurm;

import io.swath.cluster.ClusterException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the records that {@code scontrol show … -o} prints: one a line, with fields {@code Name=value}. Free text, such as
 * a reason, comes last, so the first value of a name counts. Stateless.
 */
final class Records {
    private static final Pattern PAIR = Pattern.compile("(\\w+)=(\\S*)");

    private Records() {}

    /** The fields of each line that has this one. */
    static List<Map<String, String>> with(String field, String text) {
        return text.lines()
                .map(Records::fields)
                .filter(fields -> !fields.getOrDefault(field, "").isEmpty())
                .toList();
    }

    static Map<String, String> fields(String line) {
        Map<String, String> values = new HashMap<>();
        Matcher pairs = PAIR.matcher(line);
        while (pairs.find()) {
            values.putIfAbsent(pairs.group(1), pairs.group(2));
        }
        return values;
    }

    /** A whole number; the default where there is none, such as {@code UNLIMITED}, {@code (null)} or {@code N/A}. */
    static int number(Map<String, String> values, String name, int defaultValue) {
        return SlurmText.count(values.getOrDefault(name, ""))
                .map(number -> (int) Math.max(0, Math.min(Integer.MAX_VALUE, number)))
                .orElse(defaultValue);
    }

    /** An answer that names nothing is no answer: every cluster has a version, a node and a partition. */
    static ClusterException noAnswer(SlurmCommand<?> command, CommandResult result, String missing) {
        return new ClusterException("Tried to " + command.description() + ", but " + String.join(" ", command.argv())
                + " printed no " + missing + ". It printed: " + result.errorText()
                + ". Run the command by hand as the user that runs Slurm's commands, and see what it prints");
    }
}
