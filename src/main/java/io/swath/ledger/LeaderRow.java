package io.swath.ledger;

import io.swath.model.LeadershipLostException;
import org.jdbi.v3.core.Handle;

/**
 * The row that tells whose turn it is.
 *
 * <p>On PostgreSQL the worker's transactions share a lock on the row's key, which is the fence: taking the turn waits for
 * them, and they wait for it. A beat changes no key, so it waits for neither. SQLite has one writer at a time anyway.
 */
final class LeaderRow {
    private final String held;

    LeaderRow(boolean postgres) {
        held = "select fence, holder, beat from turn" + (postgres ? " for key share" : "");
    }

    static Leader look(Handle handle) {
        return read(handle, "select fence, holder, beat from turn");
    }

    private static Leader read(Handle handle, String query) {
        return handle.createQuery(query)
                .map((row, context) -> new Leader(row.getLong("fence"), row.getString("holder"), row.getLong("beat")))
                .one();
    }

    /** Keeps the turn from being taken until the transaction ends; throws where it has been. */
    void hold(Handle handle, long fencingToken) {
        Leader now = read(handle, held);
        if (now.fencingToken() != fencingToken) {
            throw new LeadershipLostException((now.held() ? now.holder() : "another Swath") + " has the turn (fence "
                    + now.fencingToken() + ", here " + fencingToken + ")");
        }
    }

    /** Compare and set. */
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
