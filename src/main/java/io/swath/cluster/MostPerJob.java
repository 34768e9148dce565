package io.swath.cluster;

import io.swath.cluster.Capabilities.Partition;
import io.swath.model.Request;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;

/**
 * How much memory and time one job may request: what the nodes have that it may use, what its partition allows, and the limits
 * of its account and QOS. Immutable.
 *
 * @param memoryMiB of each node, in MiB
 * @param seconds its time limit
 */
public record MostPerJob(Amount memoryMiB, Amount seconds) {
    /** Nothing is known that limits a job. */
    public static final MostPerJob ANY = new MostPerJob(Amount.ANY, Amount.ANY);

    /**
     * @param most above 0; {@link Long#MAX_VALUE}: any amount
     * @param because what sets it, for people: {@code QOS lean has MaxTRES=mem=400M}
     * @param shared whether all running jobs of an account, a user or a QOS have it together: a job that asks for all of it waits
     *     until no other runs
     */
    public record Amount(long most, String because, boolean shared) {
        private static final Amount ANY = new Amount(Long.MAX_VALUE, "", false);

        /** For calculating: infinite where any amount is allowed. */
        public double asDouble() {
            return most == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : most;
        }

        private Amount or(long other, String why) {
            return other < most ? new Amount(Math.max(1, other), why, false) : this;
        }

        private Amount orLimit(long other, String why, Limit limit) {
            return other < most || (other == most && limit.shared())
                    ? new Amount(Math.max(1, other), why, limit.shared())
                    : this;
        }
    }

    /**
     * What a job may request that asks for the same CPUs and GPUs, with the same constraint, reservation, account and QOS and
     * without the same nodes. A node counts that is down now, because it comes back. Where no node fits at all, the partition's
     * largest counts: that the job can never start is for others to say.
     *
     * @param request with what the settings add to its placement. Its memory and its time do not matter
     */
    public static MostPerJob of(Request request, Capabilities cluster) {
        Optional<Partition> partition = cluster.partition(request.partition());
        MostPerJob most = partition
                .map(known -> new MostPerJob(memory(known, request, cluster), time(known)))
                .orElse(ANY);
        String partitionQos = partition.map(known -> known.access().qos()).orElse("");
        PartitionRules rules = partition.map(Partition::rules).orElse(PartitionRules.NONE);
        for (var limit : cluster.accounts()
                .limits(
                        request.partition(),
                        partitionQos,
                        request.placement().account(),
                        request.placement().qos())
                .entrySet()) {
            most = most.under(
                    limit.getKey(), limit.getValue() + " has " + limit.getKey().text(), request, rules);
        }
        return most;
    }

    private MostPerJob under(Limit limit, String because, Request request, PartitionRules rules) {
        return new MostPerJob(
                limit.mostMemoryMiBPerNode(request, rules)
                        .map(mib -> memoryMiB.orLimit(mib, because, limit))
                        .orElse(memoryMiB),
                limit.mostSeconds().map(time -> seconds.or(time, because)).orElse(seconds));
    }

    private static Amount time(Partition partition) {
        return partition
                .maxTime()
                .map(Duration::toSeconds)
                .map(most -> Amount.ANY.or(most, "partition " + partition.name() + " allows no more"))
                .orElse(Amount.ANY);
    }

    private static Amount memory(Partition partition, Request request, Capabilities cluster) {
        if (!partition.managesMemory()) {
            return Amount.ANY;
        }
        Amount largest = Amount.ANY.or(
                partition.memoryMiBPerNode(), "a job in partition " + partition.name() + " gets no more of a node");
        Constraint constraint = new Constraint(request.placement().constraint());
        Request others = request.withMemoryMiB(0);
        Slots allowed = new Slots(
                partition, request, cluster.reservation(request.placement().reservation()));
        return partition.kinds().stream()
                .filter(kind ->
                        constraint.allows(kind.features()) && partition.rules().tasks(kind, kind.offers(), others) > 0)
                .flatMap(kind -> kind.nodes().stream().filter(allowed::mayUse).map(node -> ofNode(kind, partition)))
                .sorted(Comparator.comparingLong(Amount::most).reversed())
                .skip(request.placement().nodes() - 1L) // each of its nodes must have that much
                .findFirst()
                .map(node -> largest.or(node.most(), node.because()))
                .orElse(largest);
    }

    private static Amount ofNode(NodeKind kind, Partition partition) {
        String others = " that has the CPUs, GPUs and features that it asks for, and that it may use";
        return Amount.ANY
                .or(kind.offers().memoryMiB(), "no node of partition " + partition.name() + " has more" + others)
                .or(
                        partition.rules().memoryMiBForAllCpus(kind),
                        "partition " + partition.name() + " gives at most "
                                + partition.rules().mostMemoryMiBPerCpu()
                                + " MiB for each CPU (MaxMemPerCPU), and no node has more CPUs" + others);
    }
}
