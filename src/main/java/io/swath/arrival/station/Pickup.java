package io.swath.arrival.station;

import io.swath.arrival.FilesSnapshot;
import io.swath.arrival.RecipeCheck;
import io.swath.arrival.RejectedSceneException;
import io.swath.arrival.SceneInput;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.Announcement;
import io.swath.model.Recipe;
import io.swath.model.Rejection;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.storage.Storage;
import io.swath.untrusted.BadMessageException;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
 * The stage that takes in the scenes which stations have announced, as they come to lie where they were said to.
 *
 * <p>Works in small steps, those first that are due for longest, so memory does not follow how many there are. A scene
 * that is not there yet, or not still yet, is looked at again, ever less often, until its time is up; time in which
 * Swath does not run or the storage does not answer is not counted. To be called from one thread.
 */
public final class Pickup {
    private static final Logger log = LoggerFactory.getLogger(Pickup.class);
    private static final String INCIDENT = "announced scenes";
    private static final int CHUNK = 200;
    /** A cycle counts for no more than this, however long ago the last one was. */
    private static final Duration LONGEST_CYCLE = Duration.ofSeconds(5);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration PAUSE_IN_TROUBLE = Duration.ofSeconds(5);
    private static final int PAUSE_PART = 8;

    private final Ledger ledger;
    private final Storage storage;
    private final RecipeBook recipes;
    private final RecipeCheck check;
    private final AllowedPaths places;
    private final AnnouncementIntake intake;
    private final Duration patience;
    private final Duration settle;
    private final Incidents incidents;
    private final Clock clock;
    private final Clock steady;
    private Optional<Instant> lastCycle = Optional.empty();
    private long watched;
    /** Looks that are still to be written down, all at once: losing them costs one more look. */
    private final List<Announcement> looked = new ArrayList<>();

    /** Those that met trouble at the last look at them, by their message. */
    private final Set<String> stuck = new HashSet<>();

    /**
     * @param patience how long an announced scene may be missing
     * @param settle how long one that came without a checksum must stand still
     * @param steady a clock that only runs forward
     */
    public Pickup(
            Ledger ledger,
            Storage storage,
            RecipeBook recipes,
            RecipeCheck check,
            AllowedPaths places,
            Duration patience,
            Duration settle,
            Incidents incidents,
            Clock clock,
            Clock steady) {
        this.ledger = ledger;
        this.storage = storage;
        this.recipes = recipes;
        this.check = check;
        this.places = places;
        this.intake = new AnnouncementIntake(ledger, storage, clock);
        this.patience = patience;
        this.settle = settle;
        this.incidents = incidents;
        this.clock = clock;
        this.steady = steady;
    }

    /** Announcements to be looked at now, at most a few; none while the storage does not answer. */
    public List<Announcement> due() {
        Instant now = steady.instant();
        Duration passed = Duration.between(lastCycle.orElse(now), now);
        lastCycle = Optional.of(now);
        if (ledger.read(session -> session.announcements().waitingCount()) == 0) {
            stuck.clear();
            incidents.resolve(INCIDENT);
            return List.of();
        }
        String missing = storage.missing();
        if (!missing.isEmpty()) {
            incidents.report(INCIDENT, missing);
            return List.of();
        }
        if (stuck.isEmpty()) {
            incidents.resolve(INCIDENT);
        }
        note();
        return ledger.write(session -> {
            session.announcements().watch(passed.compareTo(LONGEST_CYCLE) > 0 ? LONGEST_CYCLE : passed);
            watched = session.announcements().watched();
            return session.announcements().due(CHUNK);
        });
    }

    /** To be called when all that {@link #due} gave were looked at: whether there is more to be looked at now. */
    public boolean more(List<Announcement> last) {
        note();
        return last.size() == CHUNK;
    }

    private void note() {
        if (!looked.isEmpty()) {
            ledger.change(session -> looked.forEach(session.announcements()::looked));
            looked.clear();
        }
    }

    /** Looks at one: takes it in, turns it away, or leaves it for later. */
    public void look(Announcement one) {
        Optional<Path> named = Optional.empty();
        stuck.remove(one.messageId());
        try {
            if (intake.finished(one)) {
                return;
            }
            SceneMessage message = SceneMessage.of(one.message().body());
            named = message.path().map(places::locate);
            places.mustAnswer(named.stream().toList());
            if (check.mustWait(one.recipe())) {
                wait(
                        one,
                        "a recipe that can be used",
                        LONGEST_PAUSE,
                        Optional.empty(),
                        one.watch().seen(),
                        one.watch().seenAt());
                return;
            }
            Optional<Recipe> recipe = recipes.find(one.recipe());
            if (recipe.isEmpty()) {
                throw new BadMessageException(AnnouncementReceiver.noRecipe(one.recipe(), recipes));
            }
            look(one, message, material(message, named), recipe.get());
        } catch (RejectedSceneException rejected) {
            rejectWhenStill(one, named, rejection(rejected));
        } catch (BadMessageException bad) {
            rejectWhenStill(one, named, bad.rejection());
        } catch (AccessDeniedException e) {
            await(one, "path", "the right to read " + e.getFile() + " (give the user that runs Swath access)");
        } catch (IOException e) {
            later(one, e);
        }
    }

