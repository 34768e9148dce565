package io.swath.waiting;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.health.Incidents.Incident;
import io.swath.ledger.Waits;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.SceneState;
import io.swath.model.WaitCause;
import io.swath.model.WaitCause.Kind;
import io.swath.testing.TestClock;
import io.swath.testing.Workbench;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("resources")
class WaitingWatchTest {
    private static final WaitingSettings PATIENCE =
            new WaitingSettings(Duration.ofMinutes(5), Duration.ofHours(1), Duration.ofDays(1), Duration.ofDays(7));

    private Workbench bench;
    private WaitingScenes scenes;
    private WaitingWatch watch;
    private int queueLimit = 1_000;
    private boolean night = true;
    private Instant queueAt;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
        scenes = new WaitingScenes(bench.ledger);
        queueAt = bench.steady.instant();
        start();
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void start() {
        watch = new WaitingWatch(
                bench.ledger, scenes, bench.incidents, queueLimit, () -> night, PATIENCE, bench.clock, bench.steady);
    }

    private static WaitCause cause(String reason, Kind kind) {
        return new WaitCause(reason, kind, "the job waits because of " + reason, "an administrator");
    }

    /** The queue's answer: each scene waits for these reasons. */
    private void queue(Map<String, List<WaitCause>> waits) {
        Duration passed = Duration.between(queueAt, bench.steady.instant());
        queueAt = bench.steady.instant();
        bench.ledger.change(session ->
                session.waits().record(Waits.QUEUE, waits, session.waits().started(), passed));
    }

    /** Looks every minute for this time, and asks the queue, which gives the same answer. */
    private void pass(Duration time, Map<String, List<WaitCause>> waits) {
        for (long minute = 0; minute < time.toMinutes(); minute++) {
            bench.pass(Duration.ofMinutes(1));
            queue(waits);
        }
        watch.look();
    }

    private void running(String scene, int index) {
        Run run = bench.run(bench.batch(scene, 1), index);
        Run running = new Run(
                run.token(),
                index,
                scene,
                0,
                run.step(),
                run.tile(),
                1,
                RunState.RUNNING,
                run.cause(),
                "",
                Run.Facts.NONE);
        bench.ledger.change(session -> session.runs().update(List.of(running)));
    }

    private List<String> parts() {
        return bench.incidents.open().stream().map(Incident::part).toList();
    }

    private List<String> reasons() {
        return scenes.groups().stream().map(group -> group.cause().reason()).toList();
    }

    @Test
    void a_wait_for_a_person_is_an_incident_after_some_minutes_and_ends_when_the_job_starts() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.planned("b", Workbench.ONE_STEP, 1);
        WaitCause cause = cause("QOSMaxMemoryPerJob", Kind.PERSON);
        queue(Map.of("a", List.of(cause)));
        pass(Duration.ofMinutes(4), Map.of("a", List.of(cause)));
        assertThat(parts()).isEmpty();
        assertThat(scenes.byScene().get("a").cause()).isEqualTo(cause);

        pass(Duration.ofMinutes(2), Map.of("a", List.of(cause), "b", List.of(cause)));
        Incident incident = bench.incidents.open().get(0);
        assertThat(incident.part()).isEqualTo("waiting for QOSMaxMemoryPerJob");
        assertThat(incident.since()).isEqualTo(TestClock.START);
        assertThat(incident.scenes()).containsExactly("a", "b");
        assertThat(incident.who()).isEqualTo("an administrator");
        assertThat(incident.what())
                .isEqualTo(
                        "scenes a, b wait since 2026-03-01T12:00:00Z: the job waits because of QOSMaxMemoryPerJob. Who"
                                + " can end it: an administrator");

