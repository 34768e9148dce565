package io.swath.cluster.slurm;

import io.swath.model.JobOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Reads options of sbatch(1) from a setting. Every option passes, also those that a site's plugins add, except the
 * options with which Swath finds, sizes and controls its jobs. Stateless.
 */
public final class SbatchOptions {
    private static final String OWN = "Swath finds its jobs and their files by it";
    private static final String RUNS = "each array task is one run, which Swath starts, signals and retries itself";
    private static final String RECIPE = "the recipe's request decides it";
    private static final String SENDS = "it changes what sbatch does or prints, and Swath reads its answer";
    private static final String DEPENDS = "Swath queues steps behind each other with it";

    /** Options that are refused, by their long names in sbatch(1) of Slurm 22.05 to 25.05, with the reason. */
    private static final Map<String, String> REFUSED = refused();

    /** The short forms of refused options. */
    private static final Map<Character, String> SHORT = Map.ofEntries(
            Map.entry('J', "job-name"),
            Map.entry('a', "array"),
            Map.entry('o', "output"),
            Map.entry('e', "error"),
            Map.entry('i', "input"),
            Map.entry('D', "chdir"),
            Map.entry('d', "dependency"),
            Map.entry('H', "hold"),
            Map.entry('W', "wait"),
            Map.entry('k', "no-kill"),
            Map.entry('M', "clusters"),
            Map.entry('N', "nodes"),
            Map.entry('n', "ntasks"),
            Map.entry('c', "cpus-per-task"),
            Map.entry('G', "gpus"),
            Map.entry('t', "time"),
            Map.entry('x', "exclude"),
            Map.entry('p', "partition"),
            Map.entry('A', "account"),
            Map.entry('q', "qos"));

    private SbatchOptions() {}

    private static Map<String, String> refused() {
        Map<String, String> refused = new TreeMap<>();
        Stream.of(
                        "job-name",
                        "array",
                        "output",
                        "error",
                        "input",
                        "open-mode",
                        "chdir",
                        "uid",
                        "gid",
                        "clusters",
                        "cluster",
                        "cluster-constraint",
                        "container",
                        "container-id")
                .forEach(name -> refused.put(name, OWN));
        Stream.of("signal", "requeue", "no-requeue", "no-kill", "hold", "nice", "priority", "deadline")
                .forEach(name -> refused.put(name, RUNS));
        Stream.of(
                        "nodes",
                        "ntasks",
                        "cpus-per-task",
                        "mem",
                        "mem-per-cpu",
                        "mem-per-gpu",
                        "time",
                        "time-min",
                        "ntasks-per-node",
                        "ntasks-per-core",
                        "ntasks-per-socket",
                        "ntasks-per-gpu",
                        "gpus",
                        "gpus-per-node",
                        "gpus-per-socket",
                        "gpus-per-task",
                        "cpus-per-gpu",
                        "tres-per-task",
                        "mincpus")
                .forEach(name -> refused.put(name, RECIPE));
        Stream.of(
                        "wrap",
                        "parsable",
                        "test-only",
                        "wait",
                        "quiet",
                        "verbose",
                        "help",
                        "usage",
                        "version",
                        "bcast",
                        "ignore-pbs")
                .forEach(name -> refused.put(name, SENDS));
        Stream.of("dependency", "kill-on-invalid-dep").forEach(name -> refused.put(name, DEPENDS));
        refused.put(
                "exclude",
                "Swath excludes failing nodes with it; name the wanted nodes with --constraint or a" + " reservation");
        refused.put("nodefile", refused.get("exclude"));
        refused.put(
                "nodelist",
                "it asks for all the nodes that it names, and a task has one; use --constraint or a" + " reservation");
        refused.put("partition", "write it as slurm.partition.cpu or slurm.partition.gpu");
        refused.put("account", "write it as slurm.account");
        refused.put("qos", "write it as slurm.qos or nightly.qos");
        return Map.copyOf(refused);
    }

    /**
     * Reads options such as {@code --constraint=avx --reservation "eo day" --gres=gpu:a100}. A type of GPU is given
     * without a number, because the number comes from the recipe.
     *
     * @throws IllegalArgumentException that names the option, the reason and what to write
     */
    public static JobOptions parse(String text) {
        List<String> words = new ArrayList<>();
        String gpuType = "";
        for (String option : joined(OptionWords.split(text))) {
            String name = name(option);
            refusal(name).ifPresent(why -> {
                throw new IllegalArgumentException("--" + name + " cannot be given here: " + why);
            });
            if (words.stream().anyMatch(word -> name(word).equals(name))) {
                throw new IllegalArgumentException("--" + name + " is given twice; give it once");
            }
            if (name.equals("gres")) {
                List<String> others = new ArrayList<>();
                for (String entry : option.substring(option.indexOf('=') + 1).split(",")) {
                    if (entry.matches("(gpu|shard)([:=].*)?")) {
                        gpuType = gpuType(entry);
                    } else {
                        others.add(entry);
                    }
                }
                option = others.isEmpty() ? "" : "--gres=" + String.join(",", others);
            }
            if (!option.isEmpty()) {
                words.add(option);
            }
        }
        return new JobOptions(words, gpuType);
    }

    /** Joins {@code --name value} to {@code --name=value}. */
    private static List<String> joined(List<String> words) {
        List<String> options = new ArrayList<>();
        for (String word : words) {
            int last = options.size() - 1;
            if (word.matches("--[A-Za-z0-9][A-Za-z0-9_-]*(=.*)?")) {
                options.add(word);
            } else if (word.startsWith("-")) {
                String known = word.length() > 1 ? SHORT.get(word.charAt(1)) : null;
                throw new IllegalArgumentException(
                        known == null
                                ? word + ": write the long form of an option, such as --constraint=x"
                                : word + " is --" + known + ", which cannot be given here: " + REFUSED.get(known));
            } else if (last < 0 || options.get(last).contains("=")) {
                throw new IllegalArgumentException(
                        "'" + word + "' is no option; write --name=value, and quote a value with blanks");
            } else {
                options.set(last, options.get(last) + "=" + word);
            }
        }
        return options;
    }

    private static String name(String option) {
        return option.substring(2).split("=", 2)[0];
    }

    /** sbatch accepts the beginning of a name for the whole name (getopt_long(3)), so a beginning is refused too. */
    private static Optional<String> refusal(String name) {
        return Optional.ofNullable(REFUSED.get(name))
                .or(() -> REFUSED.keySet().stream()
                        .filter(refused -> refused.startsWith(name))
                        .findFirst()
                        .map(refused -> "sbatch can read it as --" + refused + "; " + REFUSED.get(refused)));
    }

    private static String gpuType(String entry) {
        String[] parts = entry.split("[:=]", -1);
        if (!parts[0].equals("gpu") || parts.length != 2 || !parts[1].matches("[A-Za-z][A-Za-z0-9_.-]*")) {
            throw new IllegalArgumentException(
                    "--gres=" + entry
                            + ": the number of GPUs or shards comes from the recipe; write only the type, as in --gres=gpu:a100");
        }
        return parts[1];
    }
}
