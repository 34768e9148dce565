package io.swath.cluster.slurm;

import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.HostList;
import io.swath.cluster.NodeKind;
import io.swath.cluster.NodeKind.Availability;
import io.swath.cluster.NodeResources;
import io.swath.cluster.PartitionRules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Asks for the partitions (scontrol(1)), hidden ones too, because the settings may name one. Partitions that are not for
 * everybody come last.
 *
 * @param nodes all nodes
 * @param requestMemory whether jobs may request memory where Slurm manages it
 */
record Partitions(List<NodeRecord> nodes, Configuration configuration, boolean requestMemory)
        implements SlurmCommand<Partitions.Answer> {
    @Override
    public List<String> argv() {
        return List.of("scontrol", "show", "partition", "-o", "-a");
    }

    @Override
    public Answer parse(CommandResult result) {
        List<Map<String, String>> records = Records.with("PartitionName", result.stdout());
        if (records.isEmpty()) {
            throw Records.noAnswer(this, result, "partition");
        }
        return new Answer(this, records);
    }

    /** The partitions as Slurm describes them. */
    record Answer(Partitions query, List<Map<String, String>> records) {
        /** Whether {@link Visible} has to be asked, because some partitions are for some groups of users only. */
        boolean askWhatIsVisible() {
            return records.stream().anyMatch(PartitionRecords::forSomeGroups);
        }

        /** @param visible the partitions that Slurm shows to its user without {@code -a}; empty: not asked */
        List<Partition> partitions(Optional<Set<String>> visible) {
            return Stream.concat(
                            records.stream().filter(values -> !PartitionRecords.special(values)),
                            records.stream().filter(PartitionRecords::special))
                    .map(values -> query.partition(values, visible))
                    .toList();
        }
    }

    private Partition partition(Map<String, String> values, Optional<Set<String>> visible) {
        String name = SlurmText.line(values.get("PartitionName"));
        List<NodeRecord> members = members(values);
        MemoryRule memory = requestMemory
                ? MemoryRule.of(
                        configuration.value("SelectTypeParameters"),
                        values,
                        highest(members, node -> node.offers().memoryMiB()))
                : MemoryRule.NONE_REQUESTED;
        PartitionRules rules = PartitionRecords.rules(values, configuration);
        return new Partition(
                name,
                values.getOrDefault("Default", "").equals("YES"),
                members.size(),
                Math.min(highest(members, node -> node.offers().cpus()), rules.mostCpusPerNode()),
                Math.min(memory.mostMiB(), rules.mostMemoryMiB()),
                highest(members, node -> node.offers().allGpus()),
                highest(members, node -> node.offers().shardsPerGpu()),
                Optional.ofNullable(values.get("MaxTime")).flatMap(SlurmText::duration),
                blocked(name, values.getOrDefault("State", "UP"), members),
                notes(memory, rules, members),
                kinds(members, values, memory.mostMiB() > 0),
                rules,
                PartitionRecords.access(values, visible));
    }

    /** A node names its partitions, and a partition its nodes. Either may leave out what is hidden. */
    private List<NodeRecord> members(Map<String, String> values) {
        Set<String> own = HostList.expand(values.getOrDefault("Nodes", ""));
        return nodes.stream()
                .filter(node -> node.partitions().contains(values.get("PartitionName")) || own.contains(node.name()))
                .toList();
    }

    /** The nodes by what they offer, those first of which there are most. */
    private List<NodeKind> kinds(List<NodeRecord> members, Map<String, String> values, boolean memory) {
        boolean sockets = values.getOrDefault("SelectTypeParameters", "NONE")
                .replace("NONE", configuration.value("SelectTypeParameters"))
                .contains("SOCKET");
        Map<Kind, List<NodeKind.Node>> kinds = new LinkedHashMap<>();
        for (NodeRecord node : members) {
            Kind kind = new Kind(
                    withMemory(node.offers(), memory),
                    sockets ? node.cpusPerSocket() : node.cpusPerCore(),
                    node.features());
            kinds.computeIfAbsent(kind, key -> new ArrayList<>())
                    .add(new NodeKind.Node(
                            node.name(), node.availability(), node.state(), withMemory(node.free(), memory)));
        }
        return kinds.entrySet().stream()
                .sorted(Comparator.comparing(kind -> -kind.getValue().size()))
                .map(kind -> new NodeKind(
                        kind.getKey().offers(),
                        kind.getKey().cpusPerCore(),
                        kind.getKey().features(),
                        kind.getValue()))
                .toList();
    }

    private record Kind(NodeResources offers, int cpusPerCore, Set<String> features) {}

    private static NodeResources withMemory(NodeResources of, boolean managed) {
        return managed ? of : new NodeResources(of.cpus(), 0, of.gpus(), of.shards(), of.mps());
    }

    private static List<String> notes(MemoryRule memory, PartitionRules rules, List<NodeRecord> members) {
        List<String> notes = new ArrayList<>(memory.notes());
        if (rules.wholeNodes()) {
            notes.add("OverSubscribe=EXCLUSIVE: each task gets a whole node, whatever it asks for");
        }
        boolean none = members.stream().noneMatch(node -> node.availability() == Availability.READY);
        List<String> later = states(members, Availability.LATER);
        if (none && !later.isEmpty()) {
            notes.add("no job starts now, because its nodes are kept for maintenance or for a reservation: "
                    + some(later) + ". Jobs wait until that ends (scontrol show reservation)");
        }
        return notes;
    }

    /** Why no job can start in a partition, and who can mend that; empty when jobs can start. */
    private static String blocked(String name, String state, List<NodeRecord> members) {
        if (!state.equals("UP")) {
            return "partition " + name + " is " + SlurmText.line(state)
                    + ", so no job starts in it. An administrator of the cluster"
                    + " can open it: scontrol update partitionname=" + name + " state=up";
        }
        if (members.isEmpty()) {
            return "partition " + name + " has no nodes. An administrator of the cluster can add some";
        }
        List<String> out = states(members, Availability.OUT);
        return out.size() < members.size()
                ? ""
                : "no node of partition " + name + " can run jobs: " + some(out)
                        + ". An administrator of the cluster can bring nodes back: scontrol update nodename=…"
                        + " state=resume";
    }

    private static List<String> states(List<NodeRecord> nodes, Availability availability) {
        return nodes.stream()
                .filter(node -> node.availability() == availability)
                .map(node -> node.name() + " is " + node.state())
                .toList();
    }

    private static String some(List<String> all) {
        return all.stream().limit(5).collect(Collectors.joining(", "))
                + (all.size() > 5 ? " and " + (all.size() - 5) + " more" : "");
    }

    private static int highest(List<NodeRecord> nodes, ToIntFunction<NodeRecord> resource) {
        return nodes.stream().mapToInt(resource).max().orElse(0);
    }

    @Override
    public String description() {
        return "ask for Slurm's partitions";
    }

    /** Asks which partitions Slurm shows to its user: none that is hidden, or for groups that the user is not in. */
    record Visible() implements SlurmCommand<Set<String>> {
        @Override
        public List<String> argv() {
            return List.of("scontrol", "show", "partition", "-o");
        }

        @Override
        public Set<String> parse(CommandResult result) {
            return Records.with("PartitionName", result.stdout()).stream()
                    .map(values -> values.get("PartitionName"))
                    .collect(Collectors.toUnmodifiableSet());
        }

        @Override
        public String description() {
            return "ask which partitions Slurm shows to its user";
        }
    }
}
