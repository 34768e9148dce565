package io.swath.submission;

import io.swath.cluster.Cluster;
import io.swath.cluster.Submitted;
import io.swath.cluster.Submitted.Reason;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Scene;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether the cluster has a batch that may have been sent.
 *
 * <p>The batch is looked up by its token after 5, 15, 30 and 60 seconds. If a lookup finds the job, the batch adopts it. If every
 * lookup found nothing, the cluster has refused the batch in words of its own ({@link Refusals}), and the batch is sent again
 * with the same token. Where a lookup is certain ({@link Cluster#findsForCertain}), one lookup is enough.
 *
 * <p>To be called from one thread.
 */
final class BatchLookups {
    private static final Logger log = LoggerFactory.getLogger(BatchLookups.class);
    private static final List<Duration> LOOKUPS =
            List.of(Duration.ofSeconds(5), Duration.ofSeconds(15), Duration.ofSeconds(30), Duration.ofSeconds(60));

    private final Ledger ledger;
    private final Cluster cluster;
    private final BatchFiles files;
    private final NightQuota night;
    private final Refusals refusals;
    private final Incidents incidents;
    private final Clock steady;
    /** The unclear answers of this process, by token, until the batch has been found or every lookup found nothing. */
    private final Map<String, Submitted.Ambiguous> unclear = new HashMap<>();

    BatchLookups(
            Ledger ledger,
            Cluster cluster,
            BatchFiles files,
            NightQuota night,
            Refusals refusals,
            Incidents incidents,
            Clock steady) {
        this.ledger = ledger;
        this.cluster = cluster;
        this.files = files;
        this.night = night;
        this.refusals = refusals;
        this.incidents = incidents;
        this.steady = steady;
    }

    /** To be called before a batch is sent: if Swath ends or the call fails, the batch counts as possibly sent. */
    void begin(Batch batch) {
        waitIn(BatchState.AMBIGUOUS, batch, 0, LOOKUPS.get(0));
    }

    /** The answer of the cluster does not say whether it has the batch. */
    void unclear(Scene scene, Batch batch, Submitted.Ambiguous ambiguous) {
        unclear.put(batch.token(), ambiguous);
        ledger.change(session -> session.unsentBatches().answered(batch.token(), ambiguous.what()));
        log.warn(
                "the answer to sbatch is unclear ({}); the batch is looked up before it is sent again batch={} scene={}",
                ambiguous.what(),
                batch.token(),
                scene.id());
    }

    /** Forgets what the cluster has answered about a batch that is not sent any more. */
    void forget(Batch batch) {
        unclear.remove(batch.token());
    }

    /** The cluster has the batch as this job. */
    void found(Batch batch, String jobId) {
        unclear.remove(batch.token());
        ledger.change(session -> session.batches().submitted(batch.token(), jobId, session.now()));
        log.info(
                "a batch is queued batch={} scene={} step={} tasks={} job={}",
                batch.token(),
                batch.sceneId(),
                batch.step(),
                batch.tasks(),
                jobId);
    }

    /**
     * Looks a batch up that may have been sent. If it was found, it is SUBMITTED afterwards.
     *
     * @return whether it was never accepted, and may be sent now; it is an INTENT afterwards
     * @throws io.swath.cluster.ClusterException when the cluster does not answer
     * @throws IOException when the batch's files cannot be looked at
     */
    boolean mayBeSentAgain(Scene scene, Batch batch) throws IOException {
        if (!files.written(batch)) { // a batch without a job script was never sent
            waitIn(BatchState.INTENT, batch, 0, Duration.ZERO);
            return true;
        }
        List<String> jobs =
                cluster.find(List.of(batch.token()), batch.createdAt()).getOrDefault(batch.token(), List.of());
        incidents.resolve("batches");
        if (!jobs.isEmpty()) {
            cancelDuplicates(batch, jobs);
            found(batch, jobs.get(0));
        } else if (!cluster.findsForCertain() && batch.attempts() + 1 < LOOKUPS.size()) {
            waitIn(BatchState.AMBIGUOUS, batch, batch.attempts() + 1, LOOKUPS.get(batch.attempts() + 1));
        } else {
            return mayBeSent(scene, batch);
        }
        return false;
    }

    /** Every lookup found nothing, so the batch was not accepted. */
    private boolean mayBeSent(Scene scene, Batch batch) {
        log.info(
                "no job of a batch is in the queue or in the accounting; the batch is sent again batch={} scene={}",
                batch.token(),
                scene.id());
        waitIn(BatchState.INTENT, batch, 0, Duration.ZERO);
        Submitted.Ambiguous answer = unclear.remove(batch.token());
        if (answer != null && answer.maybeTooMany()) {
            refusals.handle(scene, batch, answer.what(), Reason.TOO_MANY_TASKS, night.openTasks(ledger));
            return false;
        }
        return answer == null || refusals.refuseAfterLookups(batch, answer.what());
    }

    /** Keeps the first job of a batch, and cancels the others. */
    private void cancelDuplicates(Batch batch, List<String> jobs) {
        if (jobs.size() > 1) {
            List<String> duplicates = jobs.subList(1, jobs.size());
            log.warn(
                    "a batch has more than one job; the duplicate jobs are cancelled batch={} job={} duplicates={}",
                    batch.token(),
                    jobs.get(0),
                    duplicates);
            cluster.cancel(duplicates);
        }
    }

    /** Leaves a batch in a state; it is due again after the pause. */
    private void waitIn(BatchState state, Batch batch, int attempts, Duration pause) {
        ledger.change(session -> session.batches()
                .postpone(batch.token(), state, attempts, steady.instant().plus(pause)));
    }
}
