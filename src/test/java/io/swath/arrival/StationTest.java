package io.swath.arrival;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.delivery.Messages;
import io.swath.model.Announcement;
import io.swath.model.Announcement.State;
import io.swath.model.Door;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Refusal;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.storage.Storage;
import io.swath.testing.Workbench;
import io.swath.wire.Texts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From a message to an accepted scene, or to the reason why there is none. */
class StationTest {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration SETTLE = Duration.ofSeconds(10);
    private static final Duration CYCLE = Duration.ofSeconds(1);

    @TempDir
    Path folder;

    private Workbench bench;
    private Path incoming;
    private Path other;
    private Function<Recipe, String> unfit = one -> "";
    private RecipeCheck check;
    private Reception reception;
    private Pickup pickup;
    private int messages;

    @BeforeEach
    void open() throws IOException {
        bench = new Workbench(folder);
        incoming = Files.createDirectory(bench.storage.root().resolve("incoming"));
        other = Files.createDirectory(folder.resolve("other"));
        recipe("ndvi");
        start(SETTLE);
    }

    private void start(Duration settle) {
        RecipeBook book = new RecipeBook(folder.resolve("recipes"));
        check = new RecipeCheck(book, one -> unfit.apply(one), bench.troubles);
        Places places = new Places(bench.storage, List.of(other));
        reception = new Reception(bench.ledger, places, book, bench.clock);
        pickup = new Pickup(
                bench.ledger,
                bench.storage,
                book,
                check,
                places,
                PATIENCE,
                settle,
                bench.troubles,
                bench.clock,
                bench.steady);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private Path recipe(String name) throws IOException {
        Path place = Files.createDirectories(folder.resolve("recipes").resolve(name));
        Path script = Files.writeString(place.resolve("step.sh"), "#!/bin/sh\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return Files.writeString(place.resolve("recipe.yaml"), Workbench.ONE_STEP);
    }

    private static Path file(Path path, String content) throws IOException {
        Files.writeString(path, content);
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r-----"));
    }

    private Optional<Refusal> receive(String body) {
        return reception.receive("ID:" + ++messages, "correlation", body);
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

    /** Swath runs for so long, a cycle a second. */
    private void runs(Duration time) {
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(CYCLE)) {
            bench.pass(CYCLE);
            cycle();
        }
    }

    private List<Scene> scenes(SceneState state) {
        return bench.ledger.read(session -> session.scenes().in(Set.of(state)));
    }

    private Announcement last() {
        return bench.ledger
                .read(session -> session.announcements().find("ID:" + messages))
                .orElseThrow();
    }

    private int waiting() {
        return bench.ledger.read(session -> session.announcements().waitingCount());
    }

    private Path taken(Scene scene) {
        return bench.storage.scene(scene.id()).resolve(scene.id() + ".tif");
    }

    private void assertRejected(String rule, String field) {
        assertThat(last().state()).isEqualTo(State.REJECTED);
        assertThat(last().refusal().orElseThrow().rule()).isEqualTo(rule);
        assertThat(last().refusal().orElseThrow().field()).isEqualTo(field);
        assertThat(scenes(SceneState.REJECTED))
                .singleElement()
                .satisfies(scene ->
                        assertThat(scene.id()).isEqualTo(last().sceneId().orElseThrow()))
                .satisfies(scene -> assertThat(scene.reason()).startsWith(rule + ": "))
                .satisfies(scene -> assertThat(scene.door()).isEqualTo(Door.STATION));
        assertThat(outbox()).filteredOn(Messages.Message::dead).singleElement().satisfies(letter -> {
            assertThat(letter.queue()).isEqualTo("swath.dead");
            assertThat(letter.correlationId()).isEqualTo("correlation");
            assertThat(letter.messageId()).isEqualTo("ID:" + messages);
            assertThat(letter.body()).isEqualTo(last().body());
            assertThat(letter.reason()).startsWith(rule + ": ");
            assertThat(letter.field()).isEqualTo(field);
            assertThat(letter.remedy()).endsWith(".");
        });
    }

    private List<Messages.Message> outbox() {
        return new Messages(bench.ledger, bench.storage, bench.json, "local", "/test", bench.troubles).due();
    }

    private void assertNothingLeftAside() throws IOException {
        assertThat(bench.storage.scene(".announced")).isEmptyDirectory();
    }

    @Test
    void whatStandsStillIsTakenAndTheStationsFileStays() throws IOException {
        Path file = file(incoming.resolve("a.tif"), "pixels");
        announce(message("incoming/a.tif", ", \"priority\": \"urgent\", \"id\": \"pass 7\""));
        runs(SETTLE.minus(CYCLE));
        assertThat(scenes(SceneState.ACCEPTED)).isEmpty();
        assertThat(last().waitsFor()).contains("stand still");
        runs(CYCLE.multipliedBy(2));
        Scene scene = scenes(SceneState.ACCEPTED).get(0);
        assertThat(taken(scene)).hasContent("pixels");
        assertThat(Files.getAttribute(taken(scene), "unix:ino"))
                .as("it is the same file")
                .isEqualTo(Files.getAttribute(file, "unix:ino"));
        assertThat(file).hasContent("pixels");
        assertThat(scene.priority()).isEqualTo(Priority.URGENT);
        assertThat(scene.door()).isEqualTo(Door.STATION);
        assertThat(last().state()).isEqualTo(State.TAKEN);
        assertThat(last().sceneId()).contains(scene.id());
        assertThat(outbox())
                .singleElement()
                .satisfies(event -> assertThat(bench.json
                                .readTree(event.body())
                                .at("/data/announcement")
                                .asText())
                        .isEqualTo("pass 7"));
        assertNothingLeftAside();
    }

    @Test
    void whatItsChecksumVouchesForIsTakenAtOnce() throws IOException {
        file(incoming.resolve("a.tif"), "pixels");
        announce(message(incoming.resolve("a.tif"), ", \"checksum\": \"sha256:" + Texts.digest("pixels") + "\""));
        cycle();
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
    }

    @Test
    void anotherContentThanItsChecksumSaysIsRejectedOnceItStandsStill() throws IOException {
        Path file = file(incoming.resolve("a.tif"), "pix");
        announce(message("incoming/a.tif", ", \"checksum\": \"sha256:" + Texts.digest("pixels") + "\""));
        runs(Duration.ofSeconds(5));
        assertThat(last().state()).as("it may still be growing").isEqualTo(State.WAITING);
        file(file, "pixel");
        runs(SETTLE.minus(CYCLE));
        assertThat(last().state()).isEqualTo(State.WAITING);
        runs(SETTLE);
        assertRejected("checksum-is-right", "checksum");
        assertThat(file).exists();
    }

    @Test
    void aFileThatComesLateIsTakenWhenItIsThere() throws IOException {
        announce(message("incoming/late.tif", ""));
        runs(Duration.ofMinutes(5));
        assertThat(last().waitsFor()).contains("incoming/late.tif");
        file(incoming.resolve("late.tif"), "pixels");
        runs(Duration.ofMinutes(1));
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
    }

    @Test
    void aFileThatNeverComesIsGivenUpWhenItsTimeIsUp() throws IOException {
        announce(message("incoming/never.tif", ""));
        runs(PATIENCE.minusSeconds(5));
        assertThat(last().state()).isEqualTo(State.WAITING);
        runs(Duration.ofSeconds(40));
        assertRejected("scene-comes-in-time", "path");
    }

    @Test
    void neitherAJumpOfTheClockNorAStopNorAStorageThatIsAwayUsesUpItsTime() throws IOException {
        announce(message("incoming/never.tif", ""));
        runs(Duration.ofSeconds(10));
        bench.clock.forward(Duration.ofDays(400));
        runs(Duration.ofSeconds(40));
        bench.pass(Duration.ofDays(1)); // it stood still, as a stopped process does
        runs(Duration.ofSeconds(40));
        start(SETTLE);
        bench.pass(Duration.ofDays(1));
        runs(Duration.ofSeconds(40));
        Path scenes = bench.storage.root().resolve("scenes");
        Files.move(scenes, folder.resolve("away"));
        runs(PATIENCE.multipliedBy(2));
        assertThat(bench.troubles.open()).isNotEmpty();
        Files.move(folder.resolve("away"), scenes);
        runs(Duration.ofSeconds(40));
        assertThat(bench.troubles.open()).isEmpty();
        assertThat(last().state()).isEqualTo(State.WAITING);
        runs(PATIENCE);
        assertRejected("scene-comes-in-time", "path");
    }

    @Test
    void aFolderOfTheStationsThatIsNotMountedIsTroubleAndNobodysFault() throws IOException {
        Files.delete(other);
        announce(message(other.resolve("a.tif"), ""));
        runs(PATIENCE.multipliedBy(2));
        assertThat(last().state()).isEqualTo(State.WAITING);
        assertThat(bench.troubles.open())
                .singleElement()
                .satisfies(trouble -> assertThat(trouble.what()).contains(other.toString()));
        Files.createDirectory(other);
        file(other.resolve("a.tif"), "pixels");
        runs(Duration.ofMinutes(1));
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(bench.troubles.open()).isEmpty();
    }

    @Test
    void nothingIsLookedAtBeforeItsTime() throws IOException {
        file(incoming.resolve("a.tif"), "pixels");
        Instant time = bench.clock.instant().plus(Duration.ofHours(2));
        announce(message("incoming/a.tif", ", \"notBefore\": \"" + time + "\""));
        runs(Duration.ofMinutes(1));
        assertThat(last().waitsFor()).isEmpty();
        bench.clock.forward(Duration.ofHours(2));
        runs(Duration.ofMinutes(1));
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
    }

    @Test
    void theMostUrgentAreLookedAtFirst() {
        start(Duration.ZERO);
        for (String priority : List.of("night", "normal", "urgent")) {
            announce(message("incoming/" + priority + ".tif", ", \"priority\": \"" + priority + "\""));
        }
        assertThat(pickup.due())
                .extracting(Announcement::name)
                .containsExactly("urgent.tif", "normal.tif", "night.tif");
    }

    @Test
    void theSameMessageTwiceIsOneScene() throws IOException {
        start(Duration.ZERO);
        file(incoming.resolve("a.tif"), "pixels");
        String message = message("incoming/a.tif", ", \"id\": \"7\"");
        announce(message);
        assertThat(reception.receive("ID:1", "", message)).as("delivered again").isEmpty();
        announce("{\"id\":\"7\",\"recipe\":\"ndvi\",\"path\":\"incoming/a.tif\"}");
        assertThat(waiting()).isEqualTo(1);
        cycle();
        Files.delete(incoming.resolve("a.tif"));
        announce(message);
        runs(PATIENCE.multipliedBy(2));
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(scenes(SceneState.REJECTED)).isEmpty();
        assertThat(outbox()).hasSize(1);
    }

    @Test
    void theSameContentUnderAnotherIdOrPathIsTheSceneThatItWas() throws IOException {
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
    void aPathThatIsUsedAgainForAnotherContentIsAnotherScene() throws IOException {
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
            assertThat(List.of("monday", "tuesday")).contains(Files.readString(taken(scene)));
        }
    }

    @Test
    void anIdThatSaysSomethingElseTheSecondTimeIsRefused() {
        announce(message("incoming/a.tif", ", \"id\": \"7\""));
        assertThat(receive(message("incoming/b.tif", ", \"id\": \"7\"")).orElseThrow())
                .satisfies(refusal -> assertThat(refusal.rule()).isEqualTo("id-is-used-once"))
                .satisfies(refusal -> assertThat(refusal.field()).isEqualTo("id"));
        assertThat(waiting()).isEqualTo(1);
    }

    @Test
    void whatWasRefusedMayBeMendedAndComeAgainWithTheSameId() throws IOException {
        start(Duration.ZERO);
        file(incoming.resolve("a.tif"), "pixels");
        String wrong = message("incoming/a.tif", ", \"id\": \"7\", \"priority\": \"soon\"");
        assertThat(receive(wrong)).isPresent();
        assertThat(reception.receive("ID:1", "", wrong)).as("delivered again").isPresent();
        assertThat(scenes(SceneState.REJECTED)).hasSize(1);
        announce(message("incoming/a.tif", ", \"id\": \"7\""));
        cycle();
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
    }

    @Test
    void whatIsRefusedAtTheDoorIsToldByAnEventAndOneDeadLetter() {
        assertThat(receive("no JSON").orElseThrow().rule()).isEqualTo("message-is-json");
        assertThat(reception.receive("ID:1", "", "no JSON"))
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
    void aRecipeThatIsNotThereIsRefusedAndOneThatIsBrokenIsWaitedFor() throws IOException {
        Refusal refusal =
                receive("{\"path\": \"incoming/a.tif\", \"recipe\": \"nvdi\"}").orElseThrow();
        assertThat(refusal.field()).isEqualTo("recipe");
        assertThat(refusal.remedy()).contains("ndvi");
        Path yaml = recipe("texture");
        Files.writeString(yaml, "nonsense");
        file(incoming.resolve("a.tif"), "pixels");
        announce("{\"path\": \"incoming/a.tif\", \"recipe\": \"texture\"}");
        check.look();
        runs(PATIENCE.multipliedBy(2));
        assertThat(last().state()).isEqualTo(State.WAITING);
        assertThat(last().waitsFor()).isEqualTo("a recipe that can be used");
        recipe("texture");
        start(SETTLE);
        check.look();
        runs(Duration.ofMinutes(1));
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
    void aPathThatIsNotForStationsIsRefusedAtTheDoor(String path) {
        assertThat(receive(message(path, "")).orElseThrow().field()).isEqualTo("path");
        assertThat(scenes(SceneState.REJECTED)).hasSize(1);
    }

    @Test
    void aLinkThatLeadsAwayIsRejected() throws IOException {
        start(Duration.ZERO);
        Path secret = file(folder.resolve("secret.tif"), "secret");
        Files.createSymbolicLink(incoming.resolve("a.tif"), secret);
        announce(message("incoming/a.tif", ""));
        cycle();
        assertRejected("files-are-below-the-roots", "path");
    }

    @Test
    void aLinkIntoSwathsOwnFoldersIsRejected() throws IOException {
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
    void whatCannotBeASceneIsRejected() throws IOException {
        start(Duration.ZERO);
        file(incoming.resolve("a.txt"), "text");
        announce(message("incoming/a.txt", ""));
        cycle();
        assertRejected("name-says-what-it-is", "path");
    }

    @Test
    void aFileOfAnotherFolderThanTheStorageIsTakenToo() throws IOException {
        start(Duration.ZERO);
        file(other.resolve("a.tif"), "pixels");
        announce(message(other.resolve("a.tif"), ""));
        cycle();
        assertThat(taken(scenes(SceneState.ACCEPTED).get(0))).hasContent("pixels");
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
    void aStacItemAsTheBodyIsASceneOfItsAssetsOnceAllAreThere() throws IOException {
        start(Duration.ZERO);
        file(incoming.resolve("red.tif"), "red pixels");
        announce(item("incoming"));
        cycle();
        assertThat(last().waitsFor()).contains("nir.tif");
        file(incoming.resolve("nir.tif"), "nir pixels");
        runs(Duration.ofSeconds(5));
        Scene scene = scenes(SceneState.ACCEPTED).get(0);
        assertThat(scene.name()).isEqualTo("S2A_33UUP");
        assertThat(bench.storage.scene(scene.id()).resolve("red.tif")).hasContent("red pixels");
        assertThat(bench.storage.scene(scene.id()).resolve("nir.tif")).hasContent("nir pixels");
        assertThat(last().stationId()).isEqualTo("item 7");
    }

    @Test
    void anItemWhoseAssetsLieInSwathsOwnFoldersIsRejected() throws IOException {
        start(Duration.ZERO);
        Path inbox = bench.storage.folder(bench.storage.inbox().resolve("ndvi"));
        file(inbox.resolve("red.tif"), "red");
        file(inbox.resolve("nir.tif"), "nir");
        announce(item("inbox/ndvi"));
        cycle();
        assertRejected("files-are-below-the-roots", "path");
    }

    @Test
    void stoppedAfterTheLedgerKnowsTheSceneItGoesOnWithoutTheStationsFile() throws IOException {
        start(Duration.ZERO);
        Path file = file(incoming.resolve("a.tif"), "pixels");
        announce(message("incoming/a.tif", ""));
        Path scenes = bench.storage.root().resolve("scenes");
        List<Announcement> due = pickup.due();
        // The rename fails: something lies in the scene's place.
        String key = ContentKey.of("ndvi", file);
        Path blocked = scenes.resolve(SceneName.id("a.tif", key));
        Files.writeString(blocked, "in the way");
        due.forEach(pickup::look);
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(last().state()).isEqualTo(State.WAITING);
        Files.delete(file);
        Files.delete(blocked);
        runs(Duration.ofSeconds(10));
        assertThat(last().state()).isEqualTo(State.TAKEN);
        assertThat(taken(scenes(SceneState.ACCEPTED).get(0))).hasContent("pixels");
        assertNothingLeftAside();
        assertThat(outbox()).hasSize(1);
    }

    @Test
    void aSceneThatTheLedgerKnowsAndWhoseFilesAreGoneForGoodEndsRejected() throws IOException {
        start(Duration.ZERO);
        Path file = file(incoming.resolve("a.tif"), "pixels");
        announce(message("incoming/a.tif", ""));
        Path scenes = bench.storage.root().resolve("scenes");
        Path blocked = scenes.resolve(SceneName.id("a.tif", ContentKey.of("ndvi", file)));
        Files.writeString(blocked, "in the way");
        cycle();
        Files.delete(file);
        Files.delete(blocked);
        try (var laid = Files.list(scenes)) {
            for (Path part : laid.toList()) {
                Storage.remove(part);
            }
        }
        runs(PATIENCE.plusMinutes(1));
        assertRejected("scene-comes-in-time", "path");
        assertThat(scenes(SceneState.ACCEPTED)).isEmpty();
    }
}
