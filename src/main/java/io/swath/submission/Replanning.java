package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Recipe;
import io.swath.model.Request;
import io.swath.model.Scene;
import java.util.List;

/**
 * Decides whether a batch that was written and not sent is still as it would be planned now. A limit, a setting or the
 * cluster may have changed, perhaps while Swath was down. Thread-safe.
 */
final class Replanning {
    private final Ledger ledger;
    private final Sizing sizing;
    private final TaskLimits limits;

    Replanning(Ledger ledger, Sizing sizing, TaskLimits limits) {
        this.ledger = ledger;
        this.sizing = sizing;
        this.limits = limits;
    }

    /**
     * Whether other batches have to take the batch's place.
     *
     * @param now what its tasks ask for now
     */
    boolean isOutdated(Scene scene, Batch batch, LearnedRequests.Sized now, Capabilities cluster) {
        int most = Math.max(1, Math.min(limits.most(LimitScope.of(scene, batch)), cluster.maxArraySize()));
        Request before = batch.request();
        Request same = now.request().withMemoryMiB(before.memoryMiB()).withTime(before.time());
        if (same.gpu().any() && before.gpu().any()) {
            same = same.withGpu(before.gpu());
        }
        return batch.tasks() > most
                || waitsForFailures(batch)
                || !same.asksForTheSame(before)
                || !avoidsAsMuch(before, now)
                || lacksTheNodes(scene, batch, now.request(), cluster);
    }

    /**
     * Whether a batch stays away from the nodes without which its tasks could not do with what they ask for now.
     *
     * @param before what the batch asks for
     */
    static boolean avoidsAsMuch(Request before, LearnedRequests.Sized now) {
        return before.excludedNodes().containsAll(now.request().excludedNodes());
    }

    /**
     * Whether the batch excludes all nodes that have what its tasks ask for now, and would not if it were planned now: the cluster
     * refuses it for ever.
     */
    private boolean lacksTheNodes(Scene scene, Batch batch, Request now, Capabilities cluster) {
        Request written = now.withExcludedNodes(batch.request().excludedNodes());
        return !everFits(scene, written, cluster) && everFits(scene, now, cluster);
    }

    /** See {@link Sizing#everFits}. */
    boolean everFits(Scene scene, Request request, Capabilities cluster) {
        return sizing.everFits(scene, request, cluster);
    }

    /**
     * The batch with as much memory, time and GPU as its tasks ask for by what is known now. Changes it in the ledger if that is
     * something else.
     */
    Batch resized(Batch batch, LearnedRequests.Sized now) {
        Request request = batch.request()
                .withMemoryMiB(now.request().memoryMiB())
                .withTime(now.request().time())
                .withGpu(now.request().gpu());
        if (request.asksForTheSame(batch.request())) {
            return batch;
        }
        String why = DeviceLanes.deviceWords(batch.why()) + now.why();
        ledger.change(session -> session.batches().resize(batch.token(), request, why));
        return batch.resized(request, why);
    }

    /**
     * Whether a batch before it has ended with failures. The cluster would cancel the tasks that can never start, or
     * would refuse the whole array once it has forgotten the job before.
     */
    private boolean waitsForFailures(Batch batch) {
        return batch.dependsOn().stream()
                .anyMatch(token -> ledger.read(session -> session.batches()
                                .find(token)
                                .filter(before -> before.state() == BatchState.DONE)
                                .isPresent()
                        && session.runs().failedCount(token) > 0));
    }

    /**
     * What the batch's tasks ask for by what is known now.
     *
     * @throws SizingException when no partition can give what the batch's step asks for
     */
    LearnedRequests.Sized requestNow(Scene scene, Batch batch, Recipe recipe, Capabilities cluster) {
        return ledger.read(session -> {
            List<Integer> tiles = session.runs().open(batch.token()).stream()
                    .map(run -> run.tile())
                    .toList();
            return new LearnedRequests(session, sizing, cluster)
                    .request(
                            scene, recipe, batch.stepIndex(), session.tiles().find(scene.id(), tiles), batch.perTask());
        });
    }
}
