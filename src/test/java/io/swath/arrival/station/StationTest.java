package io.swath.arrival.station;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.arrival.ContentKey;
import io.swath.arrival.CopyPolicy;
import io.swath.arrival.RecipeCheck;
import io.swath.arrival.SceneName;
import io.swath.delivery.Messages;
import io.swath.model.Announcement;
import io.swath.model.Announcement.State;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Rejection;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.storage.Removal;
import io.swath.storage.Storage;
import io.swath.testing.Workbench;
import io.swath.testing.WriteLease;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From a message to an accepted scene, or to the reason why there is none. */
@Tag("resources")
class StationTest {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration SETTLE = Duration.ofSeconds(10);
    private static final Duration CYCLE = Duration.ofSeconds(1);

    @TempDir
    Path folder;

    private Workbench bench;
    private Path incoming;
    private Path other;
    private Function<Recipe, String> rejected = one -> "";
    private RecipeCheck check;
    private AnnouncementReceiver receiver;
    private Pickup pickup;
    private int messages;
    private final List<Messages.Message> sent = new ArrayList<>();

    @BeforeEach
    void open() throws IOException {
        bench = new Workbench(folder);
        incoming = Files.createDirectory(bench.storage.root().resolve("incoming"));
        other = Files.createDirectory(folder.resolve("other"));
        bench.installRecipe("ndvi");
        start(SETTLE);
    }

    private void start(Duration settle) {
        RecipeBook book = bench.recipes();
        check = new RecipeCheck(book, one -> rejected.apply(one), bench.incidents);
        AllowedPaths places = new AllowedPaths(bench.storage, List.of(other));
        receiver = new AnnouncementReceiver(bench.ledger, places, book, bench.clock);
        pickup = new Pickup(
                bench.ledger,
                bench.storage,
                book,
                check,
                places,
                PATIENCE,
                settle,
                CopyPolicy.UNTRUSTED,
                bench.incidents,
                bench.clock,
                bench.steady);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static Path file(Path path, String content) throws IOException {
        Files.writeString(path, content);
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r-----"));
    }

    private Optional<Rejection> receive(String body) {
        return receiver.receive("ID:" + ++messages, "correlation", body);
    }

    private void announce(String body) {
        assertThat(receive(body)).isEmpty();
    }

    private static String message(Object path, String more) {
        return "{\"path\": \"" + path + "\", \"recipe\": \"ndvi\"" + more + "}";
    }

    private void cycle() {
        List<Announcement> due = pickup.due();
        due.forEach(pickup::look);
        pickup.more(due);
    }

    /** Swath runs for this time, a cycle a second. */
    private void run(Duration time) {
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(CYCLE)) {
            bench.pass(CYCLE);
            cycle();
        }
    }

    private List<Scene> scenes(SceneState state) {
        return bench.ledger.read(session -> session.scenes().inStates(Set.of(state)));
    }

    private Announcement last() {
        return bench.ledger
                .read(session -> session.announcements().find("ID:" + messages))
                .orElseThrow();
    }

    private int waiting() {
        return bench.ledger.read(session -> session.announcements().waitingCount());
    }

    private Path raster(Scene scene) {
        return bench.storage.scene(scene.id()).resolve(scene.id() + ".tif");
    }

    private void assertRejected(String rule, String field) {
        assertThat(last().state()).isEqualTo(State.REJECTED);
        assertThat(last().rejection().orElseThrow().rule()).isEqualTo(rule);
        assertThat(last().rejection().orElseThrow().field()).isEqualTo(field);
        assertThat(scenes(SceneState.REJECTED))
                .singleElement()
                .satisfies(scene ->
                        assertThat(scene.id()).isEqualTo(last().sceneId().orElseThrow()))
                .satisfies(scene -> assertThat(scene.reason()).startsWith(rule + ": "))
                .satisfies(scene -> assertThat(scene.arrival().origin()).isEqualTo(Origin.STATION));
        assertThat(outbox()).filteredOn(Messages.Message::dead).singleElement().satisfies(letter -> {
            assertThat(letter.queue()).isEqualTo("swath.dead");
            assertThat(letter.correlationId()).isEqualTo("correlation");
            assertThat(letter.messageId()).isEqualTo("ID:" + messages);
            assertThat(letter.body()).isEqualTo(last().message().body());
            assertThat(letter.reason()).startsWith(rule + ": ");
            assertThat(letter.field()).isEqualTo(field);
            assertThat(letter.remedy()).endsWith(".");
        });
    }

