package io.swath.arrival.station;

import io.swath.arrival.CopyPolicy;
import io.swath.arrival.RecipeCheck;
import io.swath.arrival.SceneFinder;
import io.swath.arrival.UnpackedArchives;
import io.swath.arrival.station.LookResult.Finish;
import io.swath.arrival.station.LookResult.Reject;
import io.swath.arrival.station.LookResult.StorageFailed;
import io.swath.arrival.station.LookResult.Take;
import io.swath.arrival.station.LookResult.Wait;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.Announcement;
import io.swath.model.Rejection;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.storage.Storage;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage that accepts announced scenes when their files are complete: {@link #due}, then {@link #look} at each, then
 * {@link #more}.
 *
 * <p>It works in chunks, so memory does not grow with the number of announcements. It looks again at a scene that is
 * missing or still changing, less and less often, until its time is up. Time in which Swath does not run or the storage
 * does not answer does not count. Call every method from the same thread.
 */
public final class Pickup {
    private static final Logger log = LoggerFactory.getLogger(Pickup.class);
    private static final String INCIDENT = "announced scenes";
    private static final String LEFTOVERS = "scenes/.announced";
    private static final int CHUNK = 200;
    /** Between two looks for what interrupted copies left. */
    private static final Duration TIDY_PAUSE = Duration.ofMinutes(10);
    /** The longest time that one cycle adds to the station clock, even when the last cycle was longer ago. */
    private static final Duration LONGEST_CYCLE = Duration.ofSeconds(5);

    private final Ledger ledger;
    private final Storage storage;
    private final SceneLook sceneLook;
    private final AnnouncementIntake intake;
    private final WaitRules waitRules;
    private final Incidents incidents;
    private final Clock clock;
    private final Clock steady;
    private Optional<Instant> lastCycle = Optional.empty();
    private Instant nextTidy = Instant.MIN;
    /** The station clock in this cycle, in milliseconds. */
    private long stationTime;
    /**
     * Results that are written later in one transaction. If they are lost, Swath looks once more at each announcement.
     */
    private final List<Announcement> unwritten = new ArrayList<>();
    /** Messages whose last look failed because of the storage. */
    private final Set<String> failed = new HashSet<>();

    /**
     * Looks at the scenes that stations announced.
     *
     * @param patience how long an announced scene may be missing
     * @param settle how long a scene that came without a checksum must stand still
     * @param copy when the files are copied
     * @param clock the wall clock
     * @param steady a clock that only runs forward
     */
    public Pickup(
            Ledger ledger,
            Storage storage,
            RecipeBook recipes,
            RecipeCheck recipeCheck,
            AllowedPaths allowedPaths,
            Duration patience,
            Duration settle,
            CopyPolicy copy,
            Incidents incidents,
            Clock clock,
            Clock steady) {
        this.ledger = ledger;
        this.storage = storage;
        this.intake = new AnnouncementIntake(ledger, storage, copy.ofStation(), clock);
        this.waitRules = new WaitRules(patience, settle);
        this.sceneLook = new SceneLook(
                recipes,
                recipeCheck,
                allowedPaths,
                intake,
                waitRules,
                new SceneFinder(new UnpackedArchives(storage, ".announced-archives", Duration.ZERO, clock)));
        this.incidents = incidents;
        this.clock = clock;
        this.steady = steady;
    }

    /** The announcements to look at now, a chunk at most; none while the storage does not answer. */
    public List<Announcement> due() {
        Instant now = steady.instant();
        Duration passed = Duration.between(lastCycle.orElse(now), now);
        lastCycle = Optional.of(now);
        tidy(now);
        if (ledger.read(session -> session.announcements().waitingCount()) == 0) {
            failed.clear();
            incidents.resolve(INCIDENT);
            return List.of();
        }
        String missing = storage.missing();
        if (!missing.isEmpty()) {
            incidents.report(INCIDENT, missing);
            return List.of();
        }
        if (failed.isEmpty()) {
            incidents.resolve(INCIDENT);
        }
        writeWatches();
        return ledger.write(session -> {
            session.announcements().advanceClock(passed.compareTo(LONGEST_CYCLE) > 0 ? LONGEST_CYCLE : passed);
            stationTime = session.announcements().clock();
            return session.announcements().due(CHUNK);
        });
    }

    private void tidy(Instant now) {
        if (now.isBefore(nextTidy) || !storage.missing().isEmpty()) {
            return;
        }
        nextTidy = now.plus(TIDY_PAUSE);
        try {
            intake.tidy();
            sceneLook.tidy();
            incidents.resolve(LEFTOVERS);
        } catch (IOException e) {
            incidents.report(LEFTOVERS, "what interrupted copies left cannot be removed: " + e.getMessage());
        }
    }

    /** Looks at an announced scene: accepts it, rejects it, or leaves it for a later look. */
    public void look(Announcement announcement) {
        failed.remove(announcement.messageId());
        writeDown(announcement, sceneLook.look(announcement, stationTime));
    }

    /**
     * Ends a cycle, after {@link #look} at each of the last {@link #due}.
     *
     * @return whether more announcements may be due now
     */
    public boolean more(List<Announcement> last) {
        writeWatches();
        return last.size() == CHUNK;
    }

    private void writeDown(Announcement announcement, LookResult result) {
        try {
            if (result instanceof Finish finish) {
                intake.finish(announcement, finish.sceneId());
            } else if (result instanceof Take take) {
                intake.take(announcement, take);
                release(announcement);
            } else if (result instanceof Wait wait) {
                unwritten.add(announcement.with(wait.watch()));
            } else if (result instanceof StorageFailed storageFailed) {
                failed.add(announcement.messageId());
                incidents.report(INCIDENT, storageFailed.problem());
                unwritten.add(announcement.with(storageFailed.watch()));
            } else if (result instanceof Reject reject) {
                reject(announcement, reject.rejection());
                release(announcement);
            }
        } catch (IOException e) {
            writeDown(announcement, waitRules.waitForStorage(announcement, e, stationTime));
        }
    }

    /** The message's other recipes may still need what was unpacked. */
    private void release(Announcement announcement) throws IOException {
        String digest = announcement.message().digest();
        if (!ledger.read(session -> session.announcements().waits(digest))) {
            sceneLook.release(announcement);
        }
    }

    /** If the announcement has already become a scene, that scene is rejected too. */
    private void reject(Announcement announcement, Rejection rejection) {
        String messageId = announcement.messageId();
        ledger.change(session -> {
            String scene = announcement
                    .sceneId()
                    .orElseGet(() -> RejectedAnnouncement.sceneId(announcement.name(), messageId));
            if (announcement.sceneId().isEmpty()) {
                session.scenes().add(RejectedAnnouncement.scene(announcement, rejection, clock.instant()));
            }
            session.announcements().rejected(messageId, scene, rejection);
            if (announcement.sceneId().isPresent()) {
                session.scenes().move(scene, Set.of(SceneState.ACCEPTED), SceneState.REJECTED, rejection.text());
            }
        });
        log.warn("The announcement of {} is rejected: {}", announcement.name(), rejection.text());
    }

    private void writeWatches() {
        if (!unwritten.isEmpty()) {
            ledger.change(session -> unwritten.forEach(session.announcements()::updateWatch));
            unwritten.clear();
        }
    }
}
