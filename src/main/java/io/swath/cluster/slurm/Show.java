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

/** Asks Slurm for its configuration, nodes, partitions and accounting fields, with scontrol(1) and sacct(1). */
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

    private static int number(Map<String, String> values, String name, int defaultValue) {
        return SlurmText.count(values.getOrDefault(name, ""))
                .map(Long::intValue)
                .orElse(defaultValue);
    }

    /** Asks for Slurm's version and its limit for arrays. */
    record Config() implements SlurmCommand<Config.Limits> {
        private static final Pattern LINE = Pattern.compile("(\\w+)\\s*=\\s*(.*)");
        private static final Pattern LOWER = Pattern.compile("\\bmax_array_tasks=(\\d+)");

        /** @param maxArraySize the most tasks that an array may have */
        record Limits(String version, int maxArraySize) {}

        @Override
        public List<String> argv() {
            return List.of("scontrol", "show", "config");
        }

        /**
         * MaxArraySize is the highest index plus one (slurm.conf(5)), so it is the number of tasks from index 0 on. Tried:
         * Slurm accepts {@code --array=0-1000} with a MaxArraySize of 1001. {@code max_array_tasks} can lower it.
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
            int maxArraySize = number(values, "MaxArraySize", 1001);
            Matcher lower = LOWER.matcher(values.getOrDefault("SchedulerParameters", ""));
            return new Limits(
                    values.getOrDefault("SLURM_VERSION", ""),
                    lower.find() ? Math.min(maxArraySize, Integer.parseInt(lower.group(1))) : maxArraySize);
        }

        @Override
        public String description() {
            return "ask for Slurm's configuration";
        }
    }

    /**
     * The resources of a node that jobs can request.
     *
     * @param shards the sum over all GPUs of the node
     */
    record Node(Set<String> partitions, int cpus, int memoryMiB, int gpus, int shards) {}

    /** Asks for the nodes. */
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
         * Counts one resource in a Gres value (slurm.conf(5)), such as {@code gpu:2}, {@code gpu:a100:2(S:0-1)} or
         * {@code gpu:tesla:no_consume:2}. Commas divide several types of a resource.
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

    /** Asks for the partitions. For each resource, a partition has the highest value of the given nodes in it. */
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
                    Math.min(highest(members, Node::cpus), number(values, "MaxCPUsPerNode", Integer.MAX_VALUE)),
                    Math.min(highest(members, Node::memoryMiB), number(values, "MaxMemPerNode", Integer.MAX_VALUE)),
                    highest(members, Node::gpus),
                    highest(members, node -> node.gpus() == 0 ? 0 : node.shards() / node.gpus()),
                    Optional.ofNullable(values.get("MaxTime")).flatMap(SlurmText::duration));
        }

        private static int highest(List<Node> nodes, ToIntFunction<Node> resource) {
            return nodes.stream().mapToInt(resource).max().orElse(0);
        }

        @Override
        public String description() {
            return "ask for Slurm's partitions";
        }
    }

    /** Asks which fields this sacct has. */
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
            return "ask which fields accounting has";
        }
    }
}
