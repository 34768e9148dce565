package io.swath.cli;

import io.swath.cluster.Accounts;
import io.swath.cluster.Backlog;
import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.HostList;
import io.swath.cluster.NodeKind;
import io.swath.cluster.NodeKind.Availability;
import io.swath.cluster.NodeResources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/** A cluster's shape as text: a line for each kind of node, then what limits jobs. Immutable. */
record ClusterShape(Capabilities cluster, Map<String, Backlog> backlog) {
    /** A kind of node may have very many names, and a QOS very many limits. */
    private static final int LONGEST = 120;

    /** The lines, in the order in which they are to be read. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(cluster.name() + ", job arrays of at most " + cluster.maxArraySize() + " tasks");
        for (Partition partition : cluster.partitions()) {
            String name = "partition " + partition.name() + (partition.byDefault() ? " (default)" : "") + ": ";
            partition.kinds().forEach(kind -> lines.add(name + kind(kind)));
            lines.add(name + limits(partition));
            partition.notes().forEach(note -> lines.add(name + note));
        }
        Accounts accounts = cluster.accounts();
        accounts.associations().forEach(association -> lines.add(account(accounts, association)));
        return lines;
    }

    private static String kind(NodeKind kind) {
        List<String> out = kind.nodes().stream()
                .filter(node -> node.availability() != Availability.READY)
                .map(NodeKind.Node::name)
                .toList();
        return kind.nodes().size() + " × " + resources(kind.offers())
                + (kind.cpusPerCore() > 1 ? ", CPUs in cores of " + kind.cpusPerCore() : "")
                + (kind.features().isEmpty() ? "" : ", features " + cut(String.join(",", kind.features())))
                + " ("
                + cut(HostList.fold(
                        kind.nodes().stream().map(NodeKind.Node::name).toList()))
                + "); free now: "
                + resources(free(kind))
                + (out.isEmpty() ? "" : "; no job starts on " + cut(HostList.fold(out)));
    }

    private static NodeResources free(NodeKind kind) {
        Map<String, Integer> gpus = kind.offers().gpus().keySet().stream()
                .collect(Collectors.toMap(type -> type, type -> sum(kind, free -> free.gpus(type))));
        return new NodeResources(
                sum(kind, NodeResources::cpus),
                sum(kind, NodeResources::memoryMiB),
                gpus,
                sum(kind, NodeResources::shards),
                sum(kind, NodeResources::mps));
    }

    private static int sum(NodeKind kind, ToIntFunction<NodeResources> resource) {
        long sum = kind.ready().stream()
                .mapToLong(node -> resource.applyAsInt(node.free()))
                .sum();
        return (int) Math.min(Integer.MAX_VALUE, sum);
    }

    private static String resources(NodeResources has) {
        List<String> words = new ArrayList<>(List.of(has.cpus() + " CPUs"));
        if (has.memoryMiB() > 0) {
            words.add(has.memoryMiB() + " MiB");
        }
        has.gpus()
                .forEach((type, count) ->
                        words.add(count + (count == 1 ? " GPU" : " GPUs") + (type.isEmpty() ? "" : " " + type)));
        if (has.shards() > 0) {
            words.add(has.shards() + " shards");
        }
        if (has.mps() > 0) {
            words.add(has.mps() + " mps");
        }
        return String.join(", ", words);
    }

    private String limits(Partition partition) {
        Backlog waiting = backlog.getOrDefault(partition.name(), Backlog.NONE);
        List<String> words = new ArrayList<>();
        words.add(
                partition.maxTime().map(most -> "jobs of at most " + days(most)).orElse("no limit of time"));
        if (!partition.access().qos().isEmpty()) {
            words.add("limits of QOS " + partition.access().qos());
        }
        if (partition.access().needsReservation()) {
            words.add("only in a reservation");
        }
        words.add("waiting now: " + waiting.tasks() + " tasks, " + waiting.own() + " of them ours");
        String closed = !partition.blocked().isEmpty()
                ? partition.blocked()
                : cluster.accounts().problem(partition, "", "").orElse("");
        return String.join(", ", words) + (closed.isEmpty() ? "" : "; " + closed);
    }

    private static String days(Duration time) {
        return time.toDays() > 0 && time.toHoursPart() + time.toMinutesPart() + time.toSecondsPart() == 0
                ? time.toDays() + " d"
                : String.format("%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
    }

    private static String account(Accounts accounts, Accounts.Association association) {
        String qosName = accounts.qosOf(association, "");
        String limits = accounts.limits(association.partition(), "", association.account(), "").entrySet().stream()
                .map(limit -> limit.getKey().text() + " (" + limit.getValue() + ")")
                .distinct()
                .collect(Collectors.joining(", "));
        return "account " + association.account()
                + (association.account().equalsIgnoreCase(accounts.defaultAccount()) ? " (default)" : "")
                + (association.partition().isEmpty() ? "" : " in partition " + association.partition())
                + ": QOS " + cut(String.join(",", association.qos())) + ", by default " + qosName + "; "
                + (!accounts.limitsEnforced()
                        ? "limits are not enforced"
                        : limits.isEmpty() ? "no limits" : "limits: " + cut(limits));
    }

    /** Partitions that no recipe uses, although its jobs could. */
    List<String> unused(Set<String> used) {
        return cluster.partitions().stream()
                .filter(partition -> !used.contains(partition.name()))
                .filter(partition -> partition.blocked().isEmpty()
                        && !partition.access().needsReservation()
                        && cluster.accounts().problem(partition, "", "").isEmpty())
                .map(partition -> "no recipe uses partition " + partition.name() + ": slurm.partition."
                        + (partition.gpusPerNode() > 0 ? "gpu" : "cpu") + " decides which one is used")
                .toList();
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }
}