    /** All messages that went out so far. */
    private List<Messages.Message> outbox() {
        Messages messages = new Messages(bench.ledger, bench.storage, bench.json, "local", "/test", bench.incidents);
        for (List<Messages.Message> due = messages.due(); !due.isEmpty(); due = messages.due()) {
            messages.sent(due);
            sent.addAll(due);
        }
        return sent;
    }

    private void assertNothingIsStaged() throws IOException {
        assertThat(bench.storage.scene(".announced")).isEmptyDirectory();
    }

    @Test
    void a_file_that_stands_still_is_accepted_and_the_stations_file_stays() throws IOException {
        Path file = file(incoming.resolve("a.tif"), "pixels");
        announce(message("incoming/a.tif", ", \"priority\": \"urgent\", \"id\": \"pass 7\""));
        run(SETTLE.minus(CYCLE));
        assertThat(scenes(SceneState.ACCEPTED)).isEmpty();
        assertThat(last().watch().waitsFor()).contains("stay unchanged");
        run(CYCLE.multipliedBy(2));
        Scene scene = scenes(SceneState.ACCEPTED).get(0);
        assertThat(raster(scene)).hasContent("pixels");
        assertThat(Files.getAttribute(raster(scene), "unix:ino"))
                .as("a copy, which the station cannot write to")
                .isNotEqualTo(Files.getAttribute(file, "unix:ino"));
        assertThat(file).hasContent("pixels");
        assertThat(scene.priority()).isEqualTo(Priority.URGENT);
        assertThat(scene.arrival().origin()).isEqualTo(Origin.STATION);
        assertThat(last().state()).isEqualTo(State.TAKEN);
        assertThat(last().sceneId()).contains(scene.id());
        assertThat(outbox())
                .singleElement()
                .satisfies(event -> assertThat(bench.json
                                .readTree(event.body())
                                .at("/data/announcement")
                                .asText())
                        .isEqualTo("pass 7"));
        assertNothingIsStaged();
    }

    /** Announces a file and waits until it is accepted. */
    private Scene accepted(Path file) {
        announce(message(file, ""));
        run(SETTLE.plus(CYCLE.multipliedBy(2)));
        return scenes(SceneState.ACCEPTED).get(0);
    }

    @Test
    void the_original_of_a_scene_whose_file_was_changed_takes_its_place_when_it_is_announced() throws IOException {
        Path file = file(incoming.resolve("a.tif"), "original");
        Scene scene = accepted(file);
        Files.writeString(raster(scene), "changed");
        assertThat(bench.inputChanged(scene.id()).state()).isEqualTo(SceneState.FAILED);

        assertThat(accepted(file).id()).isEqualTo(scene.id());

        assertThat(bench.scene(scene.id()).version()).isEqualTo(2);
        assertThat(raster(scene)).hasContent("original");
        assertThat(file).hasContent("original");
        assertThat(last().state()).isEqualTo(State.TAKEN);
        assertThat(last().sceneId()).contains(scene.id());
        assertNothingIsStaged();
    }

    @Test
    void a_failed_scene_whose_files_are_lost_gets_them_back_when_it_is_announced() throws IOException {
        Path file = file(incoming.resolve("a.tif"), "original");
        Scene scene = accepted(file);
        bench.ledger.change(session ->
                session.scenes().move(scene.id(), Set.of(SceneState.ACCEPTED), SceneState.FAILED, "its file is gone"));
        Removal.remove(bench.storage.scene(scene.id()));

        assertThat(accepted(file).id()).isEqualTo(scene.id());

        assertThat(raster(scene)).hasContent("original");
        assertThat(last().sceneId()).contains(scene.id());
    }

    @Test
    void an_announced_repair_that_was_interrupted_is_finished_by_the_same_announcement() throws IOException {
        Path file = file(incoming.resolve("a.tif"), "original");
        Scene scene = accepted(file);
        Files.writeString(raster(scene), "changed");
        bench.inputChanged(scene.id());
        // As a kill between the move of the files and the ledger leaves it.
        Files.writeString(raster(scene), "original");
        bench.storage.folder(
                bench.storage.scene(".announced").resolve(Storage.stagingPrefix("ID:" + (messages + 1)) + "1.part"));

        assertThat(accepted(file).version()).isEqualTo(2);

        assertThat(raster(scene)).hasContent("original");
        assertNothingIsStaged();
    }