        queue(Map.of("b", List.of(cause)));
        watch.look();
        assertThat(parts()).isEmpty(); // b has not waited for long
        assertThat(scenes.byScene()).containsOnlyKeys("b");
    }

    @Test
    void a_wait_keeps_its_start_over_a_restart_and_while_slurm_changes_the_reason_in_between() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        WaitCause down = cause("PartitionDown", Kind.PERSON);
        WaitCause priority = cause("Priority", Kind.PASSES);
        for (int minute = 0; minute < 7; minute++) {
            queue(Map.of("a", List.of(minute % 2 == 0 ? down : priority)));
            bench.pass(Duration.ofMinutes(1));
        }
        start();
        watch.look();
        assertThat(parts()).containsExactly("waiting for PartitionDown");
        assertThat(scenes.byScene().get("a").cause()).isEqualTo(down);
    }

    @ParameterizedTest
    @CsvSource({
        "PERSON, PT4M, PT6M",
        "UNKNOWN, PT59M, PT61M",
        "LIMIT, PT59M, PT61M",
        "PASSES, PT167H, PT169H",
        "FOLLOWS, PT59M, PT61M",
    })
    void every_wait_becomes_an_incident_in_the_end(Kind kind, Duration before, Duration after) {
        bench.planned("a", Workbench.ONE_STEP, 1);
        Map<String, List<WaitCause>> waits = Map.of("a", List.of(cause("reason", kind)));
        queue(waits);
        watch.look();
        bench.pass(before);
        queue(waits);
        watch.look();
        assertThat(parts()).isEmpty();
        bench.pass(after.minus(before));
        queue(waits);
        watch.look();
        assertThat(parts()).containsExactly("waiting for reason");
    }

    @Test
    void a_clock_that_jumps_ends_no_patience() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        Map<String, List<WaitCause>> waits = Map.of("a", List.of(cause("PartitionDown", Kind.PERSON)));
        queue(waits);
        bench.clock.forward(Duration.ofDays(30));
        queue(waits);
        watch.look();
        assertThat(parts()).isEmpty();
        bench.clock.forward(Duration.ofDays(-60));
        bench.steady.forward(Duration.ofMinutes(6));
        queue(waits);
        watch.look();
        assertThat(parts()).containsExactly("waiting for PartitionDown");
    }

    @Test
    void a_limit_is_waited_for_longer_while_other_scenes_get_on() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        Map<String, List<WaitCause>> waits = Map.of("a", List.of(cause("QOSMaxJobsPerUserLimit", Kind.LIMIT)));
        queue(waits);
        for (int hour = 1; hour <= 24; hour++) {
            assertThat(parts()).as("after " + hour + " h").isEmpty();
            bench.pass(Duration.ofMinutes(30));
            watch.look();
            bench.accepted("b" + hour, "ndvi");
            bench.pass(Duration.ofMinutes(30));
            queue(waits);
            watch.look();
        }
        assertThat(parts()).containsExactly("waiting for QOSMaxJobsPerUserLimit");
    }

    @Test
    void an_assembly_waits_as_long_as_the_tasks_that_it_depends_on_may_wait() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.planned("b", Workbench.ONE_STEP, 1);
        WaitCause dependency = cause("Dependency", Kind.FOLLOWS);
        Map<String, List<WaitCause>> waits = Map.of(
                "a", List.of(cause("Priority", Kind.PASSES), dependency),
                "b", List.of(dependency)); // its tasks have just ended
        queue(waits);
        watch.look();
        bench.pass(Duration.ofHours(167));
        queue(waits);
        watch.look();
        assertThat(parts()).isEmpty();
        assertThat(scenes.byScene().get("a").cause().reason()).isEqualTo("Priority");
        bench.pass(Duration.ofHours(2));
        queue(waits);
        watch.look();
        assertThat(parts()).containsExactlyInAnyOrder("waiting for Priority", "waiting for Dependency");
    }

    @Test
    void an_assembly_waits_while_a_task_runs_for_hours() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.submitAll();
        running("a", 0);
        Map<String, List<WaitCause>> waits = Map.of("a", List.of(cause("Dependency", Kind.FOLLOWS)));
        queue(waits);
        watch.look();
        bench.pass(Duration.ofHours(5));
        queue(waits);
        watch.look();
        assertThat(parts()).isEmpty();
    }

    @Test
    void a_scene_waits_for_the_queue_limit_as_long_as_the_tasks_in_the_queue_may_wait() {
        queueLimit = 2;
        start();
        bench.planned("a", Workbench.ONE_STEP, 2);
        bench.submitAll();
        bench.planned("b", Workbench.ONE_STEP, 1);
        Map<String, List<WaitCause>> waits = Map.of("a", List.of(cause("Priority", Kind.PASSES)));
        queue(waits);
        watch.look();
        for (int hour = 0; hour < 48; hour++) {
            bench.pass(Duration.ofHours(1));
            queue(waits);
            watch.look();
        }
        assertThat(reasons()).containsExactlyInAnyOrder("Priority", "submission.queue-limit");
        assertThat(parts()).isEmpty();
    }

    @Test
    void a_wait_that_passes_begins_anew_when_a_task_of_the_scene_starts() {
        bench.planned("a", Workbench.ONE_STEP, 2);
        bench.submitAll();
        Map<String, List<WaitCause>> waits = Map.of("a", List.of(cause("Priority", Kind.PASSES)));
        queue(waits);
        bench.pass(Duration.ofDays(6));
        queue(waits);
        running("a", 0);
        bench.pass(Duration.ofDays(2));
        queue(waits);
        watch.look();
        assertThat(parts()).isEmpty();
        assertThat(scenes.byScene().get("a").waited()).isZero();
    }

    @Test
    void a_scene_that_a_person_holds_or_suspends_waits_visibly_and_becomes_an_incident_only_after_days() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.ledger.change(session -> {
            session.scenes().hold("a", true);
            session.scenes().suspend("b", true);
        });
        watch.look();
        assertThat(reasons()).containsExactly("held", "suspended");
        assertThat(scenes.byScene().get("a").cause().what()).contains("./swath release a");
        bench.pass(Duration.ofDays(1));
        watch.look();
        assertThat(parts()).isEmpty();
        bench.pass(Duration.ofDays(7));
        watch.look();
        assertThat(parts()).containsExactlyInAnyOrder("waiting for held", "waiting for suspended");

        bench.ledger.change(session -> session.scenes().hold("a", false));
        bench.ledger.change(session ->
                session.scenes().move("b", Set.of(SceneState.PLANNED), SceneState.CANCELLED, "cancelled by a person"));
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.PROCESSING, ""));
        watch.look();
        assertThat(parts()).isEmpty();
        assertThat(reasons()).isEmpty();
    }

    @Test
    void a_scene_for_which_the_queue_has_no_place_waits_for_the_queue_limit() {
        queueLimit = 2;
        start();
        bench.planned("a", Workbench.ONE_STEP, 2);
        bench.submitAll();
        bench.planned("b", Workbench.ONE_STEP, 1);
        watch.look();
        assertThat(scenes.byScene()).containsOnlyKeys("b");
        assertThat(reasons()).containsExactly("submission.queue-limit");
    }

    @Test
    void a_scene_whose_tiles_are_sized_late_waits_for_the_tasks_before_it_as_long_as_these_may_wait() {
        bench.planned("a", Workbench.ONE_STEP, 2);
        bench.submitAll();
        bench.planned("b", Workbench.ONE_STEP, 1);
        Map<String, List<WaitCause>> waits = Map.of("a", List.of(cause("Priority", Kind.PASSES)));
        for (int hour = 0; hour < 48; hour++) {
            queue(waits);
            watch.look();
            bench.pass(Duration.ofHours(1));
        }
        queue(waits);
        watch.look();
        assertThat(reasons()).containsExactlyInAnyOrder("Priority", "submission.waiting");
        assertThat(parts()).isEmpty();
    }

    @Test
    void nightly_reprocessing_waits_for_the_night() {
        bench.delivered("a");
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);
        night = false;
        watch.look();
        assertThat(reasons()).containsExactly("night");
        night = true;
        watch.look();
        assertThat(reasons()).isEmpty();
    }

    @Test
    void a_scene_that_does_not_move_for_no_known_reason_is_found() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        watch.look();
        assertThat(reasons()).isEmpty();
        bench.pass(Duration.ofMinutes(11));
        bench.accepted("b", "ndvi");
        watch.look();
        assertThat(reasons()).containsExactly("no progress");
        bench.pass(Duration.ofMinutes(61));
        watch.look();
        assertThat(parts()).containsExactly("waiting for no progress");
        assertThat(reasons()).containsExactly("no progress", "planning");
    }

    @Test
    void an_incident_names_some_scenes_and_counts_the_others() {
        WaitCause cause = cause("PartitionDown", Kind.PERSON);
        for (String id : List.of("a", "b", "c", "d", "e", "f", "g")) {
            bench.planned(id, Workbench.ONE_STEP, 1);
            queue(Map.of(id, List.of(cause)));
        }
        pass(
                Duration.ofMinutes(6),
                Map.of(
                        "a", List.of(cause),
                        "b", List.of(cause),
                        "c", List.of(cause),
                        "d", List.of(cause),
                        "e", List.of(cause),
                        "f", List.of(cause),
                        "g", List.of(cause)));
        Incident incident = bench.incidents.open().get(0);
        assertThat(incident.what()).contains(" and 2 more wait since ");
        assertThat(incident.scenes()).containsExactlyInAnyOrder("a", "b", "c", "d", "e", "f", "g");
    }
}
