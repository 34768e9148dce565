package io.swath.arrival.folder;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import io.swath.ledger.InboxEntries.Entry;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.testing.Arrivals;
import io.swath.testing.TestClock;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Incomplete inbox entries: shown, counted, and rejected when their patience is used up. */
@Tag("resources")
class WaitingEntriesTest {
    private static final Duration PATIENCE = Duration.ofMinutes(20);
    private static final Duration CYCLE = Duration.ofSeconds(5);

    @TempDir
    Path folder;

    private final Logger logger = (Logger) LoggerFactory.getLogger(WaitingEntries.class);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private Workbench bench;
    private Path inbox;
    private Function<Recipe, String> unusable = recipe -> "";
    private InboxArrival arrival;

    @BeforeEach
    void open() throws IOException {
        bench = new Workbench(folder);
        inbox = bench.storage.folder(bench.storage.inbox().resolve("ndvi"));
        bench.installRecipe("ndvi");
        logged.start();
        logger.addAppender(logged);
        start();
    }

    /** Starts the stage, as a restart of Swath does. */
    private void start() {
        arrival = Arrivals.on(bench)
                .unusable(recipe -> unusable.apply(recipe))
                .patience(PATIENCE)
                .inboxes();
    }

    @AfterEach
    void close() {
        logger.detachAppender(logged);
        bench.close();
    }

    private void cycle() {
        arrival.due().forEach(arrival::take);
    }

