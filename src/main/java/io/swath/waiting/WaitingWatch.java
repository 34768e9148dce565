package io.swath.waiting;

import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.ledger.Session;
import io.swath.ledger.Waits;
import io.swath.ledger.Waits.Idle;
import io.swath.ledger.Waits.Progress;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.WaitCause;
import io.swath.model.WaitCause.Kind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Looks regularly which scenes wait: records those that Swath itself keeps waiting, and reports waits that have used up
 * their patience as incidents. Every scene that has not ended, has no running task and does not move is found, whatever
 * the cause. To be called from one thread.
 */
public final class WaitingWatch {
    /** A scene that moved more recently does not wait. */
    private static final Duration MOVING = Duration.ofMinutes(10);

    private final Ledger ledger;
    private final WaitingScenes scenes;
    private final Incidents incidents;
    private final int queueLimit;
    private final BooleanSupplier night;
    private final WaitingSettings patience;
    private final Clock clock;
    private final Clock steady;
    private final Set<String> reported = new HashSet<>();
    private volatile List<WaitingGroup> latest = List.of();
    private Instant lookedAt;
    private Instant progressAt;
    private Optional<Progress> progress = Optional.empty();

    /**
     * @param queueLimit tasks that may be queued or running at once
     * @param night whether it is night now: only then are scenes of the nightly reprocessing submitted
     * @param patience after how long a wait is an incident
     * @param clock the wall clock
     * @param steady a clock that only runs forward; all waits are measured by it
     */
    public WaitingWatch(
            Ledger ledger,
            WaitingScenes scenes,
            Incidents incidents,
            int queueLimit,
            BooleanSupplier night,
            WaitingSettings patience,
            Clock clock,
            Clock steady) {
        this.ledger = ledger;
        this.scenes = scenes;
        this.incidents = incidents;
        this.queueLimit = queueLimit;
        this.night = night;
        this.patience = patience;
        this.clock = clock;
        this.steady = steady;
        this.lookedAt = steady.instant();
        this.progressAt = lookedAt;
    }

    /** Looks at all scenes that have not ended. */
    public void look() {
        Instant now = steady.instant();
        Duration passed = Duration.between(lookedAt, now);
        lookedAt = now;
        Map<String, List<WaitCause>> waits = ledger.read(this::ownWaits);
        Map<String, Long> started = waits.isEmpty()
                ? Map.of()
                : ledger.read(session -> session.waits().started());
        ledger.change(session -> session.waits().record(Waits.SWATH, waits, started, passed));
        boolean standsStill = standsStill(now);
        Set<String> overdue = new HashSet<>();
        latest = scenes.groups();
        boolean nothingToFollow = standsStill && nothingToFollow();
        for (WaitingGroup group : latest) {
            if (group.longest().compareTo(patience(group.cause().kind(), standsStill, nothingToFollow)) >= 0) {
                overdue.add(group.part());
                incidents.report(
                        group.part(),
                        group.sentence(),
                        group.since(),
                        group.scenes(),
                        group.cause().who());
            }
        }
        reported.stream().filter(part -> !overdue.contains(part)).forEach(incidents::resolve);
        reported.clear();
        reported.addAll(overdue);
    }

    /** What the last look found. Any thread may ask; nothing is read. */
    public List<WaitingGroup> latest() {
        return latest;
    }

    /** Whether for a while no task of Swath has started or ended. */
    private boolean standsStill(Instant now) {
        Optional<Progress> current =
                Optional.of(ledger.read(session -> session.waits().progress()));
        if (!current.equals(progress)) {
            progress = current;
            progressAt = now;
        }
        return Duration.between(progressAt, now).compareTo(patience.unknown()) >= 0;
    }

    /** Whether scenes wait for tasks of Swath, and no task runs or has a wait of its own. */
    private boolean nothingToFollow() {
        boolean anyRuns = progress.map(now -> now.tasks().getOrDefault(RunState.RUNNING.name(), 0L) > 0)
                .orElse(false);
        return !anyRuns && latest.stream().allMatch(group -> group.cause().kind() == Kind.FOLLOWS);
    }

    private Duration patience(Kind kind, boolean standsStill, boolean nothingToFollow) {
        return switch (kind) {
            case PERSON -> patience.person();
            case UNKNOWN -> patience.unknown();
            case LIMIT -> standsStill ? patience.unknown() : patience.limit();
            case PASSES -> patience.longest();
            case FOLLOWS -> nothingToFollow ? patience.unknown() : patience.longest();
        };
    }

    private Map<String, List<WaitCause>> ownWaits(Session session) {
        Set<String> inQueue = session.waits().scenes(Waits.QUEUE);
        int open = session.runs().openCount();
        Instant moving = clock.instant().minus(MOVING);
        Map<String, Scene> notEnded = session.scenes().inStates(SceneState.NOT_ENDED).stream()
                .collect(Collectors.toMap(Scene::id, Function.identity()));
        Map<String, List<WaitCause>> waits = new HashMap<>();
        for (Idle idle : session.waits().idle()) {
            Scene scene = notEnded.get(idle.sceneId());
            if (scene == null) {
                continue; // on PostgreSQL: it was accepted since the scenes were read
            }
            boolean standsStill = idle.at().isBefore(moving);
            cause(scene, inQueue.contains(scene.id()), idle.tilesWait() ? open : 0, standsStill)
                    .ifPresent(cause -> waits.put(scene.id(), List.of(cause)));
        }
        return waits;
    }

    /** @param before open tasks that the scene's waiting tiles may wait for; 0 if no tile of it waits to be queued */
    private Optional<WaitCause> cause(Scene scene, boolean inQueue, int before, boolean standsStill) {
        if (scene.status().held()) {
            return Optional.of(
                    byPerson("held", "a person holds the scene. ./swath release " + scene.id() + " lets it go on"));
        }
        if (scene.status().suspended()) {
            return Optional.of(byPerson(
                    "suspended", "a person has suspended the scene. ./swath resume " + scene.id() + " lets it go on"));
        }
        if (inQueue) {
            return Optional.empty(); // the cluster's reason says more
        }
        if (scene.nightly() && !night.getAsBoolean()) {
            return Optional.of(passes("night", "its reprocessing goes on in the next night"));
        }
        if (before >= queueLimit) {
            return Optional.of(new WaitCause(
                    "submission.queue-limit",
                    Kind.FOLLOWS,
                    queueLimit + " tasks are queued or running, as many as submission.queue-limit allows",
                    WaitCause.NOBODY));
        }
        if (!standsStill) {
            return Optional.empty();
        }
        if (before > 0) {
            return Optional.of(new WaitCause(
                    "submission.waiting",
                    Kind.FOLLOWS,
                    "its tiles are queued when others have ended, which teach how much they need",
                    WaitCause.NOBODY));
        }
        return Optional.of(
                scene.state() == SceneState.ACCEPTED
                        ? passes("planning", "other scenes are planned before it")
                        : new WaitCause(
                                "no progress",
                                Kind.UNKNOWN,
                                "nothing has happened to it, and no task of it is queued. What helps: ./swath status "
                                        + scene.id() + " shows its batches; the other incidents and the log say more",
                                WaitCause.OPERATOR));
    }

    private static WaitCause byPerson(String reason, String what) {
        return new WaitCause(reason, Kind.PASSES, what, "a user of Swath");
    }

    private static WaitCause passes(String reason, String what) {
        return new WaitCause(reason, Kind.PASSES, what, WaitCause.NOBODY);
    }
}
