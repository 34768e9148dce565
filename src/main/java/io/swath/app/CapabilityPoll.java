package io.swath.app;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.health.Incidents;
import io.swath.model.Recipe;
import io.swath.submission.PlacementCheck;
import io.swath.submission.Sizing;
import io.swath.submission.SizingException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Asks the cluster every minute what it offers, so that no scene and no stage waits for the answer. Thread-safe. */
final class CapabilityPoll implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofMinutes(1);

    private final Sizing sizing;
    private final PlacementCheck placement;
    private final Incidents incidents;
    private volatile Capabilities capabilities;
    private Thread thread;

    CapabilityPoll(Sizing sizing, PlacementCheck placement, Incidents incidents) {
        this.sizing = sizing;
        this.placement = placement;
        this.incidents = incidents;
    }

    /** What the cluster offered at the last answer; empty before the first. */
    Optional<Capabilities> latest() {
        return Optional.ofNullable(capabilities);
    }

    /** What the cluster lacks or forbids for a recipe. Empty when it lacks nothing, or when it has not answered yet. */
    String problem(Recipe recipe) {
        Capabilities known = capabilities;
        if (known == null) {
            return "";
        }
        try {
            return sizing.firstRequests(recipe, known).entrySet().stream()
                    .flatMap(step -> placement.problems(step.getValue(), false, known).stream()
                            .map(problem -> file(recipe) + "step " + step.getKey() + ": " + problem + "."))
                    .findFirst()
                    .orElse("");
        } catch (SizingException e) {
            return file(recipe) + e.getMessage() + ".";
        }
    }

    private static String file(Recipe recipe) {
        return recipe.folder().resolve("recipe.yaml") + ": ";
    }

    /** Starts to ask. To be called once. */
    synchronized void start(Cluster cluster) {
        thread = new Thread(
                () -> {
                    while (!Thread.currentThread().isInterrupted()) {
                        poll(cluster);
                        LockSupport.parkNanos(INTERVAL.toNanos());
                    }
                },
                "capability-poll");
        thread.setDaemon(true);
        thread.start();
    }

    private void poll(Cluster cluster) {
        try {
            capabilities = cluster.capabilities();
            incidents.resolve("cluster");
        } catch (ClusterException e) {
            incidents.report("cluster", e.getMessage());
        }
        cluster.overload()
                .ifPresentOrElse(
                        what -> incidents.report("commands to the cluster", what),
                        () -> incidents.resolve("commands to the cluster"));
    }

    @Override
    public synchronized void close() {
        if (thread != null) {
            thread.interrupt();
        }
    }
}
