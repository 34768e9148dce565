package io.swath.leadership;

import io.swath.health.Incidents;
import io.swath.ledger.Leader;
import io.swath.ledger.Ledger;
import io.swath.model.LeadershipLostException;
import io.swath.storage.Storage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Elects one leader among the Swaths that share a ledger. This Swath becomes the leader when there is none, or when the
 * leader's heartbeat stops. As the leader it sends heartbeats, and notices when another Swath has become the leader.
 *
 * <p>The age of a heartbeat is measured by this machine's own stopwatch, and only while the database answers. No clock is
 * compared with the clock of another machine. A leader that was only paused is stopped by the fencing token.
 *
 * <p>The fencing token also lies in a file on the storage. Commands that change the cluster compare their token with it.
 *
 * <p>To be used from one thread, except {@link #leaderElsewhere} and {@link #lost}.
 */
final class LeaderElection implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LeaderElection.class);
    private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(3);
    private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);
    private static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(15);
    private static final String INCIDENT = "leadership";
    private static final String MARKER_INCIDENT = "fencing token on the storage";

    private final Ledger ledger;
    private final FencingMarker marker;
    private final FencingMarker ownToken;
    private final String name;
    private final String version;
    private final Incidents incidents;
    private final CompletableFuture<String> lost = new CompletableFuture<>();
    private final ScheduledExecutorService heartbeats = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "leadership");
        thread.setDaemon(true);
        return thread;
    });
    private volatile String leaderElsewhere = "";
    private volatile Future<?> heartbeat = CompletableFuture.completedFuture(null);
    private Leader lastSeen;
    private long lastSeenNanos;

    /**
     * @param state this program's own folder, which no other program uses
     * @param version of this program, for the log
     */
    LeaderElection(Ledger ledger, Storage storage, Path state, String version, Incidents incidents) {
        this.ledger = ledger;
        this.marker = FencingMarker.of(storage);
        this.ownToken = FencingMarker.of(state);
        this.name = hostName() + ":" + state;
        this.version = version;
        this.incidents = incidents;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unnamed host"; // the name is for people only
        }
    }

    /** Stands by until this Swath is the leader. Returns false when {@code stopped} is done first. */
    boolean await(Future<?> stopped) throws InterruptedException {
        while (!mayBecomeLeader() || !becomeLeader()) {
            if (leaderElsewhere.isEmpty() && lastSeen != null) {
                leaderElsewhere = nameOf(lastSeen);
                log.info("Swath {} stands by: {} is the leader.", version, leaderElsewhere);
            }
            if (isDoneWithin(stopped, POLL_INTERVAL)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Waits until this Swath becomes the leader, and returns true; or until another leader sends a heartbeat, and
     * returns false.
     */
    boolean tryAcquire() throws InterruptedException {
        Leader first = ledger.leader();
        while (!mayBecomeLeader() || !becomeLeader()) {
            if (lastSeen != null
                    && (lastSeen.fencingToken() != first.fencingToken() || lastSeen.heartbeat() != first.heartbeat())) {
                return false;
            }
            Thread.sleep(POLL_INTERVAL.toMillis());
        }
        return true;
    }

    private boolean mayBecomeLeader() {
        Leader now;
        try {
            now = ledger.leader();
            incidents.resolve(INCIDENT);
        } catch (RuntimeException e) { // the database's failures have no common type
            incidents.report(INCIDENT, "the ledger cannot be read to see which Swath is the leader: " + e.getMessage());
            lastSeen = null; // no leader can send a heartbeat while the database is unavailable
            return false;
        }
        if (!now.equals(lastSeen)) {
            lastSeen = now;
            lastSeenNanos = System.nanoTime();
        }
        return !now.held() || wasOurs(now) || System.nanoTime() - lastSeenNanos > HEARTBEAT_TIMEOUT.toNanos();
    }

    /**
     * Whether the leader was an earlier program with this state folder. That program has ended, because this program
     * has the lock.
     */
    private boolean wasOurs(Leader now) {
        try {
            return ownToken.holds(now.fencingToken());
        } catch (IOException e) {
            log.debug("{} cannot be read, so the earlier leadership has to time out", ownToken, e);
            return false;
        }
    }

    private boolean becomeLeader() {
        Leader before = lastSeen;
        try {
            if (!ledger.becomeLeader(before, name)) {
                return false;
            }
        } catch (RuntimeException e) { // the database's failures have no common type
            incidents.report(INCIDENT, "this Swath cannot become the leader: " + e.getMessage());
            return false;
        }
        leaderElsewhere = "";
        if (before.held()) {
            log.warn(
                    "The former leader, {}, sent no heartbeat: this Swath is the leader now. Nothing is lost."
                            + " fencingToken={}",
                    nameOf(before),
                    ledger.fencingToken());
        }
        rememberToken();
        publishToken();
        heartbeat = heartbeats.scheduleWithFixedDelay(
                this::sendHeartbeat, 0, HEARTBEAT_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        return true;
    }

    private void sendHeartbeat() {
        try {
            if (!ledger.heartbeat()) {
                loseLeadership();
                return;
            }
            publishToken();
            incidents.resolve(INCIDENT);
        } catch (RuntimeException e) { // the database's failures have no common type
            incidents.report(INCIDENT, "this Swath cannot send its heartbeat to the ledger: " + e.getMessage());
        }
    }

    private void rememberToken() {
        try {
            ownToken.write(ledger.fencingToken());
        } catch (IOException e) {
            log.warn(
                    "{} cannot be written ({}). Nothing is lost; after a crash the next start waits {} s.",
                    ownToken,
                    e.toString(),
                    HEARTBEAT_TIMEOUT.toSeconds());
        }
    }

    /**
     * Writes the token to the storage unless it is there. The storage may be mounted late, and a former leader may
     * write late.
     */
    private void publishToken() {
        try {
            if (!marker.holds(ledger.fencingToken())) {
                ledger.guard(() -> {
                    marker.write(ledger.fencingToken());
                    return marker;
                });
            }
            incidents.resolve(MARKER_INCIDENT);
        } catch (LeadershipLostException e) {
            log.debug("the next heartbeat finds out", e);
        } catch (IOException | RuntimeException e) {
            incidents.report(MARKER_INCIDENT, marker + " cannot be written, so nothing is sent to the cluster: " + e);
        }
    }

    private void loseLeadership() {
        String leader = nameOf(ledger.leader());
        heartbeat.cancel(false);
        log.warn(
                "{} is the leader now, because this Swath sent no heartbeat for too long. This Swath writes nothing more"
                        + " and stands by. Nothing is lost.",
                leader);
        lost.complete(leader);
    }

    private static String nameOf(Leader leader) {
        return leader.held() ? leader.holder() : "no Swath";
    }

    /** The leader while this Swath stands by. Empty: this Swath is the leader, or has not looked yet. */
    Optional<String> leaderElsewhere() {
        return Optional.of(leaderElsewhere).filter(leader -> !leader.isEmpty());
    }

    /** Done when this Swath has lost leadership, with the name of the new leader. */
    CompletableFuture<String> lost() {
        return lost;
    }

    private static boolean isDoneWithin(Future<?> future, Duration limit) throws InterruptedException {
        try {
            future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a stop cannot fail", e);
        }
    }

    /** Gives up leadership, so that a standby need not wait. To be called when no stage works any more. */
    @Override
    public void close() {
        heartbeats.shutdownNow();
        if (ledger.fencingToken() == 0 || lost.isDone()) {
            return;
        }
        try {
            ledger.stepDown();
        } catch (RuntimeException e) { // the database's failures have no common type
            log.warn(
                    "Leadership could not be given up ({}). Nothing is lost; a standby takes over after {} s.",
                    e.getMessage(),
                    HEARTBEAT_TIMEOUT.toSeconds());
        }
    }
}
