package io.swath.arrival;

import io.swath.health.Troubles;
import io.swath.ledger.Ledger;
import io.swath.model.Announcement;
import io.swath.model.Recipe;
import io.swath.model.Refusal;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.storage.Storage;
import io.swath.wire.BadMessageException;
import io.swath.wire.Texts;
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
    private static final String TROUBLE = "announced scenes";
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
    private final Places places;
    private final Intake intake;
    private final Duration patience;
    private final Duration settle;
    private final Troubles troubles;
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
            Places places,
            Duration patience,
            Duration settle,
            Troubles troubles,
            Clock clock,
            Clock steady) {
        this.ledger = ledger;
        this.storage = storage;
        this.recipes = recipes;
        this.check = check;
        this.places = places;
        this.intake = new Intake(ledger, storage, clock);
        this.patience = patience;
        this.settle = settle;
        this.troubles = troubles;
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
            troubles.end(TROUBLE);
            return List.of();
        }
        String missing = storage.missing();
        if (!missing.isEmpty()) {
            troubles.begin(TROUBLE, missing);
            return List.of();
        }
        if (stuck.isEmpty()) {
            troubles.end(TROUBLE);
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
            SceneMessage message = SceneMessage.of(one.body());
            named = message.path().map(places::locate);
            places.mustAnswer(named.stream().toList());
            if (check.mustWait(one.recipe())) {
                wait(one, "a recipe that can be used", LONGEST_PAUSE, Optional.empty(), one.seen(), one.seenAt());
                return;
            }
            Optional<Recipe> recipe = recipes.find(one.recipe());
            if (recipe.isEmpty()) {
                throw new BadMessageException(Reception.noRecipe(one.recipe(), recipes));
            }
            look(one, message, material(message, named), recipe.get());
        } catch (UnfitException unfit) {
            rejectWhenStill(one, named, refusal(unfit));
        } catch (BadMessageException bad) {
            rejectWhenStill(one, named, bad.refusal());
        } catch (AccessDeniedException e) {
            await(one, "path", "the right to read " + e.getFile() + " (give the user that runs Swath access)");
        } catch (IOException e) {
            later(one, e);
        }
    }

    private Material material(SceneMessage message, Optional<Path> named) throws IOException {
        return named.isPresent()
                ? Material.at(named.get(), message.sha256(), places.roots())
                : Material.described(message.item().orElseThrow().toString(), places.base(), places.roots());
    }

    private void look(Announcement one, SceneMessage message, Material material, Recipe recipe) throws IOException {
        places.mustAnswer(material.files());
        List<Path> missing = material.missing();
        if (!missing.isEmpty()) {
            material.check();
            String others = missing.size() == 1 ? "" : " and " + (missing.size() - 1) + " more";
            await(one, message.path().isPresent() ? "path" : "item", missing.get(0) + others);
            return;
        }
        material.check();
        places.refuseLayout(material.files());
        Sighting sighting = Sighting.of(material.files());
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

    private boolean still(Announcement one, Sighting sighting) {
        return settle.isZero() || (one.seen().equals(sighting.text()) && watched - one.seenAt() >= settle.toMillis());
    }

    /** What is wrong with a file may come of its not being whole yet; what is wrong without one will stay so. */
    private void rejectWhenStill(Announcement one, Optional<Path> named, Refusal refusal) {
        try {
            if (named.isPresent() && Files.exists(named.get())) {
                Sighting sighting = Sighting.of(List.of(named.get()));
                if (!still(one, sighting)) {
                    settle(one, sighting);
                    return;
                }
            }
            reject(one, refusal);
        } catch (IOException e) {
            later(one, e);
        }
    }

    /** What is not there yet has until its deadline, counted from when it was first missed. */
    private void await(Announcement one, String field, String what) {
        long deadline = one.deadline().orElse(watched + patience.toMillis());
        if (watched >= deadline) {
            reject(
                    one,
                    new Refusal(
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

    private void settle(Announcement one, Sighting sighting) {
        boolean same = one.seen().equals(sighting.text());
        long since = same ? one.seenAt() : watched;
        Duration rest = Duration.ofMillis(since + settle.toMillis() - watched);
        wait(one, "to stand still for " + settle.toSeconds() + " s", rest, Optional.empty(), sighting.text(), since);
    }

    private void wait(
            Announcement one, String what, Duration pause, Optional<Long> deadline, String seen, long seenAt) {
        Duration atLeast = seen.isEmpty() && pause.compareTo(FIRST_PAUSE) < 0 ? FIRST_PAUSE : pause;
        Duration atMost = atLeast.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : atLeast;
        Announcement later =
                one.later(Texts.storable(what), watched + Math.max(0, atMost.toMillis()), deadline, seen, seenAt);
        looked.add(later);
    }

    private void later(Announcement one, IOException e) {
        if (e instanceof NoSuchFileException) {
            log.debug("{} went away while it was looked at", one.name(), e);
        } else {
            stuck.add(one.messageId());
            troubles.begin(TROUBLE, Texts.shown(one.name()) + " cannot be read or taken in: " + e.getMessage());
        }
        wait(one, "the storage (" + e + ")", PAUSE_IN_TROUBLE, Optional.empty(), "", 0);
    }

    /** Its scene, where it has become one already, ends with it. */
    private void reject(Announcement one, Refusal refusal) {
        ledger.change(session -> {
            String scene = one.sceneId().orElseGet(() -> Rejected.id(one.name(), one.messageId()));
            if (one.sceneId().isEmpty()) {
                session.scenes().add(Rejected.scene(one, refusal, clock.instant()));
            }
            session.announcements().rejected(one.messageId(), scene, refusal);
            if (one.sceneId().isPresent()) {
                session.scenes().move(scene, Set.of(SceneState.ACCEPTED), SceneState.REJECTED, refusal.text());
            }
        });
        log.warn("The announcement of {} is rejected: {}", one.name(), refusal.text());
    }

    static Refusal refusal(UnfitException unfit) {
        String field = unfit.field().equals("sha256") ? "checksum" : unfit.field();
        return new Refusal(unfit.rule(), Texts.storable(field), Texts.storable(unfit.what()), unfit.remedy());
    }
}
