package io.swath.ledger;

import io.swath.model.LeadershipLostException;
import org.jdbi.v3.core.Handle;

/**
 * The row that records the leader: table {@code turn}, with the fencing token as its key {@code fence}.
 *
 * <p>On PostgreSQL, each transaction of the leader takes a shared lock on the row's key. A standby that becomes the
 * leader changes the key, so it waits for these transactions, and later transactions wait for the standby. A heartbeat
 * does not change the key, so it waits for no transaction. SQLite allows only one writer at a time and needs no such
 * lock.
 */
final class LeaderRow {
    private static final String SELECT = "select fence, holder, beat from turn";
    private final String selectAndLock;

    LeaderRow(boolean postgres) {
        selectAndLock = SELECT + (postgres ? " for key share" : "");
    }

    static Leader read(Handle handle) {
        return read(handle, SELECT);
    }

    private static Leader read(Handle handle, String query) {
        return handle.createQuery(query)
                .map((row, context) -> new Leader(row.getLong("fence"), row.getString("holder"), row.getLong("beat")))
                .one();
    }

    /**
     * Checks that the fencing token is still valid. Until the transaction ends, no other Swath can become the leader.
     *
     * @throws LeadershipLostException if the leadership has changed
     */
    void requireLeadership(Handle handle, long fencingToken) {
        Leader now = read(handle, selectAndLock);
        if (now.fencingToken() != fencingToken) {
            throw new LeadershipLostException((now.held() ? now.holder() : "another Swath")
                    + " is the leader (its fencing token is " + now.fencingToken() + ", that of this Swath is "
                    + fencingToken + ")");
        }
    }

    /** Changes the row only if it is still as {@code seen}. */
    static boolean becomeLeader(Handle handle, Leader seen, String holder) {
        return handle.execute(
                        "update turn set fence = fence + 1, holder = ?, beat = beat + 1 where fence = ? and beat = ?",
                        holder,
                        seen.fencingToken(),
                        seen.heartbeat())
                == 1;
    }

    static boolean heartbeat(Handle handle, long fencingToken) {
        return handle.execute("update turn set beat = beat + 1 where fence = ?", fencingToken) == 1;
    }

    static void stepDown(Handle handle, long fencingToken) {
        handle.execute("update turn set fence = fence + 1, holder = '', beat = beat + 1 where fence = ?", fencingToken);
    }
}
