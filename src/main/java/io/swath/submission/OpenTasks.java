package io.swath.submission;

import io.swath.ledger.UnsentBatches.OpenRuns;
import java.util.List;
import java.util.function.Predicate;

/** The tasks that are open at one moment, as the ledger counts them. Immutable. */
record OpenTasks(List<OpenRuns> counts) {
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

    /**
     * All tasks that are in the cluster or wait to be sent. Refused batches do not count, because they may wait for a
     * person, and other scenes must not wait for them.
     */
    int planned() {
        return sum(runs -> !runs.refused());
    }

    int nightly() {
        return sum(runs -> runs.nightly() && !runs.refused());
    }

    /** Like {@link #planned()}, in a scope. */
    int planned(LimitScope scope) {
        return sum(runs -> !runs.refused() && in(scope, runs));
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
        return runs.partition().equals(scope.partition()) && runs.night() == scope.night();
    }
}