    /** Swath runs for this time, a cycle every 5 seconds. */
    private void run(Duration time) {
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(CYCLE)) {
            bench.pass(CYCLE);
            cycle();
        }
    }

    private List<Entry> waiting() {
        return bench.ledger.read(session -> session.inboxEntries().all());
    }

    private List<Scene> scenes(SceneState state) {
        return bench.ledger.read(session -> session.scenes().inStates(Set.of(state)));
    }

    /** A folder whose STAC Item names a file that is missing. */
    private Path incomplete(String name) throws IOException {
        Path scene = Files.createDirectories(inbox.resolve(name));
        Files.writeString(scene.resolve("red.tif"), "red");
        Files.writeString(scene.resolve("item.json"), """
                {"type": "Feature", "stac_version": "1.1.0", "id": "S2",
                 "assets": {"red": {"href": "red.tif"}, "nir": {"href": "nir.tif"}}}
                """);
        return scene;
    }

    private void assertRejected(String name, String missing) throws IOException {
        assertThat(scenes(SceneState.REJECTED))
                .singleElement()
                .satisfies(scene -> assertThat(scene.name()).isEqualTo(name))
                .satisfies(scene -> assertThat(scene.reason())
                        .startsWith("scene-comes-whole-in-time: ")
                        .contains(missing));
        JsonNode reason = bench.json.readTree(
                bench.storage.rejected().resolve(name).resolve("reason.json").toFile());
        assertThat(reason.path("rule").asText()).isEqualTo("scene-comes-whole-in-time");
        assertThat(reason.path("what").asText()).contains("1200 s").contains(missing);
        assertThat(reason.path("remedy").asText()).contains("inbox/ndvi").contains("arrival.patience");
        assertThat(waiting()).isEmpty();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void an_incomplete_entry_is_in_the_ledger_with_what_is_missing_and_since_when() throws IOException {
        incomplete("S2A");
        cycle();
        assertThat(waiting()).singleElement().satisfies(entry -> {
            assertThat(entry.path()).isEqualTo("ndvi/S2A");
            assertThat(entry.recipe()).isEqualTo("ndvi");
            assertThat(entry.missing()).contains("nir.tif");
            assertThat(entry.firstSeen()).isEqualTo(TestClock.START);
        });
        assertThat(bench.incidents.open())
                .as("only the sender can end this wait")
                .isEmpty();
    }

    @Test
    void an_entry_that_becomes_complete_is_accepted_and_no_longer_waits() throws IOException {
        Path scene = incomplete("S2A");
        run(PATIENCE.minus(CYCLE));
        assertThat(waiting()).hasSize(1);
        Files.writeString(scene.resolve("nir.tif"), "nir");
        run(CYCLE);
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(waiting()).isEmpty();
        assertThat(inbox).isEmptyDirectory();
    }

    @Test
    void an_entry_that_was_removed_from_the_inbox_no_longer_waits() throws IOException {
        Path marker = Files.createFile(inbox.resolve("late.done"));
        cycle();
        assertThat(waiting()).hasSize(1);
        Files.delete(marker);
        cycle();
        assertThat(waiting()).isEmpty();
    }

    @Test
    void an_incomplete_entry_is_rejected_as_a_whole_when_its_patience_is_used_up() throws IOException {
        incomplete("S2A");
        cycle();
        run(PATIENCE.minus(CYCLE));
        assertThat(scenes(SceneState.REJECTED)).isEmpty();
        run(CYCLE);
        assertRejected("S2A", "nir.tif");
        assertThat(inbox).isEmptyDirectory();
        assertThat(bench.storage.rejected().resolve("S2A/S2A/red.tif")).hasContent("red");
    }

    @Test
    void a_marker_whose_scene_never_comes_is_rejected() throws IOException {
        Files.createFile(inbox.resolve("late.done"));
        cycle();
        run(PATIENCE);
        assertRejected("late.done", "the scene that this marker declares complete");
        assertThat(inbox).isEmptyDirectory();
    }

    @Test
    void a_file_that_lies_beside_the_inboxes_waits_for_a_recipe_and_is_then_rejected() throws IOException {
        Path stray = Files.writeString(inbox.resolveSibling("stray.tif"), "pixels");
        Files.writeString(inbox.resolveSibling("copying.tif.part"), "pix");
        cycle();
        assertThat(waiting()).singleElement().satisfies(entry -> {
            assertThat(entry.path()).isEqualTo("stray.tif");
            assertThat(entry.missing()).isEqualTo("a recipe: move it into inbox/RECIPE/");
        });
        run(PATIENCE);
        assertThat(stray).doesNotExist();
        assertThat(waiting()).isEmpty();
        assertThat(scenes(SceneState.REJECTED))
                .singleElement()
                .satisfies(scene -> assertThat(scene.reason()).contains("put it into inbox/RECIPE again"));
        assertThat(bench.storage.rejected().resolve("stray.tif/stray.tif")).hasContent("pixels");
    }

    @Test
    void the_waited_time_and_the_first_seen_time_survive_a_restart() throws IOException {
        incomplete("S2A");
        cycle();
        run(Duration.ofMinutes(15));
        Entry before = waiting().get(0);
        bench.pass(Duration.ofDays(3));
        start();
        cycle();
        assertThat(waiting()).containsExactly(before);
        run(Duration.ofMinutes(4));
        assertThat(scenes(SceneState.REJECTED)).isEmpty();
        run(Duration.ofMinutes(1).plusSeconds(10));
        assertRejected("S2A", "nir.tif");
    }

    @Test
    void a_stop_a_clock_jump_and_a_storage_that_does_not_answer_use_up_no_patience() throws IOException {
        incomplete("S2A");
        cycle();
        bench.clock.forward(Duration.ofDays(400));
        bench.pass(Duration.ofDays(1)); // no look in between, as when the process is stopped
        run(CYCLE);
        Path away = folder.resolve("away");
        Files.move(bench.storage.root(), away);
        run(PATIENCE.multipliedBy(2));
        assertThat(waiting()).as("nothing is known about it").hasSize(1);
        assertThat(bench.incidents.open()).hasSize(1);
        Files.move(away, bench.storage.root());
        run(PATIENCE.minusSeconds(10));
        assertThat(scenes(SceneState.REJECTED)).isEmpty();
        run(Duration.ofSeconds(10));
        assertRejected("S2A", "nir.tif");
    }

    @Test
    void a_wait_for_a_recipe_uses_up_no_patience() throws IOException {
        unusable = recipe -> recipe.name() + " asks for a GPU that the cluster does not have.";
        Files.writeString(inbox.resolve("a.tif"), "x");
        incomplete("S2A");
        run(PATIENCE.multipliedBy(2));
        assertThat(waiting()).extracting(Entry::path).containsExactlyInAnyOrder("ndvi/S2A", "ndvi/a.tif");
        assertThat(waiting()).extracting(Entry::waited).containsOnly(Duration.ZERO);
        unusable = recipe -> "";
        run(Duration.ofMinutes(1));
        assertThat(scenes(SceneState.ACCEPTED)).extracting(Scene::name).containsExactly("a.tif");
        assertThat(waiting()).extracting(Entry::path).containsExactly("ndvi/S2A");
        run(PATIENCE);
        assertRejected("S2A", "nir.tif");
    }

    @Test
    void a_new_entry_of_the_same_name_starts_with_its_own_patience() throws IOException {
        incomplete("S2A");
        cycle();
        run(PATIENCE);
        assertThat(waiting()).isEmpty();
        incomplete("S2A");
        run(PATIENCE);
        assertThat(scenes(SceneState.REJECTED)).hasSize(1);
        assertThat(waiting()).hasSize(1);
    }

    @Test
    void an_entry_that_cannot_be_rejected_is_accepted_when_it_becomes_complete() throws IOException {
        Path scene = incomplete("S2A");
        Files.delete(bench.storage.rejected());
        Files.createFile(bench.storage.rejected()); // so that nothing can be moved there
        cycle();
        run(PATIENCE.plusSeconds(10));
        assertThat(scene).exists();
        assertThat(bench.incidents.open()).hasSize(1);
        Files.writeString(scene.resolve("nir.tif"), "nir");
        run(CYCLE.multipliedBy(2));
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(waiting()).isEmpty();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_rejection_that_failed_is_not_finished_after_a_file_deep_in_the_folder_has_come() throws IOException {
        Path scene = Files.createDirectories(inbox.resolve("S2A"));
        Path deep = Files.createDirectories(scene.resolve("GRANULE/IMG_DATA"));
        Files.writeString(scene.resolve("item.json"), """
                {"type": "Feature", "stac_version": "1.1.0", "id": "S2",
                 "assets": {"red": {"href": "GRANULE/IMG_DATA/red.tif"}, "nir": {"href": "GRANULE/IMG_DATA/nir.tif"}}}
                """);
        Files.createFile(inbox.resolve("S2A.done")); // declares it complete, so it is rejected at once
        Files.delete(bench.storage.rejected());
        Files.createFile(bench.storage.rejected()); // so that nothing can be moved there
        cycle();
        assertThat(bench.incidents.open()).hasSize(1);
        assertThat(scenes(SceneState.REJECTED)).hasSize(1);

        Files.writeString(deep.resolve("red.tif"), "red"); // changes nothing of the top folder
        cycle();
        Files.delete(bench.storage.rejected());
        run(Duration.ofMinutes(2));
        assertThat(waiting())
                .singleElement()
                .satisfies(entry -> assertThat(entry.missing()).contains("nir.tif"));

        Files.writeString(deep.resolve("nir.tif"), "nir");
        run(CYCLE.multipliedBy(2));
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(scenes(SceneState.REJECTED)).hasSize(1);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void the_waited_time_is_written_every_ten_seconds_at_most() throws IOException {
        incomplete("S2A");
        cycle();
        run(CYCLE);
        assertThat(waiting().get(0).waited()).isEqualTo(Duration.ZERO);
        run(CYCLE);
        assertThat(waiting().get(0).waited()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void a_long_wait_is_logged_once_with_the_entry_and_what_is_missing() throws IOException {
        incomplete("S2A");
        cycle();
        run(Duration.ofMinutes(9));
        assertThat(logged.list).isEmpty();
        run(Duration.ofMinutes(9));
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .singleElement()
                .asString()
                .contains("10 minutes", "nir.tif", "entry=ndvi/S2A", "recipe=ndvi");
    }

    @Test
    void names_that_look_the_same_in_print_are_two_entries() throws IOException {
        incomplete("a\u0001b");
        incomplete("a\u0002b");
        cycle();
        assertThat(waiting())
                .hasSize(2)
                .extracting(Entry::path)
                .doesNotHaveDuplicates()
                .allMatch(path -> path.startsWith("ndvi/a\ufffdb-"));
    }

    @Test
    void an_entry_that_changes_keeps_its_first_seen_time() throws IOException {
        Path scene = incomplete("S2A");
        cycle();
        bench.pass(CYCLE);
        Path item = scene.resolve("item.json");
        Files.writeString(item, Files.readString(item).replace("nir.tif", "nir08.tif"));
        cycle();
        assertThat(waiting()).singleElement().satisfies(entry -> {
            assertThat(entry.missing()).contains("nir08.tif");
            assertThat(entry.firstSeen()).isEqualTo(TestClock.START);
        });
    }

    @Test
    void the_patience_begins_when_swath_first_sees_the_entry() throws IOException {
        bench.pass(Duration.ofDays(9));
        incomplete("S2A");
        cycle();
        assertThat(waiting().get(0).firstSeen()).isEqualTo(TestClock.START.plus(Duration.ofDays(9)));
        assertThat(waiting().get(0).waited()).isZero();
    }
}
