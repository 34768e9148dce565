package io.swath.cluster;

import io.swath.model.Request;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The accounts and qualities of service (QOS) that Swath's user may use, with their limits. Immutable.
 *
 * @param enforced whether a job needs an account of these
 * @param limitsEnforced whether a job that exceeds a limit waits
 * @param defaultAccount the account of jobs that name none; empty: not known
 * @param defaultQos the QOS of jobs that name none; empty: their account decides
 * @param groups all accounts, by name
 * @param qos by name
 */
public record Accounts(
        boolean enforced,
        boolean limitsEnforced,
        String defaultAccount,
        String defaultQos,
        List<Association> associations,
        Map<String, Group> groups,
        Map<String, Qos> qos) {
    /** Nothing is known, so nothing is forbidden. */
    public static final Accounts UNKNOWN = new Accounts(false, false, "", "", List.of(), Map.of(), Map.of());

    public Accounts {
        associations = List.copyOf(associations);
        groups = Map.copyOf(groups);
        qos = Map.copyOf(qos);
    }

    /**
     * An account as a group of users and of other accounts.
     *
     * @param parent the account above it; empty: none
     * @param limits what all of the group have together
     */
    public record Group(String parent, List<Limit> limits) {}

    /**
     * What the user may use under one account.
     *
     * @param partition the only partition that it is for; empty: all
     * @param qos which QOS a job may have
     * @param defaultQos empty: not known
     */
    public record Association(
            String account, String partition, List<String> qos, String defaultQos, List<Limit> limits) {}

    /** A QOS; {@code overPartition}: its limits replace those of a partition's QOS. */
    public record Qos(boolean overPartition, List<Limit> limits) {}

    /**
     * How many tasks with this request the limits let run at once; {@link Integer#MAX_VALUE}: any number.
     *
     * @param partitionQos the QOS of the partition; empty: it has none
     * @param account empty: the user's default
     * @param qosName empty: the account's default
     */
    public int tasksAtOnce(Request request, String partitionQos, String account, String qosName) {
        return limits(request.partition(), partitionQos, account, qosName).keySet().stream()
                .mapToInt(limit -> limit.tasksAtOnce(request))
                .min()
                .orElse(Integer.MAX_VALUE);
    }

    /** Why a job with this request never starts. Arguments as above. */
    public List<String> obstacles(Request request, String partitionQos, String account, String qosName) {
        List<String> obstacles = new ArrayList<>(refusals(request.partition(), account, qosName));
        limits(request.partition(), partitionQos, account, qosName)
                .forEach((limit, owner) -> limit.brokenBy(request)
                        .ifPresent(how -> obstacles.add("a task never starts: " + owner + " has " + how
                                + ". Ask for less in the recipe, use another QOS or account, or have the limit raised"
                                + " (sacctmgr)")));
        return obstacles.stream().distinct().toList();
    }

    /** Why the user may not use an account, or the account not a QOS. Empty names are the defaults. */
    public List<String> refusals(String partition, String account, String qosName) {
        Optional<Association> own = association(partition, account);
        if (!enforced) {
            return List.of();
        }
        if (own.isEmpty()) {
            return List.of("Swath's user has no association with "
                    + (account.isEmpty()
                            ? "any account"
                            : "account " + account + " (slurm.account, or request.account of the recipe)")
                    + (associations.isEmpty() ? "" : ", only with " + String.join(", ", names()))
                    + ". Correct it; or have an administrator of the cluster add one: sacctmgr add user …");
        }
        boolean allowed = qosName.isEmpty() || own.get().qos().stream().anyMatch(qosName::equalsIgnoreCase);
        return allowed
                ? List.of()
                : List.of("account " + own.get().account() + " may not use QOS " + qosName
                        + " (slurm.qos, nightly.qos, or request.qos of the recipe), only "
                        + String.join(", ", own.get().qos())
                        + ". Correct it; or have an administrator of the cluster allow it: sacctmgr modify user … set"
                        + " qos+=" + qosName);
    }

    /** Why no job of this account and QOS may use the partition, and who can mend that; empty: it may. */
    public Optional<String> problem(Capabilities.Partition partition, String account, String qosName) {
        Optional<Association> own = association(partition.name(), account);
        String charged = own.map(Association::account).orElse(account);
        String jobQos =
                enforced ? own.map(association -> qosOf(association, qosName)).orElse(qosName) : qosName;
        return partition.access().problem(partition.name(), charged, jobQos);
    }

    /** The names of the accounts. */
    public Set<String> names() {
        Set<String> names = new TreeSet<>();
        associations.forEach(association -> names.add(association.account()));
        return names;
    }

    /** The association of a job: that of its account, one for its partition alone before one for all. */
    public Optional<Association> association(String partition, String account) {
        String wanted = account.isEmpty() ? defaultAccount : account;
        List<Association> own = associations.stream()
                .filter(association -> wanted.isEmpty() || association.account().equalsIgnoreCase(wanted))
                .toList();
        return own.stream()
                .filter(association -> !association.partition().isEmpty()
                        && association.partition().equals(partition))
                .findFirst()
                .or(() -> own.stream()
                        .filter(association -> association.partition().isEmpty())
                        .findFirst());
    }

    /** The QOS of a job that names this one, or none. */
    public String qosOf(Association association, String qosName) {
        String wanted = qosName.isEmpty() ? defaultQos : qosName;
        return !wanted.isEmpty() ? wanted : association.defaultQos().isEmpty() ? "normal" : association.defaultQos();
    }

    /**
     * The limits that count, each with its owner. A limit of the partition's QOS comes before the same limit of the job's
     * QOS, and this before those of the association and of the accounts above it, which all count; a QOS with the flag
     * OverPartQOS comes first (resource_limits.html).
     */
    public Map<Limit, String> limits(String partition, String partitionQos, String accountName, String qosName) {
        Map<Limit, String> limits = new LinkedHashMap<>();
        Optional<Association> own = association(partition, accountName);
        if (!limitsEnforced || own.isEmpty()) {
            return limits;
        }
        String jobQos = qosOf(own.get(), qosName);
        Qos none = new Qos(false, List.of());
        boolean jobFirst = qos.getOrDefault(jobQos, none).overPartition();
        Set<String> seen = new HashSet<>();
        for (String name : jobFirst ? List.of(jobQos, partitionQos) : List.of(partitionQos, jobQos)) {
            add(limits, seen, qos.getOrDefault(name, none).limits(), "QOS " + name);
        }
        String account = own.get().account();
        add(limits, new HashSet<>(seen), own.get().limits(), "account " + account);
        Set<String> walked = new HashSet<>();
        for (String name = account;
                groups.containsKey(name) && walked.add(name);
                name = groups.get(name).parent()) {
            add(limits, new HashSet<>(seen), groups.get(name).limits(), "account " + name);
        }
        return limits;
    }

    private static void add(Map<Limit, String> limits, Set<String> seen, List<Limit> more, String owner) {
        List<Limit> counting =
                more.stream().filter(limit -> !seen.contains(limit.key())).toList();
        counting.forEach(limit -> {
            limits.putIfAbsent(limit, owner);
            seen.add(limit.key());
        });
    }
}
