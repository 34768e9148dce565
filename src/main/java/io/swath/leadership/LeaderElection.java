package io.swath.leadership;

import io.swath.app.Version;
import io.swath.health.Incidents;
import io.swath.ledger.Leader;
import io.swath.ledger.Ledger;
import io.swath.model.LeadershipLostException;
import io.swath.storage.Storage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
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
 * This program's turn to work on a ledger that it shares with others: takes it when nobody has it or when whoever has it
 * shows no life, shows life itself while it has it, and notices when it has lost it.
 *
 * <p>How long another has shown none is measured by this machine's own stopwatch, and only while the database answers; no
 * clock is compared with another. Whoever lives all the same finds out by the fence.
 *
 * <p>The fence's number also lies in a file on the storage, where the commands that change anything on the cluster look
 * at it. To be used from one thread.
 */
public final class LeaderElection implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LeaderElection.class);
    private static final Duration BEAT = Duration.ofSeconds(3);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration SILENCE = Duration.ofSeconds(15);
    private static final String PART = "turn";

    private final Ledger ledger;
    private final Path marker;
    private final Path own;
    private final String name;
    private final Incidents incidents;
    private final CompletableFuture<String> lost = new CompletableFuture<>();
    private final ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "turn");
        thread.setDaemon(true);
        return thread;
    });
    private volatile String currentLeader = "";
    private volatile Future<?> beating = CompletableFuture.completedFuture(null);
    private Leader seen;
    private long seenAt;

    /** @param state this program's own folder, which no other works with */
    LeaderElection(Ledger ledger, Storage storage, Path state, Incidents incidents) {
        this.ledger = ledger;
        this.marker = marker(storage);
        this.own = state.resolve("turn");
        this.name = host() + ":" + state;
        this.incidents = incidents;
    }

    /** The file on the storage that holds the fence's number. */
    public static Path marker(Storage storage) {
        return storage.root().resolve("work").resolve(".turn");
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unnamed host"; // the name is for people only
        }
    }

    /** Stands by until it is this one's turn; false: told to stop before. */
    boolean await(Future<?> stopped) throws InterruptedException {
        while (!mayTake() || !take()) {
            if (currentLeader.isEmpty() && seen != null) {
                currentLeader = holder(seen);
                log.info("Swath {} stands by: {} has the turn.", Version.TEXT, currentLeader);
            }
            if (ended(stopped, LOOK)) {
                return false;
            }
        }
        return true;
    }

    /** Takes the turn if nobody works; false as soon as somebody shows life. */
    boolean tryAcquire() throws InterruptedException {
        Leader first = ledger.leader();
        while (!mayTake() || !take()) {
            if (seen != null
                    && (seen.fencingToken() != first.fencingToken() || seen.heartbeat() != first.heartbeat())) {
                return false;
            }
            Thread.sleep(LOOK.toMillis());
        }
        return true;
    }

    private boolean mayTake() {
        Leader now;
        try {
            now = ledger.leader();
            incidents.resolve(PART);
        } catch (RuntimeException e) { // of whatever kind the database's failures are
            incidents.report(PART, "it cannot be seen whose turn it is: " + e.getMessage());
            seen = null; // nobody can show life while the database is away
            return false;
        }
        if (!now.equals(seen)) {
            seen = now;
            seenAt = System.nanoTime();
        }
        return !now.held() || wasOurs(now) || System.nanoTime() - seenAt > SILENCE.toNanos();
    }

    /** Whether a program that is dead now had it, because this one has its folder. */
    private boolean wasOurs(Leader now) {
        try {
            return Files.exists(own) && Files.readString(own).strip().equals(String.valueOf(now.fencingToken()));
        } catch (IOException e) {
            log.debug("{} cannot be read, so the turn has to time out", own, e);
            return false;
        }
    }

    private boolean take() {
        Leader before = seen;
        try {
            if (!ledger.becomeLeader(before, name)) {
                return false;
            }
        } catch (RuntimeException e) {
            incidents.report(PART, "the turn cannot be taken: " + e.getMessage());
            return false;
        }
        currentLeader = "";
        if (before.held()) {
            log.warn("{} showed no life: this Swath takes over. Nothing is lost.", holder(before));
        }
        remember();
        mark();
        beating = heart.scheduleWithFixedDelay(this::heartbeat, 0, BEAT.toMillis(), TimeUnit.MILLISECONDS);
        return true;
    }

    private void heartbeat() {
        try {
            if (!ledger.heartbeat()) {
                lose();
                return;
            }
            mark();
            incidents.resolve(PART);
        } catch (RuntimeException e) { // of whatever kind the database's failures are
            incidents.report(PART, "it cannot be shown that this Swath lives: " + e.getMessage());
        }
    }

    private void remember() {
        try {
            Storage.write(own, ledger.fencingToken() + "\n");
        } catch (IOException e) {
            log.warn("{} cannot be written, so after a crash the next start waits some seconds: {}", own, e.toString());
        }
    }

    /** Puts the number where it belongs, should it not be there (a storage that comes late, a taker who came late). */
    private void mark() {
        String number = String.valueOf(ledger.fencingToken());
        try {
            if (!Files.exists(marker) || !Files.readString(marker).strip().equals(number)) {
                ledger.guard(() -> {
                    Storage.write(marker, number + "\n");
                    return marker;
                });
            }
            incidents.resolve(PART + " on the storage");
        } catch (LeadershipLostException e) {
            log.debug("the next beat finds out", e);
        } catch (IOException | RuntimeException e) {
            incidents.report(
                    PART + " on the storage", marker + " cannot be written, so nothing is sent to the cluster: " + e);
        }
    }

    private void lose() {
        String other = holder(ledger.leader());
        beating.cancel(false);
        log.warn(
                "{} has the turn now, because this Swath showed no life for too long. It writes nothing more and stands"
                        + " by. Nothing is lost.",
                other);
        lost.complete(other);
    }

    private static String holder(Leader election) {
        return election.held() ? election.holder() : "nobody";
    }

    /** Whom this one stands by for; empty when it has the turn, or has not looked yet. */
    Optional<String> currentLeader() {
        return Optional.of(currentLeader).filter(other -> !other.isEmpty());
    }

    /** Done when the turn is lost: who has it. */
    CompletableFuture<String> lost() {
        return lost;
    }

    private static boolean ended(Future<?> stopped, Duration patience) throws InterruptedException {
        try {
            stopped.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("nobody completes it so", e);
        }
    }

    /** Gives the turn back, so that whoever stands by need not wait; to be called when nothing works any more. */
    @Override
    public void close() {
        heart.shutdownNow();
        if (ledger.fencingToken() == 0 || lost.isDone()) {
            return;
        }
        try {
            ledger.stepDown();
        } catch (RuntimeException e) {
            log.warn("The turn could not be given back; whoever stands by takes over all the same: {}", e.getMessage());
        }
    }
}