    @Test
    void a_file_with_the_right_checksum_is_accepted_at_once() throws IOException {
        file(incoming.resolve("a.tif"), "pixels");
        announce(message(incoming.resolve("a.tif"), ", \"checksum\": \"sha256:" + Texts.digest("pixels") + "\""));
        cycle();
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
    }

    @Test
    void a_file_with_a_wrong_checksum_is_rejected_once_it_stands_still() throws IOException {
        Path file = file(incoming.resolve("a.tif"), "pix");
        announce(message("incoming/a.tif", ", \"checksum\": \"sha256:" + Texts.digest("pixels") + "\""));
        run(Duration.ofSeconds(5));
        assertThat(last().state()).as("it may still be growing").isEqualTo(State.WAITING);
        file(file, "pixel");
        run(SETTLE.minus(CYCLE));
        assertThat(last().state()).isEqualTo(State.WAITING);
        run(SETTLE);
        assertRejected("checksum-is-right", "checksum");
        assertThat(file).exists();
    }

    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_file_on_which_its_writer_holds_a_lease_waits_and_the_others_are_accepted() throws IOException {
        Path leased = file(incoming.resolve("a.tif"), "a scene");
        announce(message(leased, ""));
        announce(message(file(incoming.resolve("b.tif"), "another scene"), ""));
        try (WriteLease lease = new WriteLease(leased)) {
            run(SETTLE.multipliedBy(2));
            assertThat(scenes(SceneState.ACCEPTED)).extracting(Scene::name).containsExactly("b.tif");
            assertThat(bench.incidents.open()).isEmpty();
            assertThat(bench.ledger.<List<Announcement>>read(
                            session -> session.announcements().waiting(10)))
                    .singleElement()
                    .satisfies(waiting -> assertThat(waiting.toString()).contains(lease.file() + " is still in use"));
        }
        run(Duration.ofMinutes(2));
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(2);
    }

    @Test
    void a_file_that_comes_late_is_accepted_when_it_is_there() throws IOException {
        announce(message("incoming/late.tif", ""));
        run(Duration.ofMinutes(5));
        assertThat(last().watch().waitsFor()).contains("incoming/late.tif");
        file(incoming.resolve("late.tif"), "pixels");
        run(Duration.ofMinutes(1));
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
    }

    @Test
    void an_announcement_is_rejected_when_its_file_does_not_come_in_time() throws IOException {
        announce(message("incoming/never.tif", ""));
        run(PATIENCE.minusSeconds(5));
        assertThat(last().state()).isEqualTo(State.WAITING);
        run(Duration.ofSeconds(40));
        assertRejected("scene-comes-in-time", "path");
    }

    @Test
    void a_clock_jump_a_stop_and_a_storage_that_does_not_answer_use_up_no_time() throws IOException {
        announce(message("incoming/never.tif", ""));
        run(Duration.ofSeconds(10));
        bench.clock.forward(Duration.ofDays(400));
        run(Duration.ofSeconds(40));
        bench.pass(Duration.ofDays(1)); // it stood still, as a stopped process does
        run(Duration.ofSeconds(40));
        start(SETTLE);
        bench.pass(Duration.ofDays(1));
        run(Duration.ofSeconds(40));
        Path scenes = bench.storage.root().resolve("scenes");
        Files.move(scenes, folder.resolve("away"));
        run(PATIENCE.multipliedBy(2));
        assertThat(bench.incidents.open()).isNotEmpty();
        Files.move(folder.resolve("away"), scenes);
        run(Duration.ofSeconds(40));
        assertThat(bench.incidents.open()).isEmpty();
        assertThat(last().state()).isEqualTo(State.WAITING);
        run(PATIENCE);
        assertRejected("scene-comes-in-time", "path");
    }

