package io.swath.cluster.slurm;

import io.swath.cluster.Capabilities.Partition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What Slurm says of itself; asked rarely. */
final class Show {
    private static final Pattern PAIR = Pattern.compile("(\\w+)=(\\S*)");

    private Show() {}

    private static List<Map<String, String>> records(String text) {
        return text.lines()
                .filter(line -> !line.isBlank())
                .map(line -> {
                    Map<String, String> values = new HashMap<>();
                    Matcher pairs = PAIR.matcher(line);
                    while (pairs.find()) {
                        values.putIfAbsent(pairs.group(1), pairs.group(2));
                    }
                    return values;
                })
                .toList();
    }

    private static int number(Map<String, String> values, String name, int otherwise) {
        return SlurmText.count(values.getOrDefault(name, ""))
                .map(Long::intValue)
                .orElse(otherwise);
    }

    /** Slurm's version and the length of an array. */
    record Config() implements SlurmCommand<Config.Limits> {
        private static final Pattern LINE = Pattern.compile("(\\w+)\\s*=\\s*(.*)");
        private static final Pattern LOWER = Pattern.compile("\\bmax_array_tasks=(\\d+)");

        /** @param maxArraySize how many tasks an array may have */
        record Limits(String version, int maxArraySize) {}

        @Override
        public List<String> argv() {
            return List.of("scontrol", "show", "config");
        }

        /**
         * MaxArraySize is one more than the highest index, so it is the number of tasks from index 0 on (tried:
         * {@code --array=0-1000} is taken with a MaxArraySize of 1001). {@code max_array_tasks} may allow fewer.
         */
        @Override
        public Limits parse(CommandResult result) {
            Map<String, String> values = new HashMap<>();
            for (String line : result.stdout().lines().toList()) {
                Matcher pair = LINE.matcher(line.strip());
                if (pair.matches()) {
                    values.putIfAbsent(pair.group(1), pair.group(2));
                }
            }
            int most = number(values, "MaxArraySize", 1001);
            Matcher lower = LOWER.matcher(values.getOrDefault("SchedulerParameters", ""));
            return new Limits(
                    values.getOrDefault("SLURM_VERSION", ""),
                    lower.find() ? Math.min(most, Integer.parseInt(lower.group(1))) : most);
        }

        @Override
        public String description() {
            return "ask for Slurm's configuration";
        }
    }

    /**
     * A node as far as a request is concerned.
     *
     * @param shards all of them, over all its GPUs
     */
    record Node(Set<String> partitions, int cpus, int memoryMiB, int gpus, int shards) {}

    /** The nodes. */
    record Nodes() implements SlurmCommand<List<Node>> {
        @Override
        public List<String> argv() {
            return List.of("scontrol", "show", "node", "-o");
        }

        @Override
        public List<Node> parse(CommandResult result) {
            return records(result.stdout()).stream()
                    .filter(node -> node.containsKey("NodeName"))
                    .map(node -> new Node(
                            Set.of(node.getOrDefault("Partitions", "").split(",")),
                            number(node, "CPUEfctv", number(node, "CPUTot", 1)),
                            Math.max(1, number(node, "RealMemory", 1) - number(node, "MemSpecLimit", 0)),
                            gres(node.getOrDefault("Gres", ""), "gpu"),
                            gres(node.getOrDefault("Gres", ""), "shard")))
                    .toList();
        }

        /**
         * How many of a resource a node has: {@code gpu:2}, {@code gpu:a100:2(S:0-1)}, several types of one with
         * commas between, {@code gpu:tesla:no_consume:2}.
         */
        static int gres(String list, String name) {
            return Arrays.stream(list.replaceAll("\\([^)]*\\)", "").split(","))
                    .map(entry -> entry.split(":"))
                    .filter(words -> words[0].equals(name))
                    .mapToInt(words -> words.length == 1
                            ? 1
                            : SlurmText.count(words[words.length - 1])
                                    .orElse(1L)
                                    .intValue())
                    .sum();
        }

        @Override
        public String description() {
            return "ask for Slurm's nodes";
        }
    }

    /** The partitions, each by the largest of the given nodes in it. */
    record Partitions(List<Node> nodes) implements SlurmCommand<List<Partition>> {
        @Override
        public List<String> argv() {
            return List.of("scontrol", "show", "partition", "-o");
        }

        @Override
        public List<Partition> parse(CommandResult result) {
            List<Partition> partitions = new ArrayList<>();
            for (Map<String, String> values : records(result.stdout())) {
                if (values.containsKey("PartitionName")) {
                    partitions.add(partition(values));
                }
            }
            return partitions;
        }

        private Partition partition(Map<String, String> values) {
            String name = values.get("PartitionName");
            List<Node> members = nodes.stream()
                    .filter(node -> node.partitions().contains(name))
                    .toList();
            return new Partition(
                    name,
                    values.getOrDefault("Default", "").equals("YES"),
                    members.size(),
                    Math.min(most(members, Node::cpus), number(values, "MaxCPUsPerNode", Integer.MAX_VALUE)),
                    Math.min(most(members, Node::memoryMiB), number(values, "MaxMemPerNode", Integer.MAX_VALUE)),
                    most(members, Node::gpus),
                    most(members, node -> node.gpus() == 0 ? 0 : node.shards() / node.gpus()),
                    Optional.ofNullable(values.get("MaxTime")).flatMap(SlurmText::duration));
        }

        private static int most(List<Node> nodes, ToIntFunction<Node> what) {
            return nodes.stream().mapToInt(what).max().orElse(0);
        }

        @Override
        public String description() {
            return "ask for Slurm's partitions";
        }
    }

    /** Which fields this sacct knows. */
    record Fields() implements SlurmCommand<Set<String>> {
        @Override
        public List<String> argv() {
            return List.of("sacct", "--helpformat");
        }

        @Override
        public Set<String> parse(CommandResult result) {
            return Arrays.stream(result.stdout().strip().split("\\s+")).collect(Collectors.toUnmodifiableSet());
        }

        @Override
        public String description() {
            return "ask which fields the accounting has";
        }
    }
}
