package io.swath.ledger;

/**
 * Whose turn it is to work on a ledger that several Swaths share.
 *
 * @param fencingToken grows whenever the turn changes hands; 0 before the first had it
 * @param holder who has it, for people; empty: nobody
 * @param heartbeat grows every few seconds while its holder lives
 */
public record Leader(long fencingToken, String holder, long heartbeat) {
    /** Whether somebody has it, dead or alive. */
    public boolean held() {
        return !holder.isEmpty();
    }
}
