package io.swath.ledger;

/**
 * The leader of a ledger that several Swaths share. Immutable.
 *
 * @param fencingToken grows each time the leadership changes; 0 before the first leader
 * @param holder the leader's name, for people; empty if there is no leader
 * @param heartbeat a counter that grows every few seconds while the leader works
 */
public record Leader(long fencingToken, String holder, long heartbeat) {
    /** Whether there is a leader. It may have been killed since its last heartbeat. */
    public boolean held() {
        return !holder.isEmpty();
    }
}
