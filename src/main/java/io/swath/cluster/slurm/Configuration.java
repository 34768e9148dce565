package io.swath.cluster.slurm;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Slurm's configuration as a whole, as {@code scontrol show config} prints it: the settings of slurm.conf(5) with their
 * defaults. Immutable.
 */
record Configuration(Map<String, String> values) {
    Configuration {
        values = Map.copyOf(values);
    }

    /** The value of a setting; empty when it has none. */
    String value(String name) {
        String value = values.getOrDefault(name, "").strip();
        return value.equals("(null)") || value.equalsIgnoreCase("n/a") ? "" : value;
    }

    String version() {
        return value("SLURM_VERSION");
    }

    /** A limit; {@link Integer#MAX_VALUE} when there is none ({@code UNLIMITED} or 0). */
    int limit(String name) {
        int limit = Records.number(values, name, Integer.MAX_VALUE);
        return limit == 0 ? Integer.MAX_VALUE : limit;
    }

    /**
     * One parameter of a setting that is a list, such as {@code bf_interval} of {@code SchedulerParameters}. Empty when it
     * is not in the list; empty text when it is there without a value.
     */
    Optional<String> parameter(String setting, String name) {
        return Arrays.stream(value(setting).split(","))
                .map(String::strip)
                .filter(entry -> entry.equals(name) || entry.startsWith(name + "="))
                .map(entry -> entry.substring(Math.min(entry.length(), name.length() + 1)))
                .findFirst();
    }

    /**
     * The most tasks that an array may have. MaxArraySize is the highest index plus one (slurm.conf(5)), so it is the number
     * of tasks from index 0 on. Tried: Slurm accepts {@code --array=0-1000} with a MaxArraySize of 1001.
     * {@code max_array_tasks} can lower it.
     */
    int maxArraySize() {
        int most = Records.number(values, "MaxArraySize", 1001);
        return parameter("SchedulerParameters", "max_array_tasks")
                .flatMap(SlurmText::count)
                .map(lower -> (int) Math.min(most, Math.max(1, lower)))
                .orElse(most);
    }

    /** Whether a job waits when it exceeds a limit of its account or QOS (AccountingStorageEnforce). */
    boolean enforcesLimits() {
        return enforces("limits|safe|all");
    }

    /** Whether a job needs an account that its user may use. Limits imply it. */
    boolean enforcesAccounts() {
        return enforces("associations|limits|safe|qos|all");
    }

    private boolean enforces(String rules) {
        return Pattern.compile("\\b(" + rules + ")\\b")
                .matcher(value("AccountingStorageEnforce"))
                .find();
    }

    /** Whether there is an accounting database, so that sacctmgr(1) answers. */
    boolean hasAccounting() {
        return !value("AccountingStorageType").endsWith("/none");
    }

    /** Whether jobs share the nodes ({@code select/linear} gives whole nodes). */
    boolean wholeNodes() {
        return value("SelectType").equals("select/linear");
    }

    /** Asks for it. */
    record Query() implements SlurmCommand<Configuration> {
        private static final Pattern LINE = Pattern.compile("(\\w+)(?:\\[\\d+])?\\s*=\\s*(.*)");

        @Override
        public List<String> argv() {
            return List.of("scontrol", "show", "config");
        }

        @Override
        public Configuration parse(CommandResult result) {
            Map<String, String> values = new HashMap<>();
            for (String line : result.stdout().lines().toList()) {
                Matcher pair = LINE.matcher(line.strip());
                if (pair.matches()) {
                    values.putIfAbsent(pair.group(1), pair.group(2));
                }
            }
            Configuration configuration = new Configuration(values);
            if (configuration.version().isEmpty()) {
                throw Records.noAnswer(this, result, "SLURM_VERSION");
            }
            return configuration;
        }

        @Override
        public String description() {
            return "ask for Slurm's configuration";
        }
    }
}
