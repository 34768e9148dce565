package io.swath.app;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.health.Incidents;
import io.swath.model.Recipe;
import io.swath.submission.Sizing;
import io.swath.submission.SizingException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Asks the cluster what it offers, now and again: so that no scene need wait for it, and no stage. Thread-safe. */
final class CapabilityPoll implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofMinutes(1);

    private final Sizing sizing;
    private final Incidents incidents;
    private volatile Capabilities offered;
    private Thread thread;

    CapabilityPoll(Sizing sizing, Incidents incidents) {
        this.sizing = sizing;
        this.incidents = incidents;
    }

    /** What a recipe asks for that the cluster does not have; empty when all is well, or when nobody can tell yet. */
    String rejected(Recipe recipe) {
        Capabilities offer = offered;
        if (offer == null) {
            return "";
        }
        try {
            sizing.check(recipe, offer);
            return "";
        } catch (SizingException e) {
            return recipe.folder().resolve("recipe.yaml") + ": " + e.getMessage() + ".";
        }
    }

    /** Begins to ask; once. */
    synchronized void begin(Cluster cluster) {
        thread = new Thread(
                () -> {
                    while (!Thread.currentThread().isInterrupted()) {
                        ask(cluster);
                        LockSupport.parkNanos(INTERVAL.toNanos());
                    }
                },
                "survey");
        thread.setDaemon(true);
        thread.start();
    }

    private void ask(Cluster cluster) {
        try {
            offered = cluster.capabilities();
            incidents.resolve("cluster");
        } catch (ClusterException e) {
            incidents.report("cluster", e.getMessage());
        }
    }

    @Override
    public synchronized void close() {
        if (thread != null) {
            thread.interrupt();
        }
    }
}
