package io.swath.submission;

import io.swath.cluster.Submitted.Reason;
import io.swath.health.GrowingPause;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.ledger.UnsentBatches.Refused;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Request;
import io.swath.model.Scene;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What follows when the cluster refuses a batch: it is sent again after a pause that grows, it is replaced by smaller
 * batches, its tiles fail if it is a retry that asks for too much, or its scene fails. To be used from one thread.
 *
 * <p>Each refused batch is an incident of its own, from the first refusal until the batch is accepted or withdrawn.
 */
final class Refusals {
    /** Pauses before a refused batch is sent again: each is twice as long as the one before. */
    enum Pause {
        /** For what ends by itself: a limit that is reached, a file that a login node sees late. */
        SHORT(Duration.ofSeconds(15), Duration.ofMinutes(5)),
        /** For what a person has to change. */
        LONG(Duration.ofMinutes(1), Duration.ofMinutes(15));

        private final Duration first;
        private final Duration longest;

        Pause(Duration first, Duration longest) {
            this.first = first;
            this.longest = longest;
        }

        Duration after(int refusals) {
            return new GrowingPause(first, longest).after(Math.max(1, refusals));
        }
    }

    private static final String PART = "batch ";
    /** Swath's own tasks may fill a limit of all partitions together. They end, so a task waits this long for them. */
    private static final Duration OWN_TASKS_END = Duration.ofMinutes(10);

    private static final Logger log = LoggerFactory.getLogger(Refusals.class);

    private final Ledger ledger;
    private final TaskLimits limits;
    private final Incidents incidents;
    private final Clock steady;
    /** The parts of the incidents that are open. */
    private Set<String> shown = Set.of();

    Refusals(Ledger ledger, TaskLimits limits, Incidents incidents, Clock steady) {
        this.ledger = ledger;
        this.limits = limits;
        this.incidents = incidents;
        this.steady = steady;
    }

    /**
     * Handles a refusal.
     *
     * @param open the tasks that were open when the cluster refused
     */
    void handle(Scene scene, Batch batch, String why, Reason reason, OpenTasks open) {
        switch (reason) {
            case TOO_MANY_TASKS -> tooManyTasks(scene, batch, why, open);
            case TASK_TOO_LARGE -> tooLarge(scene, batch, why);
            case NOT_NOW -> refuse(batch, why, Pause.SHORT);
            case NOT_ALLOWED -> refuse(batch, why, Pause.LONG);
        }
    }

    private void tooLarge(Scene scene, Batch planned, String why) {
        Batch batch = ledger.read(session -> session.batches().find(planned.token()))
                .orElse(planned); // as it was sized when it was sent
        Request request = batch.request();
        String refused = "a task asks for " + request.cpus() + " CPUs, " + request.memoryMiB() + " MiB and "
                + request.time().toSeconds() + " s in partition " + request.partition()
                + ", and the cluster does not allow that: " + why;
        if (!RefusedRetries.fail(ledger, scene, batch, refused)) {
            SceneFailure.fail(
                    ledger,
                    scene,
                    "step " + batch.step() + ": " + refused + ". Ask for less in the recipe, or have the limit raised");
        }
    }

    private void tooManyTasks(Scene scene, Batch batch, String why, OpenTasks open) {
        LimitScope scope = LimitScope.of(scene, batch);
        limits.refused(scope, open, batch.tasks());
        if (batch.tasks() > 1) {
            log.info(
                    "the cluster does not accept a batch with this many tasks ({}); Swath sends smaller ones batch={}"
                            + " scene={} tasks={}",
                    why,
                    batch.token(),
                    scene.id(),
                    batch.tasks());
            withdraw(batch);
        } else if (open.inCluster() > 0 && limits.fullFor(scope).compareTo(OWN_TASKS_END) < 0) {
            ledger.change(session -> session.unsentBatches().answered(batch.token(), why));
            postpone(batch, Pause.SHORT.after(1));
        } else {
            refuse(batch, why, Pause.SHORT);
        }
    }

    /** Counts a refusal. The batch is due again after a pause that grows with the number of refusals. */
    void refuse(Batch batch, String why, Pause pause) {
        ledger.change(session -> session.unsentBatches().refuse(batch.token(), why));
        postpone(batch, pause.after(refusals(batch)));
    }

    /**
     * Counts an unclear answer after which no job of the batch exists: the cluster has refused the batch in words that
     * Swath does not know.
     *
     * @return whether the batch is to be sent again at once, because it is the first time
     */
    boolean refuseAfterLookups(Batch batch, String why) {
        ledger.change(session -> session.unsentBatches().refuse(batch.token(), why));
        int refusals = refusals(batch);
        postpone(batch, refusals > 1 ? Pause.LONG.after(refusals - 1) : Duration.ZERO);
        return refusals == 1;
    }

    /**
     * Withdraws a batch that is certainly not in the cluster, so that its tiles are submitted in other batches. While a
     * batch that waits for it may be in the cluster, both stay.
     */
    void withdraw(Batch batch) {
        boolean withdrawn = ledger.write(session -> session.unsentBatches().withdraw(batch));
        if (!withdrawn) {
            postpone(batch, Pause.SHORT.after(1));
        }
    }

    /** Opens the incidents of the batches that are refused now, and ends the others. */
    void showIncidents() {
        List<Refused> refused = ledger.read(session -> session.unsentBatches().refused());
        Set<String> now = new HashSet<>();
        for (Refused batch : refused) {
            String part = PART + batch.token();
            now.add(part);
            incidents.report(
                    part,
                    "step " + batch.step() + " of scene " + batch.sceneId() + " (" + batch.size()
                            + (batch.size() == 1 ? " task" : " tasks") + ") was refused "
                            + (batch.refusals() == 1 ? "once" : batch.refusals() + " times")
                            + " since " + batch.since() + ": " + batch.why(),
                    batch.since());
        }
        shown.stream().filter(part -> !now.contains(part)).forEach(incidents::resolve);
        shown = now;
    }

    int refusals(Batch batch) {
        return ledger.read(session -> session.unsentBatches().refusals(batch.token()));
    }

    private void postpone(Batch batch, Duration pause) {
        ledger.change(session -> session.batches()
                .postpone(batch.token(), BatchState.INTENT, 0, steady.instant().plus(pause)));
    }
}
