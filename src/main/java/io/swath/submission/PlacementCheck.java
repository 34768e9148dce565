package io.swath.submission;

import io.swath.cluster.Accounts;
import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.Constraint;
import io.swath.cluster.NodeKind;
import io.swath.cluster.PartitionRules;
import io.swath.cluster.Reservation;
import io.swath.job.Directives;
import io.swath.model.Placement;
import io.swath.model.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether what a recipe and the settings name exists in the cluster, and may be used: before sbatch is asked. A pure
 * function of its arguments; thread-safe.
 */
public record PlacementCheck(Directives directives) {
    /**
     * What does not exist or is not allowed; for each, what does exist, and what helps. The local cluster has no such names.
     *
     * @param night whether the scene has the priority of the night
     */
    public List<String> problems(Request request, boolean night, Capabilities cluster) {
        List<String> problems = new ArrayList<>();
        if (!cluster.name().equals(Capabilities.LOCAL)) {
            Placement placement = directives.placement(request, night);
            String options = "slurm.options." + (Directives.onGpu(request) ? "gpu" : "cpu");
            account(request, placement, cluster, problems);
            reservation(request, placement, cluster, options, problems);
            cluster.partition(request.partition())
                    .ifPresent(partition -> nodes(request, placement, partition, options, problems));
        }
        return problems;
    }

    private static void account(Request request, Placement placement, Capabilities cluster, List<String> problems) {
        Accounts accounts = cluster.accounts();
        List<String> refusals = accounts.refusals(request.partition(), placement.account(), placement.qos());
        problems.addAll(refusals);
        if (refusals.isEmpty()) {
            cluster.partition(request.partition())
                    .flatMap(partition -> accounts.problem(partition, placement.account(), placement.qos()))
                    .ifPresent(problems::add);
        }
    }

    private static void reservation(
            Request request, Placement placement, Capabilities cluster, String options, List<String> problems) {
        String name = placement.reservation();
        boolean needed = cluster.partition(request.partition())
                .map(partition -> partition.access().needsReservation())
                .orElse(false);
        if (name.isEmpty()) {
            if (needed) {
                problems.add(
                        "partition " + request.partition() + " takes only jobs with a reservation (ReqResv=YES): name"
                                + " one in request.reservation, or in " + options + "; "
                                + there("reservations", usable(cluster, placement)));
            }
            return;
        }
        String where = source(request.placement().reservation(), "request.reservation", options) + " " + name;
        Optional<Reservation> found = cluster.reservations().stream()
                .filter(reservation -> reservation.name().equals(name))
                .findFirst();
        if (found.isEmpty()) {
            problems.add(where + " does not exist; " + there("reservations", usable(cluster, placement))
                    + ". Correct it; or have an administrator of the cluster make it: scontrol create reservation …");
        } else if (!found.get().allows(placement.account())) {
            problems.add(where + " is not for Swath's user and account; "
                    + there("reservations", usable(cluster, placement))
                    + ". Correct it; or have an administrator of the cluster add the user: scontrol update"
                    + " reservationname=" + name + " users+=…");
        }
    }

    private static Collection<String> usable(Capabilities cluster, Placement placement) {
        return cluster.reservations().stream()
                .filter(reservation -> reservation.allows(placement.account()))
                .map(Reservation::name)
                .toList();
    }

    private static void nodes(
            Request request, Placement placement, Partition partition, String options, List<String> problems) {
        Constraint constraint = new Constraint(placement.constraint());
        if (partition.kinds().stream().noneMatch(kind -> constraint.allows(kind.features()))) {
            Set<String> features = new TreeSet<>();
            partition.kinds().forEach(kind -> features.addAll(kind.features()));
            problems.add(source(request.placement().constraint(), "request.constraint", options) + " "
                    + placement.constraint() + " fits no node of partition " + partition.name() + "; "
                    + there("features", features)
                    + ". Correct it, or name another partition in the settings");
        }
        String type = placement.gpuType();
        if (request.gpus() > 0 && !type.isEmpty()) {
            int most = partition.kinds().stream()
                    .mapToInt(kind -> kind.offers().gpus(type))
                    .max()
                    .orElse(0);
            if (most < request.gpus()) {
                problems.add(source(request.placement().gpuType(), "request.gpu-type", options) + " " + type + ": "
                        + request.gpus() + " are asked for, and no node of partition " + partition.name()
                        + " has more than " + most + "; " + there("types of GPU", types(partition.kinds()))
                        + ". Correct it, or name another partition in the settings");
            }
        }
        count(placement.nodes(), partition, problems);
    }

    private static Set<String> types(List<NodeKind> kinds) {
        Set<String> types = new TreeSet<>();
        kinds.forEach(kind -> types.addAll(kind.offers().gpus().keySet()));
        types.remove("");
        return types;
    }

    private static void count(int nodes, Partition partition, List<String> problems) {
        PartitionRules rules = partition.rules();
        if (nodes < rules.leastNodes()) {
            problems.add("partition " + partition.name() + " takes only jobs on " + rules.leastNodes()
                    + " nodes or more (MinNodes): name another partition in the settings");
        }
        if (nodes > rules.mostNodes()) {
            problems.add("request.nodes " + nodes + " is more than partition " + partition.name() + " allows a job"
                    + " (MaxNodes=" + rules.mostNodes()
                    + "): ask for fewer, or name another partition in the settings");
        }
    }

    private static String source(String ofRecipe, String field, String setting) {
        return ofRecipe.isEmpty() ? setting + ":" : field;
    }

    private static String there(String what, Collection<String> names) {
        return names.isEmpty() ? "there are no " + what : "the " + what + " are " + String.join(", ", names);
    }
}
