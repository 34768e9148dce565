package io.swath.cluster;

import java.util.Set;

/**
 * Nodes that are kept for some users or accounts for a time, or for maintenance (scontrol(1)). Immutable.
 *
 * @param forUser whether Swath's user may name it, as far as users are listed
 * @param accounts which accounts may; a name after {@code -} may not. Empty: all
 * @param nodes the names of its nodes
 * @param text for people: what it is, and when
 */
public record Reservation(String name, boolean forUser, Set<String> accounts, Set<String> nodes, String text) {
    public Reservation {
        accounts = Set.copyOf(accounts);
        nodes = Set.copyOf(nodes);
    }

    /** Whether a job of Swath's user may name it. An unknown account is empty, and then only the user counts. */
    public boolean allows(String account) {
        return forUser && (account.isEmpty() || listed(accounts, account));
    }

    /** Whether a list of users or accounts of a reservation includes a name. */
    public static boolean listed(Set<String> names, String name) {
        boolean onlySome = names.stream().anyMatch(other -> !other.startsWith("-"));
        return !names.contains("-" + name) && (!onlySome || names.contains(name));
    }
}
