package io.swath.cluster;

import java.util.Set;

/**
 * Nodes that are kept for some users or accounts for a time, or for maintenance (scontrol(1)). Immutable.
 *
 * @param users who may use it; a name after {@code -} may not. Empty: decided by {@code accounts} alone
 * @param accounts likewise
 * @param nodes the names of its nodes
 * @param text for people: what it is, and when
 */
public record Reservation(String name, Set<String> users, Set<String> accounts, Set<String> nodes, String text) {
    public Reservation {
        users = Set.copyOf(users);
        accounts = Set.copyOf(accounts);
        nodes = Set.copyOf(nodes);
    }

    /** Whether a job of this user and account may name it. An unknown account is empty, and then nothing is forbidden. */
    public boolean allows(String user, String account) {
        boolean denied = users.contains("-" + user) || accounts.contains("-" + account);
        boolean listed = users.contains(user) || accounts.contains(account);
        boolean onlySome = users.stream().anyMatch(Reservation::grants)
                || accounts.stream().anyMatch(Reservation::grants);
        boolean unknown = account.isEmpty() && accounts.stream().anyMatch(Reservation::grants);
        return !denied && (!onlySome || listed || unknown);
    }

    private static boolean grants(String name) {
        return !name.startsWith("-");
    }
}
