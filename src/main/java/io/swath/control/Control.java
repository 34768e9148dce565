package io.swath.control;

import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.DeniedException;
import io.swath.health.FailingRows;
import io.swath.health.Incidents;
import io.swath.ledger.ControlRequests;
import io.swath.ledger.ControlRequests.Result;
import io.swath.ledger.Ledger;
import io.swath.model.LeadershipLostException;
import io.swath.storage.Storage;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Carries out the control requests in the ledger: cancel, hold, release, suspend, resume, retry.
 *
 * <p>A request is written into the ledger first and carried out later. When the cluster does not answer, the request
 * stays open and is retried. To be called from one thread.
 */
public final class Control {
    private static final String INCIDENT_PART = "control";

    private final Ledger ledger;
    private final Incidents incidents;
    private final FailingRows rows;
    private final SceneActions actions;
    private final LeftoverJobs leftoverJobs;

    /** @param steady a clock that never jumps */
    public Control(Ledger ledger, Cluster cluster, Storage storage, Incidents incidents, Clock steady) {
        this.ledger = ledger;
        this.incidents = incidents;
        this.rows = new FailingRows(
                incidents,
                steady,
                "control of ",
                "a control request cannot be carried out: ",
                List.of(ClusterException.class, LeadershipLostException.class));
        JobLookup jobs = new JobLookup(cluster);
        actions = new SceneActions(ledger, cluster, storage, jobs);
        leftoverJobs = new LeftoverJobs(ledger, cluster, jobs);
    }

    /**
     * Carries out all open requests, and cancels the jobs of scenes that have ended. A failure of the cluster is
     * reported as an incident.
     *
     * @return whether something was done that tracking should look at now
     */
    public boolean work() {
        List<String> failures = new ArrayList<>();
        boolean acted = carryOutRequests(failures);
        try {
            acted |= leftoverJobs.cancel();
        } catch (ClusterException e) {
            failures.add(e.getMessage());
        }
        if (failures.isEmpty()) {
            incidents.resolve(INCIDENT_PART);
        } else {
            incidents.report(INCIDENT_PART, failures.get(0));
        }
        return acted;
    }

    /** A scene's requests are carried out in their order, so later requests wait for a request that failed. */
    private boolean carryOutRequests(List<String> failures) {
        boolean acted = false;
        Set<String> waitingScenes = new HashSet<>();
        for (ControlRequests.Entry request :
                ledger.read(session -> session.controlRequests().open())) {
            String scene = request.sceneId();
            if (rows.isPaused(scene)) {
                waitingScenes.add(scene);
            }
            if (waitingScenes.contains(scene)) {
                continue;
            }
            try {
                boolean done = rows.attempt(scene, () -> carryOut(request));
                acted |= done;
                if (!done) {
                    waitingScenes.add(scene);
                }
            } catch (ClusterException e) {
                waitingScenes.add(scene);
                failures.add(e.getMessage());
            }
        }
        return acted;
    }

    private void carryOut(ControlRequests.Entry request) {
        try {
            Outcome outcome = actions.execute(request);
            ledger.change(session -> session.controlRequests().close(request.id(), outcome.result(), outcome.answer()));
        } catch (DeniedException e) {
            ledger.change(session -> {
                SceneActions.revert(session, request);
                session.controlRequests().close(request.id(), Result.REFUSED, e.getMessage());
            });
        }
    }
}
