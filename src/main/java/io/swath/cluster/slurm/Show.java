package io.swath.cluster.slurm;

import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.ClusterException;
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
import java.util.stream.Stream;

/**
 * Asks Slurm for its configuration, nodes, partitions and accounting fields, with scontrol(1) and sacct(1). An answer
 * that names nothing is no answer: every cluster has a version, a node, a partition and accounting fields.
 */
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

    private static ClusterException noAnswer(SlurmCommand<?> command, CommandResult result, String missing) {
        return new ClusterException("Tried to " + command.description() + ", but " + String.join(" ", command.argv())
                + " printed no " + missing + ". It printed: " + result.errorText()
                + ". Run the command by hand as the user that runs Slurm's commands, and see what it prints");
    }

    private static int number(Map<String, String> values, String name, int defaultValue) {
        return SlurmText.count(values.getOrDefault(name, ""))
                .map(Long::intValue)
                .orElse(defaultValue);
    }

    /** Asks for Slurm's version and its limits. */
    record Config() implements SlurmCommand<Config.Limits> {
        private static final Pattern LINE = Pattern.compile("(\\w+)\\s*=\\s*(.*)");
        private static final Pattern LOWER = Pattern.compile("\\bmax_array_tasks=(\\d+)");

        /**
         * The configuration that holds for all partitions.
         *
         * @param maxArraySize the most tasks that an array may have
         * @param selectTypeParameters which resources Slurm divides among jobs (slurm.conf(5)); empty if it is not told
         * @param maxMemoryMiBPerNode the most memory that a job may have on a node
         * @param enforce which rules of the accounting count
         */
        record Limits(
                String version,
                int maxArraySize,
                String selectTypeParameters,
                int maxMemoryMiBPerNode,
                String enforce) {
            /** Whether a job waits when it exceeds a limit of its account or QOS (AccountingStorageEnforce). */
            boolean enforcesLimits() {
                return Pattern.compile("\\b(limits|safe|all)\\b")
                        .matcher(enforce)
                        .find();
            }
        }

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
            String version = values.getOrDefault("SLURM_VERSION", "");
            if (version.isEmpty()) {
                throw noAnswer(this, result, "SLURM_VERSION");
            }
            int maxArraySize = number(values, "MaxArraySize", 1001);
            Matcher lower = LOWER.matcher(values.getOrDefault("SchedulerParameters", ""));
            return new Limits(
                    version,
                    lower.find() ? Math.min(maxArraySize, Integer.parseInt(lower.group(1))) : maxArraySize,
                    values.getOrDefault("SelectTypeParameters", ""),
                    number(values, "MaxMemPerNode", Integer.MAX_VALUE),
                    values.getOrDefault("AccountingStorageEnforce", ""));
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
     * @param unusable its state and the reason, when a person has to bring the node back; empty: it runs jobs, or will by
     *     itself
     */
    record Node(String name, Set<String> partitions, int cpus, int memoryMiB, int gpus, int shards, String unusable) {}

    /** Asks for the nodes. */
    record Nodes() implements SlurmCommand<List<Node>> {
        /** States and flags of a node (scontrol(1), sinfo(1)) that do not pass by themselves. */
        private static final Pattern UNUSABLE = Pattern.compile(
                "DOWN|DRAIN|DRAINED|DRAINING|ERROR|FAIL|FAILED|FAILING|FUTURE|INVAL|INVALID_REG|NOT_RESPONDING|UNKNOWN");

        private static final Pattern REASON = Pattern.compile("\\bReason=(.*)$");

        @Override
        public List<String> argv() {
            return List.of("scontrol", "show", "node", "-o");
        }

        @Override
        public List<Node> parse(CommandResult result) {
            List<Node> nodes = new ArrayList<>();
            for (String line : result.stdout().lines().toList()) {
                for (Map<String, String> node : records(line)) {
                    if (node.containsKey("NodeName")) {
                        nodes.add(node(node, unusable(node.getOrDefault("State", ""), line)));
                    }
                }
            }
            if (nodes.isEmpty()) {
                throw noAnswer(this, result, "node");
            }
            return nodes;
        }

        private static Node node(Map<String, String> node, String unusable) {
            return new Node(
                    node.get("NodeName"),
                    Set.of(node.getOrDefault("Partitions", "").split(",")),
                    number(node, "CPUEfctv", number(node, "CPUTot", 1)),
                    Math.max(1, number(node, "RealMemory", 1) - number(node, "MemSpecLimit", 0)),
                    gres(node.getOrDefault("Gres", ""), "gpu"),
                    gres(node.getOrDefault("Gres", ""), "shard"),
                    unusable);
        }

        /** Reads a state such as {@code IDLE+DRAIN} or {@code DOWN*}; the star means that the node does not respond. */
        private static String unusable(String state, String line) {
            boolean usable = !state.endsWith("*")
                    && Arrays.stream(state.split("[+*]"))
                            .noneMatch(word -> UNUSABLE.matcher(word).matches());
            if (usable) {
                return "";
            }
            Matcher reason = REASON.matcher(line);
            return state + (reason.find() ? " (" + SlurmText.line(reason.group(1)) + ")" : "");
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

    /**
     * Asks for the partitions, hidden ones too, because the settings may name one. For each resource, a partition has the
     * highest value of the given nodes in it. Partitions that are not for everybody come last.
     */
    record Partitions(List<Node> nodes, Config.Limits limits, boolean requestMemory)
            implements SlurmCommand<List<Partition>> {
        @Override
        public List<String> argv() {
            return List.of("scontrol", "show", "partition", "-o", "-a");
        }

        @Override
        public List<Partition> parse(CommandResult result) {
            List<Partition> partitions = new ArrayList<>();
            List<Partition> last = new ArrayList<>();
            for (Map<String, String> values : records(result.stdout())) {
                if (values.containsKey("PartitionName")) {
                    boolean special = Stream.of("Hidden", "RootOnly", "ReqResv")
                            .anyMatch(flag -> values.getOrDefault(flag, "NO").equals("YES"));
                    (special ? last : partitions).add(partition(values));
                }
            }
            partitions.addAll(last);
            if (partitions.isEmpty()) {
                throw noAnswer(this, result, "partition");
            }
            return partitions;
        }

        private Partition partition(Map<String, String> values) {
            String name = values.get("PartitionName");
            List<Node> members = nodes.stream()
                    .filter(node -> node.partitions().contains(name))
                    .toList();
            MemoryRule memory = requestMemory
                    ? MemoryRule.of(limits.selectTypeParameters(), values, highest(members, Node::memoryMiB))
                    : MemoryRule.NONE_REQUESTED;
            List<String> notes = new ArrayList<>(memory.notes());
            if (values.getOrDefault("OverSubscribe", "").equals("EXCLUSIVE")) {
                notes.add("OverSubscribe=EXCLUSIVE: each task gets a whole node, whatever it asks for");
            }
            return new Partition(
                    name,
                    values.getOrDefault("Default", "").equals("YES"),
                    members.size(),
                    Math.min(highest(members, Node::cpus), number(values, "MaxCPUsPerNode", Integer.MAX_VALUE)),
                    Math.min(memory.mostMiB(), limits.maxMemoryMiBPerNode()),
                    highest(members, Node::gpus),
                    highest(members, node -> node.gpus() == 0 ? 0 : node.shards() / node.gpus()),
                    Optional.ofNullable(values.get("MaxTime")).flatMap(SlurmText::duration),
                    blocked(name, values.getOrDefault("State", "UP"), members),
                    notes);
        }

        /** Why no job can start in a partition, and who can mend that; empty when jobs can start. */
        private static String blocked(String name, String state, List<Node> members) {
            if (!state.equals("UP")) {
                return "partition " + name + " is " + state
                        + ", so no job starts in it. An administrator of the cluster"
                        + " can open it: scontrol update partitionname=" + name + " state=up";
            }
            List<String> unusable = members.stream()
                    .filter(node -> !node.unusable().isEmpty())
                    .map(node -> node.name() + " is " + node.unusable())
                    .toList();
            if (unusable.size() < members.size()) {
                return "";
            }
            return members.isEmpty()
                    ? "partition " + name + " has no nodes. An administrator of the cluster can add some"
                    : "no node of partition " + name + " can run jobs: "
                            + unusable.stream().limit(5).collect(Collectors.joining(", "))
                            + (unusable.size() > 5 ? " and " + (unusable.size() - 5) + " more" : "")
                            + ". An administrator of the cluster can bring nodes back: scontrol update nodename=…"
                            + " state=resume";
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
            Set<String> fields =
                    Arrays.stream(result.stdout().strip().split("\\s+")).collect(Collectors.toUnmodifiableSet());
            if (!fields.contains("JobID")) {
                throw noAnswer(this, result, "field JobID");
            }
            return fields;
        }

        @Override
        public String description() {
            return "ask which fields accounting has";
        }
    }
}
