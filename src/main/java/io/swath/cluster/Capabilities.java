package io.swath.cluster;

import io.swath.model.Placement;
import io.swath.model.Request;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What a cluster is and what it offers. Immutable.
 *
 * @param name such as {@code slurm 24.11.5} or {@code local}
 * @param maxArraySize the most tasks that one array may have, so the highest index is one less
 * @param accounts what Swath's user may use, and with which limits
 */
public record Capabilities(
        String name, int maxArraySize, List<Partition> partitions, Accounts accounts, List<Reservation> reservations) {
    public Capabilities {
        partitions = List.copyOf(partitions);
        reservations = List.copyOf(reservations);
    }

    /** The name of the adapter that runs jobs on this machine. */
    public static final String LOCAL = "local";

    /**
     * A partition, with the highest value of each resource that one of its nodes has.
     *
     * @param memoryMiBPerNode memory that jobs may request on one node; 0: the cluster does not manage memory, so none
     *     is requested
     * @param gpusPerNode whole GPUs
     * @param shardsPerGpu into how many shards a GPU is divided; 0: GPUs are not shared
     * @param maxTime the longest time limit that a job may request; empty: no limit
     * @param blocked why no job can start in it now, and who can mend that; empty: jobs can start
     * @param notes what else a person should know about it
     * @param kinds its nodes, those first of which there are most
     * @param rules how it divides its nodes among jobs
     * @param access who may use it
     */
    public record Partition(
            String name,
            boolean byDefault,
            int nodes,
            int cpusPerNode,
            int memoryMiBPerNode,
            int gpusPerNode,
            int shardsPerGpu,
            Optional<Duration> maxTime,
            String blocked,
            List<String> notes,
            List<NodeKind> kinds,
            PartitionRules rules,
            PartitionAccess access) {
        public Partition {
            notes = List.copyOf(notes);
            kinds = List.copyOf(kinds);
        }

        /** A partition of equal, idle nodes in which jobs can start, without notes. */
        public Partition(
                String name,
                boolean byDefault,
                int nodes,
                int cpusPerNode,
                int memoryMiBPerNode,
                int gpusPerNode,
                int shardsPerGpu,
                Optional<Duration> maxTime) {
            this(
                    name,
                    byDefault,
                    nodes,
                    cpusPerNode,
                    memoryMiBPerNode,
                    gpusPerNode,
                    shardsPerGpu,
                    maxTime,
                    "",
                    List.of(),
                    equalNodes(name, nodes, cpusPerNode, memoryMiBPerNode, gpusPerNode, shardsPerGpu),
                    PartitionRules.NONE,
                    PartitionAccess.ALL);
        }

        private static List<NodeKind> equalNodes(
                String name, int nodes, int cpus, int memoryMiB, int gpus, int shardsPerGpu) {
            NodeResources each =
                    new NodeResources(cpus, memoryMiB, gpus > 0 ? Map.of("", gpus) : Map.of(), gpus * shardsPerGpu, 0);
            List<NodeKind.Node> all = IntStream.rangeClosed(1, nodes)
                    .mapToObj(number -> new NodeKind.Node(name + number, NodeKind.Availability.READY, "IDLE", each))
                    .toList();
            return List.of(new NodeKind(each, 1, Set.of(), all));
        }

        /**
         * How many jobs with this request can run at once, when no other job runs: tasks of an array, each of which may have
         * several tasks on several nodes itself. Nodes on which no job can start now are left out, and those that the request
         * excludes or that lack the features of its constraint. With a reservation, nodes that are kept for one count too. 0:
         * none can, for now or for ever.
         */
        public int slots(Request request) {
            return new Slots(this, request, Optional.empty()).count();
        }

        /** Whether a job in this partition requests memory. */
        public boolean managesMemory() {
            return memoryMiBPerNode > 0;
        }
    }

    /** A cluster without accounts and reservations. */
    public Capabilities(String name, int maxArraySize, List<Partition> partitions) {
        this(name, maxArraySize, partitions, Accounts.UNKNOWN, List.of());
    }

    /**
     * How many jobs with this request can run at once: on the nodes of its partition, in the reservation that it names, and
     * under the limits of its account and QOS. 0 as in {@link Partition#slots}; the local cluster runs at least one.
     *
     * @param request where it names no account or QOS, those of the settings count
     */
    public int slots(Request request) {
        Placement placement = request.placement();
        return partition(request.partition())
                .map(partition -> name.equals(LOCAL)
                        ? Math.max(1, partition.slots(request))
                        : Math.min(
                                new Slots(partition, request, reservation(placement.reservation())).count(),
                                accounts.tasksAtOnce(
                                        request, partition.access().qos(), placement.account(), placement.qos())))
                .orElse(0);
    }

    /**
     * Whether the nodes of its partition, and of the reservation that it names, have what a job with this request asks for, be
     * they ready now or not. False, too, for an unknown partition. The local cluster runs every job.
     */
    public boolean everFits(Request request) {
        return partition(request.partition())
                .filter(partition -> name.equals(LOCAL)
                        || new Slots(
                                        partition,
                                        request,
                                        reservation(request.placement().reservation()))
                                .everFits())
                .isPresent();
    }

    /**
     * How many jobs with this request could start now, beside the jobs that run: as {@link #slots}, but on what was free when
     * the cluster was last asked.
     */
    public int free(Request request) {
        return partition(request.partition())
                .map(partition -> Math.min(
                        slots(request),
                        new Slots(
                                        partition,
                                        request,
                                        reservation(request.placement().reservation()))
                                .free()))
                .orElse(0);
    }

    /** The kind of a node; empty: the partition or the node is not known. */
    public Optional<NodeKind> kindOf(String partition, String node) {
        return partition(partition).stream()
                .flatMap(known -> known.kinds().stream())
                .filter(kind -> kind.nodes().stream().anyMatch(one -> one.name().equals(node)))
                .findFirst();
    }

    Optional<Reservation> reservation(String name) {
        return reservations.stream()
                .filter(reservation -> reservation.name().equals(name))
                .findFirst();
    }

    /** Whether a GPU step needs a GPU. On the local machine a GPU step runs on the CPU if there is no GPU. */
    public boolean needsGpus() {
        return !name.equals(LOCAL);
    }

    /** @param wanted the name; empty text means the default partition */
    public Optional<Partition> partition(String wanted) {
        return partitions.stream()
                .filter(partition -> wanted.isEmpty()
                        ? partition.byDefault()
                        : partition.name().equals(wanted))
                .findFirst();
    }
}
