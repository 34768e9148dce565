package io.swath.submission;

import io.swath.ledger.UnsentBatches.OpenRuns;
import io.swath.model.Priority;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The tasks that are open at one moment, as the ledger counts them. Immutable.
 *
 * @param isNight whether it is night: only then are tasks of the nightly reprocessing sent
 */
record OpenTasks(List<OpenRuns> counts, boolean isNight) {
    OpenTasks {
        counts = List.copyOf(counts);
    }

    /** All tasks that the cluster has, or may have. */
    int inCluster() {
        return sum(OpenRuns::sent);
    }

    /** The tasks of a scope that the cluster has, or may have. */
    int inCluster(LimitScope scope) {
        return sum(runs -> runs.sent() && in(scope, runs));
    }

    /** The tasks of each scope that the cluster has, or may have. */
    Map<LimitScope, Integer> inClusterByScope() {
        return counts.stream()
                .filter(OpenRuns::sent)
                .collect(Collectors.groupingBy(OpenTasks::scope, Collectors.summingInt(OpenRuns::runs)));
    }

    /**
     * All tasks that are in the cluster or are about to be sent. Refused batches, and unsent batches of scenes that are
     * paused, may wait for a person. They do not count, because other scenes must not wait for them.
     */
    int planned() {
        return sum(this::isPlanned);
    }

    int nightly() {
        return sum(runs -> runs.nightly() && isPlanned(runs));
    }

    private boolean isPlanned(OpenRuns runs) {
        boolean paused = runs.paused() || (runs.nightly() && !isNight);
        return !runs.refused() && (runs.sent() || !paused);
    }

    /** Like {@link #planned()}, in a scope. */
    int planned(LimitScope scope) {
        return sum(runs -> isPlanned(runs) && in(scope, runs));
    }

    /** Like {@link #planned()}, in a partition. */
    int planned(String partition) {
        return sum(runs -> isPlanned(runs) && runs.partition().equals(partition));
    }

    /**
     * The tasks in a partition that may run before a scene of this priority, those of its own priority included. Tasks of
     * scenes that are held or suspended count only while they run.
     */
    int before(Priority priority, String partition) {
        return counts.stream()
                .filter(runs ->
                        runs.partition().equals(partition) && runs.priority().compareTo(priority) <= 0)
                .filter(this::isPlanned)
                .mapToInt(runs -> runs.paused() ? runs.running() : runs.runs())
                .sum();
    }

    /** The tasks of a recipe's step in a partition. */
    int ofStep(String recipe, String step, String partition) {
        return sum(runs -> isPlanned(runs)
                && runs.partition().equals(partition)
                && runs.recipe().equals(recipe)
                && runs.step().equals(step));
    }

    /** The tasks that run in a partition. */
    int running(String partition) {
        return counts.stream()
                .filter(runs -> runs.partition().equals(partition))
                .mapToInt(OpenRuns::running)
                .sum();
    }

    /** The number of refused batches in a scope. */
    int refusedBatches(LimitScope scope) {
        return counts.stream()
                .filter(runs -> runs.refused() && in(scope, runs))
                .mapToInt(OpenRuns::batches)
                .sum();
    }

    private int sum(Predicate<OpenRuns> which) {
        return counts.stream().filter(which).mapToInt(OpenRuns::runs).sum();
    }

    private static boolean in(LimitScope scope, OpenRuns runs) {
        return scope.equals(scope(runs));
    }

    private static LimitScope scope(OpenRuns runs) {
        return new LimitScope(runs.partition(), runs.priority() == Priority.NIGHT);
    }
}
