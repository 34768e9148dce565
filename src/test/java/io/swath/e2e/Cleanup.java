package io.swath.e2e;

import java.util.ArrayDeque;
import java.util.Deque;

/** Closes several resources, the last added first. If one fails, the others are closed all the same. */
final class Cleanup implements AutoCloseable {
    private final Deque<AutoCloseable> actions = new ArrayDeque<>();

    /** Adds a resource, which is closed before all earlier ones. */
    void add(AutoCloseable action) {
        actions.push(action);
    }

    @Override
    public void close() {
        AssertionError failure = null;
        for (AutoCloseable action : actions) {
            try {
                action.close();
            } catch (Exception | AssertionError e) { // the other actions must still run
                failure = failure == null ? new AssertionError("not everything could be cleaned up") : failure;
                failure.addSuppressed(e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
