package io.swath.ledger;

import io.swath.model.TurnLostException;
import org.jdbi.v3.core.Handle;

/**
 * The row that tells whose turn it is.
 *
 * <p>On PostgreSQL the worker's transactions share a lock on the row's key, which is the fence: taking the turn waits for
 * them, and they wait for it. A beat changes no key, so it waits for neither. SQLite has one writer at a time anyway.
 */
final class Turns {
    private final String held;

    Turns(boolean postgres) {
        held = "select fence, holder, beat from turn" + (postgres ? " for key share" : "");
    }

    static Turn look(Handle handle) {
        return read(handle, "select fence, holder, beat from turn");
    }

    private static Turn read(Handle handle, String query) {
        return handle.createQuery(query)
                .map((row, context) -> new Turn(row.getLong("fence"), row.getString("holder"), row.getLong("beat")))
                .one();
    }

    /** Keeps the turn from being taken until the transaction ends; throws where it has been. */
    void hold(Handle handle, long fence) {
        Turn now = read(handle, held);
        if (now.fence() != fence) {
            throw new TurnLostException((now.held() ? now.holder() : "another Swath") + " has the turn (fence "
                    + now.fence() + ", here " + fence + ")");
        }
    }

    /** Compare and set. */
    static boolean take(Handle handle, Turn seen, String holder) {
        return handle.execute(
                        "update turn set fence = fence + 1, holder = ?, beat = beat + 1 where fence = ? and beat = ?",
                        holder,
                        seen.fence(),
                        seen.beat())
                == 1;
    }

    static boolean beat(Handle handle, long fence) {
        return handle.execute("update turn set beat = beat + 1 where fence = ?", fence) == 1;
    }

    static void giveBack(Handle handle, long fence) {
        handle.execute("update turn set fence = fence + 1, holder = '', beat = beat + 1 where fence = ?", fence);
    }
}