    private SceneInput material(SceneMessage message, Optional<Path> named) throws IOException {
        return named.isPresent()
                ? SceneInput.at(named.get(), message.sha256(), places.roots())
                : SceneInput.described(message.item().orElseThrow().toString(), places.base(), places.roots());
    }

    private void look(Announcement one, SceneMessage message, SceneInput material, Recipe recipe) throws IOException {
        places.mustAnswer(material.files());
        List<Path> missing = material.missing();
        if (!missing.isEmpty()) {
            material.check();
            String others = missing.size() == 1 ? "" : " and " + (missing.size() - 1) + " more";
            await(one, message.path().isPresent() ? "path" : "item", missing.get(0) + others);
            return;
        }
        material.check();
        places.rejectLayout(material.files());
        FilesSnapshot sighting = FilesSnapshot.of(material.files());
        boolean vouched = message.sha256().isPresent()
                && message.path().isPresent()
                && material.files().size() == 1;
        if (!vouched && !still(one, sighting)) {
            settle(one, sighting);
            return;
        }
        intake.take(one, material, recipe, sighting)
                .ifPresent(scene -> log.info("{} is accepted for {} as {}", one.name(), one.recipe(), scene.id()));
    }

    private boolean still(Announcement one, FilesSnapshot sighting) {
        return settle.isZero()
                || (one.watch().seen().equals(sighting.text())
                        && watched - one.watch().seenAt() >= settle.toMillis());
    }

    /** What is wrong with a file may come of its not being whole yet; what is wrong without one will stay so. */
    private void rejectWhenStill(Announcement one, Optional<Path> named, Rejection rejection) {
        try {
            if (named.isPresent() && Files.exists(named.get())) {
                FilesSnapshot sighting = FilesSnapshot.of(List.of(named.get()));
                if (!still(one, sighting)) {
                    settle(one, sighting);
                    return;
                }
            }
            reject(one, rejection);
        } catch (IOException e) {
            later(one, e);
        }
    }

    /** What is not there yet has until its deadline, counted from when it was first missed. */
    private void await(Announcement one, String field, String what) {
        long deadline = one.watch().deadline().orElse(watched + patience.toMillis());
        if (watched >= deadline) {
            reject(
                    one,
                    new Rejection(
                            "scene-comes-in-time",
                            field,
                            "within " + patience.toSeconds() + " s there was not " + Texts.storable(what),
                            "Announce a scene when it is there, or have station.patience raised; then send the message"
                                    + " again."));
            return;
        }
        long waited = patience.toMillis() - (deadline - watched);
        wait(one, what, Duration.ofMillis(waited / PAUSE_PART), Optional.of(deadline), "", 0);
    }

    private void settle(Announcement one, FilesSnapshot sighting) {
        boolean same = one.watch().seen().equals(sighting.text());
        long since = same ? one.watch().seenAt() : watched;
        Duration rest = Duration.ofMillis(since + settle.toMillis() - watched);
        wait(one, "to stand still for " + settle.toSeconds() + " s", rest, Optional.empty(), sighting.text(), since);
    }

    private void wait(
            Announcement one, String what, Duration pause, Optional<Long> deadline, String seen, long seenAt) {
        Duration atLeast = seen.isEmpty() && pause.compareTo(FIRST_PAUSE) < 0 ? FIRST_PAUSE : pause;
        Duration atMost = atLeast.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : atLeast;
        long dueAt = watched + Math.max(0, atMost.toMillis());
        Announcement later = one.with(new Announcement.Watch(Texts.storable(what), dueAt, deadline, seen, seenAt));
        looked.add(later);
    }

    private void later(Announcement one, IOException e) {
        if (e instanceof NoSuchFileException) {
            log.debug("{} went away while it was looked at", one.name(), e);
        } else {
            stuck.add(one.messageId());
            incidents.report(INCIDENT, Texts.shown(one.name()) + " cannot be read or taken in: " + e.getMessage());
        }
        wait(one, "the storage (" + e + ")", PAUSE_IN_TROUBLE, Optional.empty(), "", 0);
    }

    /** Its scene, where it has become one already, ends with it. */
    private void reject(Announcement one, Rejection rejection) {
        ledger.change(session -> {
            String scene = one.sceneId().orElseGet(() -> RejectedAnnouncement.id(one.name(), one.messageId()));
            if (one.sceneId().isEmpty()) {
                session.scenes().add(RejectedAnnouncement.scene(one, rejection, clock.instant()));
            }
            session.announcements().rejected(one.messageId(), scene, rejection);
            if (one.sceneId().isPresent()) {
                session.scenes().move(scene, Set.of(SceneState.ACCEPTED), SceneState.REJECTED, rejection.text());
            }
        });
        log.warn("The announcement of {} is rejected: {}", one.name(), rejection.text());
    }

    static Rejection rejection(RejectedSceneException rejected) {
        String field = rejected.field().equals("sha256") ? "checksum" : rejected.field();
        return new Rejection(
                rejected.rule(), Texts.storable(field), Texts.storable(rejected.what()), rejected.remedy());
    }
}
