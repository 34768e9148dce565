package io.swath.arrival.night;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.health.Incidents.Incident;
import io.swath.ledger.Ledger;
import io.swath.ledger.Nights;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The test's clock begins at noon; the nights are at one. */
@Tag("resources")
class NightlyReprocessingTest {
    private static final Duration TO_THE_NIGHT = Duration.ofHours(13);
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    private Path folder;

    private Workbench bench;
    private Path recipe;

    @BeforeEach
    void open() throws IOException {
        bench = new Workbench(folder);
        recipe = bench.installRecipe("ndvi");
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private String hash() {
        return bench.recipes().find("ndvi").map(Recipe::hash).orElseThrow();
    }

    private NightlyReprocessing night(Ledger ledger, String cron, String until, String select, int limit) {
        return new NightlyReprocessing(
                ledger,
                bench.recipes(),
                any -> "",
                Schedule.of(cron, "UTC", until),
                Selection.parse(select),
                limit,
                2,
                bench.incidents,
                bench.json,
                bench.clock);
    }

    private NightlyReprocessing night(String select) {
        return night(bench.ledger, "0 0 1 * * ?", "", select, 100);
    }

    /** A night of a program that has just been started. */
    private NightlyReprocessing started() {
        NightlyReprocessing night = night("stale; failed");
        night.begin();
        return night;
    }

    private int version(String id) {
        return bench.scene(id).version();
    }

    private void deliver(String id) {
        bench.ledger.change(
                session -> session.scenes().move(id, Set.of(SceneState.ACCEPTED), SceneState.DELIVERED, ""));
        bench.markAllSent();
    }

    /** As if it had been delivered by a recipe that is another now. */
    private void outdate(String id) throws Exception {
        deliver(id);
        sql("update scene set recipe_hash = 'of another day' where id = '" + id + "'");
    }

    private void sql(String statement) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("ledger.db"));
                Statement execution = connection.createStatement()) {
            execution.execute(statement);
        }
    }

    @Test
    void a_firing_reprocesses_stale_scenes_with_the_current_recipe_and_gives_the_reason() {
        bench.delivered("a");
        NightlyReprocessing night = started();
        night.work();
        assertThat(version("a")).as("it is noon").isEqualTo(1);

        bench.pass(TO_THE_NIGHT);
        night.work();

        Scene scene = bench.scene("a");
        assertThat(scene.version()).isEqualTo(2);
        assertThat(scene.state()).isEqualTo(SceneState.ACCEPTED);
        assertThat(scene.recipeHash()).isEqualTo(hash());
        assertThat(scene.reason()).isEqualTo("its recipe has changed since: 0123abcd, now " + hash().substring(0, 12));
        Nights.Firing firing = bench.ledger
                .read(session -> session.nights().lastWorked(bench.clock.instant()))
                .orElseThrow();
        assertThat(firing.due()).isEqualTo(Instant.parse("2026-03-02T01:00:00Z"));
        assertThat(firing.chosen()).isEqualTo(1);
    }

    @Test
    void a_firing_is_worked_once_although_several_programs_look_for_it_repeatedly() throws Exception {
        bench.delivered("a");
        NightlyReprocessing night = started();
        bench.pass(TO_THE_NIGHT);
        night.work();
        outdate("a");
        night.work();
        started().work();
        assertThat(version("a")).isEqualTo(2);
        bench.pass(DAY);
        night.work();
        assertThat(version("a")).isEqualTo(3);
    }

    @Test
    void one_of_two_programs_that_look_at_the_same_moment_works_the_firing() throws Exception {
        for (int number = 0; number < 20; number++) {
            bench.delivered("s" + number);
        }
        started();
        bench.pass(TO_THE_NIGHT);
        CyclicBarrier together = new CyclicBarrier(2);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Ledger other = Ledger.sqlite(folder.resolve("ledger.db"), bench.clock)) {
            List<NightlyReprocessing> nights = List.of(night("stale"), night(other, "0 0 1 * * ?", "", "stale", 100));
            List<Future<?>> both = nights.stream()
                    .<Future<?>>map(night -> threads.submit(() -> {
                        together.await();
                        night.work();
                        return null;
                    }))
                    .toList();
            for (Future<?> one : both) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(bench.ledger.<Integer>read(session -> session.nights().count()))
                .isEqualTo(1);
        for (int number = 0; number < 20; number++) {
            assertThat(version("s" + number)).isEqualTo(2);
        }
    }

    @Test
    void an_interrupted_firing_changes_nothing_and_is_worked_later() throws Exception {
        bench.delivered("a");
        bench.delivered("b");
        NightlyReprocessing night = started();
        bench.pass(TO_THE_NIGHT);
        sql("create trigger full before insert on night_choice when new.scene_id = 'b'"
                + " begin select raise(abort, 'the disk is full'); end");
        assertThatThrownBy(night::work).hasMessageContaining("the disk is full");
        assertThat(version("a")).isEqualTo(1);
        assertThat(bench.ledger.<Integer>read(session -> session.nights().count()))
                .isZero();

        sql("drop trigger full");
        started().work();
        assertThat(version("a")).isEqualTo(2);
        assertThat(version("b")).isEqualTo(2);
    }

    @Test
    void the_first_start_has_no_missed_firing() {
        bench.delivered("a");
        bench.pass(TO_THE_NIGHT.plusHours(2));
        NightlyReprocessing night = started();
        night.work();
        assertThat(version("a")).isEqualTo(1);
    }

    @Test
    void only_the_last_of_several_missed_firings_is_worked() throws Exception {
        bench.delivered("a");
        started();
        bench.pass(TO_THE_NIGHT.plus(DAY).plus(DAY).plusHours(5));
        NightlyReprocessing night = started();
        night.work();
        assertThat(version("a")).isEqualTo(2);
        outdate("a");
        night.work();
        assertThat(version("a")).isEqualTo(2);
        assertThat(bench.ledger.<Integer>read(session -> session.nights().count()))
                .isEqualTo(1);
        bench.pass(DAY);
        night.work();
        assertThat(version("a")).as("the next one is in time").isEqualTo(3);
    }

    @Test
    void a_clock_that_is_set_back_repeats_no_firing() throws Exception {
        bench.delivered("a");
        NightlyReprocessing night = started();
        bench.pass(TO_THE_NIGHT);
        night.work();
        outdate("a");
        bench.clock.forward(Duration.ofMinutes(-10));
        night.work();
        started().work();
        bench.clock.forward(Duration.ofMinutes(15));
        night.work();
        assertThat(version("a")).isEqualTo(2);
    }

    @Test
    void a_clock_that_was_ahead_for_a_while_prevents_no_later_firing() throws Exception {
        bench.delivered("a");
        NightlyReprocessing night = started();
        bench.clock.forward(Duration.ofDays(3_650));
        night.work();
        assertThat(version("a")).as("caught up, by a clock that is wrong").isEqualTo(2);
        outdate("a");
        bench.clock.forward(Duration.ofDays(-3_650));
        night.work();
        assertThat(version("a")).isEqualTo(2);
        bench.pass(TO_THE_NIGHT);
        night.work();
        assertThat(version("a")).isEqualTo(3);
    }

    @Test
    void firings_that_were_due_without_a_rule_or_under_another_rule_are_not_missed() {
        bench.delivered("a");
        started();
        bench.pass(Duration.ofMinutes(1));
        NightlyReprocessing none = night(bench.ledger, "", "", "stale", 100);
        none.begin();
        none.work();
        bench.pass(TO_THE_NIGHT.plus(DAY));
        NightlyReprocessing again = started();
        again.work();
        assertThat(version("a")).isEqualTo(1);
        NightlyReprocessing other = night(bench.ledger, "0 0 2 * * ?", "", "stale", 100);
        bench.pass(Duration.ofHours(3));
        other.begin();
        other.work();
        other.work();
        assertThat(version("a")).isEqualTo(1);
        bench.pass(DAY);
        other.work();
        assertThat(version("a")).isEqualTo(2);
    }

    @Test
    void a_firing_waits_while_its_list_cannot_be_read_and_an_incident_is_reported() throws IOException {
        bench.delivered("a");
        Path list = folder.resolve("ids");
        NightlyReprocessing night = night("list=" + list);
        night.begin();
        bench.pass(TO_THE_NIGHT);
        night.work();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("night");
        assertThat(bench.incidents.open().get(0).what()).contains(list.toString(), "2026-03-02T01:00:00Z waits");

        Files.writeString(list, "a\nnobody\n");
        bench.pass(Duration.ofHours(1));
        night.work();
        assertThat(version("a")).isEqualTo(2);
        assertThat(bench.incidents.open()).isEmpty();
        assertThat(night.unknown()).containsExactly("nobody");
    }

    @Test
    void the_most_valuable_scenes_are_chosen_first_once_each_and_up_to_the_limit() {
        for (String id : List.of("a", "b", "c", "d")) {
            bench.delivered(id);
            bench.pass(Duration.ofMinutes(1));
        }
        bench.ledger.change(session ->
                session.scenes().move("b", Set.of(SceneState.DELIVERED), SceneState.FAILED, "2 of 4 tiles failed"));
        bench.markAllSent();
        NightlyReprocessing night = night(bench.ledger, "0 0 1 * * ?", "", "failed; stale", 3);
        assertThat(night.choose()).extracting(choice -> choice.scene().id()).containsExactly("b", "d", "c");
        assertThat(night.choose()).extracting(Choice::why).first().isEqualTo("it failed: 2 of 4 tiles failed");
        assertThat(version("b")).as("it was only a look").isEqualTo(1);

        assertThat(night.fire()).hasSize(3);
        assertThat(bench.ledger.read(session -> session.scenes().inStates(Set.of(SceneState.ACCEPTED))).stream()
                        .map(Scene::id))
                .containsExactly("b", "d", "c");
        bench.pass(Duration.ofMinutes(1));
        assertThat(night.fire()).extracting(choice -> choice.scene().id()).containsExactly("a");
        bench.pass(Duration.ofMinutes(1));
        assertThat(night.fire()).isEmpty();
    }

    @Test
    void scenes_are_not_reprocessed_while_their_recipe_is_missing_broken_or_too_large_for_the_cluster()
            throws IOException {
        bench.delivered("a");
        NightlyReprocessing tooLarge = new NightlyReprocessing(
                bench.ledger,
                bench.recipes(),
                any -> "it asks for a node of 1 TB",
                Schedule.of("", "UTC", ""),
                Selection.parse("stale"),
                9,
                2,
                bench.incidents,
                bench.json,
                bench.clock);
        assertThat(tooLarge.choose()).isEmpty();
        Files.writeString(recipe.resolve("recipe.yaml"), "steps: none");
        assertThat(night("stale").choose()).isEmpty();
        Files.writeString(recipe.resolve("recipe.yaml"), Workbench.ONE_STEP);
        assertThat(night("stale").choose()).hasSize(1);
    }

    @Test
    void a_night_lasts_from_its_firing_to_its_end_also_when_a_person_started_it() {
        NightlyReprocessing night = night(bench.ledger, "0 0 1 * * ?", "06:00", "stale", 9);
        night.begin();
        assertThat(night.lasts()).as("noon").isFalse();
        bench.pass(TO_THE_NIGHT);
        night.work();
        assertThat(night.lasts()).isTrue();
        assertThat(night.end()).contains(Instant.parse("2026-03-02T06:00:00Z"));
        bench.pass(Duration.ofHours(5));
        assertThat(night.lasts()).as("six").isFalse();
        bench.pass(Duration.ofHours(2));
        night.fire();
        assertThat(night.end()).as("until the next six").contains(Instant.parse("2026-03-03T06:00:00Z"));
        assertThat(night("stale").lasts()).as("without an end").isTrue();
    }

    @Test
    void a_firing_that_is_worked_after_its_night_ended_leaves_its_scenes_for_the_next_night() {
        bench.delivered("a");
        NightlyReprocessing night = night(bench.ledger, "0 0 1 * * ?", "06:00", "stale", 9);
        night.begin();
        bench.pass(TO_THE_NIGHT.plusHours(8));
        night.work();
        assertThat(version("a")).isEqualTo(2);
        assertThat(night.lasts()).isFalse();
        bench.pass(Duration.ofHours(16));
        night.work();
        assertThat(night.lasts()).isTrue();
        assertThat(version("a")).as("it is under way").isEqualTo(2);
    }

    @Test
    void scenes_that_an_older_swath_planned_are_selected_by_the_coverage_in_their_plan() throws Exception {
        bench.delivered("a");
        sql("update scene set covered = 0, plan = '{\"datetime\":\"2024-05-01T10:00:00Z\",\"georeference\":"
                + "{\"footprint\":[[10,45],[12,45],[12,47],[10,47],[10,45]]}}' where id = 'a'");
        assertThat(night("datetime=2024-05-01 bbox=11,46,20,50").choose()).hasSize(1);
        assertThat(night("datetime=2024-05-02").choose()).isEmpty();
        sql("update scene set covered = 0, plan = 'half a' where id = 'a'");
        assertThat(night("datetime=2024-05-01").choose()).isEmpty();
    }
}
