package io.swath.cluster;

import java.util.Optional;
import java.util.Set;

/**
 * Who may use a partition (slurm.conf(5): AllowAccounts, DenyAccounts, AllowQos, DenyQos, AllowGroups, RootOnly, ReqResv).
 * Immutable.
 *
 * @param qos the QOS whose limits hold for all jobs of the partition; empty: none
 * @param accounts which accounts may use it
 * @param qualities which QOS jobs may have in it
 * @param closedTo why Swath's user may not use it, whatever its account; empty: it may
 * @param needsReservation whether jobs must name a reservation
 */
public record PartitionAccess(String qos, Names accounts, Names qualities, String closedTo, boolean needsReservation) {
    /** Everybody may. */
    public static final PartitionAccess ALL = new PartitionAccess("", Names.ALL, Names.ALL, "", false);

    /**
     * Which names are allowed.
     *
     * @param allowed empty: all
     * @param denied counts only where all are allowed
     */
    public record Names(Set<String> allowed, Set<String> denied) {
        public static final Names ALL = new Names(Set.of(), Set.of());

        public Names {
            allowed = Set.copyOf(allowed);
            denied = Set.copyOf(denied);
        }

        /** Slurm compares such names without regard to case. */
        boolean allow(String name) {
            return allowed.isEmpty()
                    ? denied.stream().noneMatch(name::equalsIgnoreCase)
                    : allowed.stream().anyMatch(name::equalsIgnoreCase);
        }

        private String rule(String allow, String deny) {
            return allowed.isEmpty()
                    ? deny + "=" + String.join(",", denied.stream().sorted().toList())
                    : allow + "=" + String.join(",", allowed.stream().sorted().toList());
        }
    }

    /**
     * Why no job of this account and QOS may use the partition, and who can mend that; empty: it may.
     *
     * @param partition its name
     * @param account empty: not known, so nothing is said about it
     * @param qosName empty: not known
     */
    public Optional<String> problem(String partition, String account, String qosName) {
        if (!closedTo.isEmpty()) {
            return Optional.of("partition " + partition + " is not open to Swath's user: " + closedTo
                    + ". Name another partition; or have an administrator of the cluster open it");
        }
        if (!account.isEmpty() && !accounts.allow(account)) {
            return Optional.of("account " + account + " may not use partition " + partition + ", which has "
                    + accounts.rule("AllowAccounts", "DenyAccounts")
                    + ". Name another account or partition; or have an administrator of the cluster allow it: scontrol"
                    + " update partitionname=" + partition + " allowaccounts=…");
        }
        if (!qosName.isEmpty() && !qualities.allow(qosName)) {
            return Optional.of("partition " + partition + " does not take jobs of QOS " + qosName + ", because it has "
                    + qualities.rule("AllowQos", "DenyQos")
                    + ". Name another QOS or partition; or have an administrator of the cluster allow it: scontrol"
                    + " update partitionname=" + partition + " allowqos=…");
        }
        return Optional.empty();
    }
}
