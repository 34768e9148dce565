package io.swath.e2e;

import java.util.ArrayDeque;
import java.util.Deque;

/** Closes many things, the last one first, and all of them whatever happens to some. */
final class Cleanup implements AutoCloseable {
    private final Deque<AutoCloseable> actions = new ArrayDeque<>();

    /** To be closed before all that were given earlier. */
    void last(AutoCloseable action) {
        actions.push(action);
    }

    @Override
    public void close() {
        AssertionError failure = null;
        for (AutoCloseable action : actions) {
            try {
                action.close();
            } catch (Exception | AssertionError e) { // each is to have its turn
                failure = failure == null ? new AssertionError("not all could be cleaned up") : failure;
                failure.addSuppressed(e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