    @Test
    void a_station_folder_that_is_not_mounted_is_an_incident_and_rejects_no_announcement() throws IOException {
        Files.delete(other);
        announce(message(other.resolve("a.tif"), ""));
        run(PATIENCE.multipliedBy(2));
        assertThat(last().state()).isEqualTo(State.WAITING);
        assertThat(bench.incidents.open())
                .singleElement()
                .satisfies(incident -> assertThat(incident.what()).contains(other.toString()));
        Files.createDirectory(other);
        file(other.resolve("a.tif"), "pixels");
        run(Duration.ofMinutes(1));
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_scene_is_not_looked_at_before_its_not_before_time() throws IOException {
        file(incoming.resolve("a.tif"), "pixels");
        Instant time = bench.clock.instant().plus(Duration.ofHours(2));
        announce(message("incoming/a.tif", ", \"notBefore\": \"" + time + "\""));
        run(Duration.ofMinutes(1));
        assertThat(last().watch().waitsFor()).isEmpty();
        bench.clock.forward(Duration.ofHours(2));
        run(Duration.ofMinutes(1));
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
    }

    @Test
    void the_most_urgent_announcements_are_looked_at_first() {
        start(Duration.ZERO);
        for (String priority : List.of("night", "normal", "urgent")) {
            announce(message("incoming/" + priority + ".tif", ", \"priority\": \"" + priority + "\""));
        }
        assertThat(pickup.due())
                .extracting(Announcement::name)
                .containsExactly("urgent.tif", "normal.tif", "night.tif");
    }

    @Test
    void the_same_message_twice_is_one_scene() throws IOException {
        start(Duration.ZERO);
        file(incoming.resolve("a.tif"), "pixels");
        String message = message("incoming/a.tif", ", \"id\": \"7\"");
        announce(message);
        assertThat(receiver.receive("ID:1", "", message)).as("delivered again").isEmpty();
        announce("{\"id\":\"7\",\"recipe\":\"ndvi\",\"path\":\"incoming/a.tif\"}");
        assertThat(waiting()).isEqualTo(1);
        cycle();
        Files.delete(incoming.resolve("a.tif"));
        announce(message);
        run(PATIENCE.multipliedBy(2));
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(scenes(SceneState.REJECTED)).isEmpty();
        assertThat(outbox()).hasSize(1);
    }

    @Test
    void the_same_content_under_another_id_or_path_is_the_same_scene() throws IOException {
        start(Duration.ZERO);
        file(incoming.resolve("a.tif"), "pixels");
        file(incoming.resolve("b.tif"), "pixels");
        announce(message("incoming/a.tif", ", \"id\": \"7\""));
        announce(message("incoming/b.tif", ", \"id\": \"8\""));
        announce(message("incoming/a.tif", ""));
        cycle();
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(last().state()).isEqualTo(State.TAKEN);
        assertThat(last().sceneId()).contains(scenes(SceneState.ACCEPTED).get(0).id());
    }

    @Test
    void another_content_under_the_same_path_is_another_scene() throws IOException {
        start(Duration.ZERO);
        file(incoming.resolve("latest.tif"), "monday");
        announce(message("incoming/latest.tif", ", \"id\": \"monday\""));
        cycle();
        Files.delete(incoming.resolve("latest.tif"));
        file(incoming.resolve("latest.tif"), "tuesday");
        announce(message("incoming/latest.tif", ", \"id\": \"tuesday\""));
        cycle();
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(2).extracting(Scene::id).doesNotHaveDuplicates();
        for (Scene scene : scenes(SceneState.ACCEPTED)) {
            assertThat(List.of("monday", "tuesday")).contains(Files.readString(raster(scene)));
        }
    }

    @Test
    void another_announcement_with_the_same_station_id_is_rejected() {
        announce(message("incoming/a.tif", ", \"id\": \"7\""));
        assertThat(receive(message("incoming/b.tif", ", \"id\": \"7\"")).orElseThrow())
                .satisfies(rejection -> assertThat(rejection.rule()).isEqualTo("id-is-used-once"))
                .satisfies(rejection -> assertThat(rejection.field()).isEqualTo("id"));
        assertThat(waiting()).isEqualTo(1);
    }

    @Test
    void a_rejected_announcement_can_be_corrected_and_sent_again_with_the_same_id() throws IOException {
        start(Duration.ZERO);
        file(incoming.resolve("a.tif"), "pixels");
        String wrong = message("incoming/a.tif", ", \"id\": \"7\", \"priority\": \"soon\"");
        assertThat(receive(wrong)).isPresent();
        assertThat(receiver.receive("ID:1", "", wrong)).as("delivered again").isPresent();
        assertThat(scenes(SceneState.REJECTED)).hasSize(1);
        announce(message("incoming/a.tif", ", \"id\": \"7\""));
        cycle();
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
    }

    @Test
    void a_message_that_cannot_be_read_causes_one_rejected_event_and_one_dead_letter() {
        assertThat(receive("no JSON").orElseThrow().rule()).isEqualTo("message-is-json");
        assertThat(receiver.receive("ID:1", "", "no JSON"))
                .as("delivered again")
                .isPresent();
        assertThat(last().state()).isEqualTo(State.REJECTED);
        assertThat(outbox()).hasSize(2);
        assertThat(outbox()).filteredOn(Messages.Message::dead).singleElement().satisfies(letter -> {
            assertThat(letter.body()).isEqualTo("no JSON");
            assertThat(letter.correlationId()).isEqualTo("correlation");
            assertThat(letter.reason()).startsWith("message-is-json: ");
        });
        assertThat(outbox()).anyMatch(event -> event.type().equals("io.swath.scene.rejected"));
    }

    @Test
    void an_announcement_with_an_unknown_recipe_is_rejected_and_with_a_broken_recipe_it_waits() throws IOException {
        Rejection rejection =
                receive("{\"path\": \"incoming/a.tif\", \"recipe\": \"nvdi\"}").orElseThrow();
        assertThat(rejection.field()).isEqualTo("recipe");
        assertThat(rejection.remedy()).contains("ndvi");
        Path yaml = bench.installRecipe("texture").resolve("recipe.yaml");
        Files.writeString(yaml, "nonsense");
        file(incoming.resolve("a.tif"), "pixels");
        announce("{\"path\": \"incoming/a.tif\", \"recipe\": \"texture\"}");
        check.look();
        run(PATIENCE.multipliedBy(2));
        assertThat(last().state()).isEqualTo(State.WAITING);
        assertThat(last().watch().waitsFor()).isEqualTo("a recipe that can be used");
        bench.installRecipe("texture");
        start(SETTLE);
        check.look();
        run(Duration.ofMinutes(1));
        assertThat(last().state()).isEqualTo(State.TAKEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../other/a.tif",
                "incoming/../inbox/ndvi/a.tif",
                "incoming/./a.tif",
                "/etc/passwd",
                "inbox/ndvi/a.tif",
                "scenes/x/x.tif",
                "work/a.tif",
                "delivered/a.tif",
                "rejected/a.tif",
                "/",
                ""
            })
    void a_path_that_is_not_for_stations_is_rejected_on_receipt(String path) {
        assertThat(receive(message(path, "")).orElseThrow().field()).isEqualTo("path");
        assertThat(scenes(SceneState.REJECTED)).hasSize(1);
    }

    @Test
    void an_announcement_whose_folder_is_no_more_for_stations_is_rejected() throws IOException {
        Path before = Files.createDirectory(folder.resolve("before"));
        file(before.resolve("a.tif"), "pixels");
        Path now = other;
        other = before;
        start(SETTLE);
        announce(message(before.resolve("a.tif"), ""));
        other = now;
        start(SETTLE);
        cycle();
        assertRejected("files-are-below-the-roots", "path");
    }

    @Test
    void a_link_that_leads_out_of_the_allowed_folders_is_rejected() throws IOException {
        start(Duration.ZERO);
        Path secret = file(folder.resolve("secret.tif"), "secret");
        Files.createSymbolicLink(incoming.resolve("a.tif"), secret);
        announce(message("incoming/a.tif", ""));
        cycle();
        assertRejected("files-are-below-the-roots", "path");
    }

    @Test
    void a_link_into_swaths_own_folders_is_rejected() throws IOException {
        start(Duration.ZERO);
        Path inbox = bench.storage.folder(bench.storage.inbox().resolve("ndvi"));
        file(inbox.resolve("b.tif"), "pixels");
        Files.createSymbolicLink(incoming.resolve("sub"), inbox);
        announce(message("incoming/sub/b.tif", ""));
        cycle();
        assertRejected("files-are-below-the-roots", "path");
        assertThat(inbox.resolve("b.tif")).exists();
    }

    @Test
    void a_file_that_cannot_be_a_scene_is_rejected() throws IOException {
        start(Duration.ZERO);
        file(incoming.resolve("a.txt"), "text");
        announce(message("incoming/a.txt", ""));
        cycle();
        assertRejected("name-says-what-it-is", "path");
    }

    @Test
    void a_file_in_a_station_folder_outside_the_storage_is_accepted() throws IOException {
        start(Duration.ZERO);
        file(other.resolve("a.tif"), "pixels");
        announce(message(other.resolve("a.tif"), ""));
        cycle();
        assertThat(raster(scenes(SceneState.ACCEPTED).get(0))).hasContent("pixels");
        assertThat(other.resolve("a.tif")).exists();
    }

    private static String item(String href) {
        return """
                {"type": "Feature", "stac_version": "1.1.0", "id": "S2A_33UUP", "geometry": null, "links": [],
                 "properties": {"datetime": "2026-11-24T10:00:00Z", "swath:recipe": "ndvi", "swath:id": "item 7"},
                 "assets": {"red": {"href": "%s/red.tif", "type": "image/tiff; application=geotiff", "roles": ["data"],
                                    "bands": [{"name": "red", "eo:common_name": "red"}]},
                            "nir": {"href": "%s/nir.tif", "type": "image/tiff; application=geotiff", "roles": ["data"],
                                    "bands": [{"name": "nir", "eo:common_name": "nir"}]}}}
                """.formatted(href, href);
    }

    @Test
    void a_stac_item_in_a_message_becomes_a_scene_once_all_its_assets_are_there() throws IOException {
        start(Duration.ZERO);
        file(incoming.resolve("red.tif"), "red pixels");
        announce(item("incoming"));
        cycle();
        assertThat(last().watch().waitsFor()).contains("nir.tif");
        file(incoming.resolve("nir.tif"), "nir pixels");
        run(Duration.ofSeconds(5));
        Scene scene = scenes(SceneState.ACCEPTED).get(0);
        assertThat(scene.name()).isEqualTo("S2A_33UUP");
        assertThat(bench.storage.scene(scene.id()).resolve("red.tif")).hasContent("red pixels");
        assertThat(bench.storage.scene(scene.id()).resolve("nir.tif")).hasContent("nir pixels");
        assertThat(last().stationId()).isEqualTo("item 7");
    }

    @Test
    void an_item_whose_assets_are_in_swaths_own_folders_is_rejected() throws IOException {
        start(Duration.ZERO);
        Path inbox = bench.storage.folder(bench.storage.inbox().resolve("ndvi"));
        file(inbox.resolve("red.tif"), "red");
        file(inbox.resolve("nir.tif"), "nir");
        announce(item("inbox/ndvi"));
        cycle();
        assertRejected("files-are-below-the-roots", "path");
    }

    @Test
    void after_a_stop_a_scene_in_the_ledger_is_completed_from_its_staged_files() throws IOException {
        start(Duration.ZERO);
        Path file = file(incoming.resolve("a.tif"), "pixels");
        announce(message("incoming/a.tif", ""));
        Path scenes = bench.storage.root().resolve("scenes");
        List<Announcement> due = pickup.due();
        // The rename fails because a file is in the scene's place.
        String key = ContentKey.of("ndvi", file);
        Path blocked = scenes.resolve(SceneName.id("a.tif", key));
        Files.writeString(blocked, "in the way");
        due.forEach(pickup::look);
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(last().state()).isEqualTo(State.WAITING);
        Files.delete(file);
        Files.delete(blocked);
        run(Duration.ofSeconds(10));
        assertThat(last().state()).isEqualTo(State.TAKEN);
        assertThat(raster(scenes(SceneState.ACCEPTED).get(0))).hasContent("pixels");
        assertNothingIsStaged();
        assertThat(outbox()).hasSize(1);
    }

    @Test
    void a_scene_in_the_ledger_whose_files_are_gone_is_rejected_when_its_time_is_up() throws IOException {
        start(Duration.ZERO);
        Path file = file(incoming.resolve("a.tif"), "pixels");
        announce(message("incoming/a.tif", ""));
        Path scenes = bench.storage.root().resolve("scenes");
        Path blocked = scenes.resolve(SceneName.id("a.tif", ContentKey.of("ndvi", file)));
        Files.writeString(blocked, "in the way");
        cycle();
        Files.delete(file);
        Files.delete(blocked);
        try (var staged = Files.list(scenes)) {
            for (Path part : staged.toList()) {
                Removal.remove(part);
            }
        }
        run(PATIENCE.plusMinutes(1));
        assertRejected("scene-comes-in-time", "path");
        assertThat(scenes(SceneState.ACCEPTED)).isEmpty();
    }

    @Test
    void what_an_interrupted_copy_left_is_removed_once_its_announcement_does_not_wait_any_more() throws IOException {
        announce(message("incoming/a.tif", ""));
        Path part = bench.storage.folder(
                bench.storage.scene(".announced").resolve(Storage.stagingPrefix(last().messageId()) + "7.part"));
        Files.writeString(part.resolve("a.tif"), "half");
        run(PATIENCE.minusMinutes(1));
        assertThat(part).exists();

        run(Duration.ofMinutes(12));
        assertThat(last().state()).isEqualTo(State.REJECTED);
        assertThat(part).doesNotExist();
    }
}
