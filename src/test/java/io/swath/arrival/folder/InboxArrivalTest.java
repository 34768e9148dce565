package io.swath.arrival.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.arrival.CommandArrival;
import io.swath.arrival.ContentKey;
import io.swath.arrival.EntrySnapshot;
import io.swath.arrival.SceneInput;
import io.swath.arrival.SceneName;
import io.swath.arrival.SceneRepair;
import io.swath.health.Incidents.Incident;
import io.swath.ledger.InboxEntries.Entry;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.storage.Removal;
import io.swath.storage.Roots;
import io.swath.storage.Storage;
import io.swath.testing.Arrivals;
import io.swath.testing.OtherFileSystem;
import io.swath.testing.Workbench;
import io.swath.testing.WriteLease;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class InboxArrivalTest {
    @TempDir
    Path folder;

    private Workbench bench;
    private Path inbox;
    private Path recipe;
    private Runnable meanwhile = () -> {};
    private Function<Recipe, String> rejected = found -> "";
    private InboxArrival arrival;

    /** Runs {@code meanwhile} between the look at a scene and its rename. */
    private final class Meanwhile extends Clock {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            Runnable now = meanwhile;
            meanwhile = () -> {};
            now.run();
            return bench.clock.instant();
        }
    }

    @BeforeEach
    void open() throws IOException {
        bench = new Workbench(folder);
        inbox = bench.storage.folder(bench.storage.inbox().resolve("ndvi"));
        recipe = bench.installRecipe("ndvi").resolve("recipe.yaml");
        start();
    }

    /** Starts the stage, as after a crash. */
    private void start() {
        arrival = Arrivals.on(bench)
                .unusable(found -> rejected.apply(found))
                .clock(new Meanwhile())
                .inboxes();
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void takeAll() {
        arrival.due().forEach(arrival::take);
    }

    private List<Scene> scenes(SceneState state) {
        return bench.ledger.read(session -> session.scenes().inStates(Set.of(state)));
    }

    private String content(Scene scene) {
        try {
            return Files.readString(bench.storage.scene(scene.id()).resolve(scene.id() + ".tif"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(Path where, String... command) throws Exception {
        Process process = new ProcessBuilder(command).directory(where.toFile()).start();
        assumeTrue(process.waitFor() == 0, () -> "this machine cannot do " + List.of(command));
    }

    private void assertRejected(int count) throws IOException {
        assertThat(scenes(SceneState.REJECTED))
                .hasSize(count)
                .allMatch(scene -> scene.reason().matches("(?s)[a-z-]+: .+[.] .+[.]"));
        try (Stream<Path> places = Files.list(bench.storage.rejected())) {
            List<Path> all = places.toList();
            assertThat(all).hasSize(count);
            for (Path place : all) {
                assertThat(place.toFile().list()).hasSize(2).contains("reason.json");
                JsonNode reason =
                        new ObjectMapper().readTree(place.resolve("reason.json").toFile());
                for (String field : new String[] {"name", "recipe", "rule", "what", "remedy", "at"}) {
                    assertThat(reason.path(field).asText()).as(field).isNotBlank();
                }
            }
        }
    }

    @Test
    void an_entry_that_cannot_be_a_scene_is_rejected_with_a_reason_and_the_others_are_accepted() throws Exception {
        Path outside = Files.writeString(folder.resolve("outside.tif"), "secret");
        run(inbox, "mkfifo", "a-pipe.tif");
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(inbox.resolve("b-socket.tif")));
            Files.createSymbolicLink(inbox.resolve("c-device.tif"), Path.of("/dev/zero"));
            Files.createSymbolicLink(inbox.resolve("d-out.tif"), outside);
            Files.createSymbolicLink(inbox.resolve("e-nowhere.tif"), folder.resolve("nowhere.tif"));
            Files.createSymbolicLink(inbox.resolve("f-folder"), folder);
            Files.createSymbolicLink(
                    Files.createDirectory(inbox.resolve("g-folder.SAFE")).resolve("B04.tif"), outside);
            Files.writeString(inbox.resolve("h.tar.gz"), "an archive");
            Files.writeString(inbox.resolve("i.tif"), "a scene");

            takeAll();

            assertRejected(6);
            assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
            assertThat(content(scenes(SceneState.ACCEPTED).get(0))).isEqualTo("a scene");
            // They may still become scenes: by an Item that is still to come, or by another name.
            assertThat(inbox.toFile().list()).containsExactlyInAnyOrder("g-folder.SAFE", "h.tar.gz");
            assertThat(outside).hasContent("secret");
            assertThat(bench.incidents.open()).isEmpty();
        }
    }

    @Test
    void a_geotiff_takes_its_companions_along_and_the_rest_stays_beside_it() throws IOException {
        Files.writeString(inbox.resolve("a.tif"), "a scene");
        Files.writeString(inbox.resolve("a.tfw"), "1 0 0 -1 5 5");
        Files.writeString(inbox.resolve("a.PRJ"), "WKT");
        Files.writeString(inbox.resolve("a.tif.ovr"), "overviews");
        Files.writeString(inbox.resolve("b.tfw"), "of another scene");

        takeAll();

        Scene scene = scenes(SceneState.ACCEPTED).get(0);
        Path place = bench.storage.scene(scene.id());
        assertThat(place.toFile().list())
                .containsExactlyInAnyOrder(scene.id() + ".tif", scene.id() + ".tfw", scene.id() + ".prj", ".beside");
        assertThat(place.resolve(scene.id() + ".tfw")).hasContent("1 0 0 -1 5 5");
        assertThat(place.resolve(".beside").toFile().list()).containsExactly("a.tif.ovr");
        assertThat(inbox.toFile().list()).containsExactly("b.tfw");
        assertThat(scenes(SceneState.REJECTED)).isEmpty();
        assertThat(SceneRepair.hasContent(place, scene)).isTrue();

        Files.writeString(inbox.resolve("a.tif"), "a scene");
        Files.writeString(inbox.resolve("a.tfw"), "another place");
        takeAll();
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(2); // the same pixels elsewhere are another scene

        Files.writeString(inbox.resolve("a.tif"), "a scene");
        Files.writeString(inbox.resolve("a.tfw"), "another place");
        Files.writeString(inbox.resolve("a.xml"), "about it");
        takeAll();
        assertThat(bench.storage.rejected().resolve("a.tif").toFile().list())
                .containsExactlyInAnyOrder("a.tif", "a.tfw", "a.xml", "reason.json");
    }

    @Test
    void what_nobody_delivered_as_a_scene_stays_and_is_no_scene() throws IOException {
        for (String name : List.of("Thumbs.db", "desktop.ini", "a.tif.filepart", "~$x.tif")) {
            Files.writeString(inbox.resolve(name), name);
            Files.writeString(bench.storage.inbox().resolve(name), name);
        }
        Files.createDirectories(inbox.resolve("@eaDir/x"));
        Files.createDirectories(bench.storage.inbox().resolve("lost+found"));
        takeAll();
        assertThat(inbox.toFile().list()).hasSize(5);
        assertThat(scenes(SceneState.REJECTED)).isEmpty();
        int waiting = bench.ledger.read(session -> session.inboxEntries().count());
        assertThat(waiting).isZero();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_device_is_rejected() throws Exception {
        run(inbox, "mknod", "zero.tif", "c", "1", "5");
        takeAll();
        assertRejected(1);
    }

    @Test
    void any_name_is_accepted_under_a_safe_id() throws Exception {
        List<String> names = List.of(
                "with blanks.tif",
                "quote'\"`.tif",
                "line\nend.tif",
                "$(touch hacked).tif",
                "-rf.tif",
                "`id`.tif",
                "x".repeat(251) + ".tif",
                "a;b|c&d<e>f*g?[h].tif");
        for (String name : names) {
            Files.writeString(inbox.resolve(name), name);
        }
        run(inbox, "/bin/sh", "-c", "printf 'no text' > \"$(printf 'caf\\351.tif')\"");

        takeAll();

        List<Scene> accepted = scenes(SceneState.ACCEPTED);
        assertThat(accepted)
                .hasSize(names.size() + 1)
                .allMatch(scene -> scene.id().matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"));
        for (Scene scene : accepted) {
            assertThat(content(scene)).isIn(scene.name(), "no text");
        }
        assertThat(inbox).isEmptyDirectory();
    }

    @Test
    void two_contents_with_similar_names_are_two_scenes_and_the_same_content_twice_is_one() throws IOException {
        Files.writeString(inbox.resolve("a b.tif"), "one");
        Files.writeString(inbox.resolve("a-b.tif"), "two");
        Files.writeString(inbox.resolve("a+b.tif"), "two");
        takeAll();
        List<Scene> accepted = scenes(SceneState.ACCEPTED);
        assertThat(accepted).extracting(Scene::id).doesNotHaveDuplicates().allMatch(id -> id.startsWith("a-b-"));
        assertThat(List.of(content(accepted.get(0)), content(accepted.get(1)))).containsExactlyInAnyOrder("one", "two");
        assertThat(bench.storage.rejected()).isDirectoryContaining("glob:**/a-b.tif");
        assertThat(inbox).isEmptyDirectory();
    }

    @Test
    void a_file_that_is_replaced_at_the_last_moment_is_accepted_with_its_new_content() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "old content");
        meanwhile = () -> replace(file, "new content");
        takeAll();
        assertThat(file).hasContent("new content");
        assertThat(bench.incidents.open())
                .extracting(Incident::what)
                .singleElement()
                .asString()
                .contains("replaced");

        takeAll();
        assertThat(scenes(SceneState.ACCEPTED).stream()
                        .filter(scene -> bench.storage.holds(bench.storage.scene(scene.id()))))
                .singleElement()
                .satisfies(scene -> assertThat(content(scene)).isEqualTo("new content"));
        assertThat(bench.incidents.open()).isEmpty();
    }

    private void replace(Path file, String content) {
        try {
            Files.move(
                    Files.writeString(folder.resolve("other"), content),
                    file,
                    java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void an_entry_that_was_removed_again_is_no_incident() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "x");
        Files.writeString(inbox.resolve("b.tif"), "y");
        List<Arrived> due = arrival.due();
        Files.delete(file);
        due.forEach(arrival::take);
        assertThat(bench.incidents.open()).isEmpty();
        assertThat(scenes(SceneState.ACCEPTED)).extracting(Scene::name).containsExactly("b.tif");
    }

    @Test
    void scenes_wait_while_their_recipe_does_not_parse_and_scenes_of_other_recipes_are_accepted() throws IOException {
        bench.installRecipe("other");
        Path others = bench.storage.folder(bench.storage.inbox().resolve("other"));
        String good = Files.readString(recipe);
        Files.writeString(recipe, good.replace("size: 64", "size: many"));
        takeAll();
        assertThat(bench.incidents.open())
                .as("reported before any scene comes")
                .singleElement()
                .satisfies(incident -> assertThat(incident.part() + " " + incident.what())
                        .contains("recipe ndvi", recipe.toString(), "tile.size"));

        Path waiting = Files.writeString(inbox.resolve("a.tif"), "x");
        Files.writeString(others.resolve("b.tif"), "y");
        takeAll();
        assertThat(waiting).exists();
        assertThat(bench.ledger.<List<Entry>>read(
                        session -> session.inboxEntries().all()))
                .extracting(Entry::missing)
                .containsExactly("a recipe that can be used");
        assertThat(scenes(SceneState.ACCEPTED)).extracting(Scene::recipe).containsExactly("other");

        Files.writeString(recipe, good);
        takeAll();
        assertThat(scenes(SceneState.ACCEPTED)).extracting(Scene::recipe).containsExactlyInAnyOrder("other", "ndvi");
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void scenes_wait_while_their_recipe_asks_for_more_than_the_cluster_has() throws IOException {
        rejected = found -> found.name() + " asks for 9 GPUs.";
        Path waiting = Files.writeString(inbox.resolve("a.tif"), "x");
        takeAll();
        takeAll();
        assertThat(waiting).exists();
        assertThat(bench.incidents.open())
                .singleElement()
                .satisfies(incident -> assertThat(incident.what()).contains("ndvi asks for 9 GPUs"));
        rejected = found -> "";
        takeAll();
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void an_entry_is_accepted_after_the_storage_has_come_back() throws IOException {
        Files.writeString(inbox.resolve("a.tif"), "x");
        List<Arrived> due = arrival.due();
        Path away = folder.resolve("away");
        Files.move(bench.storage.root(), away);
        due.forEach(arrival::take);
        assertThat(arrival.due()).isEmpty();
        assertThat(bench.incidents.open()).extracting(Incident::part).contains("inbox");
        assertThat(bench.storage.root()).doesNotExist();

        Files.move(away, bench.storage.root());
        takeAll();
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(content(scenes(SceneState.ACCEPTED).get(0))).isEqualTo("x");
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void an_interrupted_rejection_is_completed_once() throws IOException {
        Path file = Files.writeString(inbox.resolve("note.txt"), "no scene");
        Files.createFile(inbox.resolve("note.txt.done"));
        Files.delete(bench.storage.rejected());
        Files.createFile(bench.storage.rejected()); // so that it can be written down, and then not be moved
        takeAll();
        assertThat(file).exists();
        Files.delete(bench.storage.rejected());
        Files.createDirectory(bench.storage.rejected());
        takeAll();

        assertThat(inbox).isEmptyDirectory();
        assertThat(bench.storage.rejected().resolve("note.txt/note.txt")).hasContent("no scene");
        assertThat(scenes(SceneState.REJECTED)).hasSize(1);
        int events = bench.ledger.read(session -> session.outbox().count());
        assertThat(events).isOne();
    }

    @Test
    void an_entry_whose_rejection_was_interrupted_is_rejected_without_its_marker_and_a_new_one_of_its_name_waits()
            throws IOException {
        for (String name : List.of("old.txt", "new.txt")) {
            Files.writeString(inbox.resolve(name), "no scene");
            Files.createFile(inbox.resolve(name + ".done"));
        }
        Files.delete(bench.storage.rejected());
        Files.createFile(bench.storage.rejected());
        takeAll();
        assertThat(inbox.toFile().list()).containsExactlyInAnyOrder("old.txt", "new.txt");
        Files.delete(bench.storage.rejected());
        Files.createDirectory(bench.storage.rejected());
        Files.delete(inbox.resolve("new.txt"));
        Files.writeString(inbox.resolve("new.txt"), "the beginning of an upload");

        start();
        takeAll();

        assertThat(inbox.toFile().list()).containsExactly("new.txt");
        JsonNode reason = new ObjectMapper()
                .readTree(
                        bench.storage.rejected().resolve("old.txt/reason.json").toFile());
        assertThat(reason.path("rule").asText()).isEqualTo("name-says-geotiff");
        assertThat(reason.path("what").asText()).startsWith("its name does not end in .tif");
        assertThat(reason.path("remedy").asText())
                .startsWith("Deliver one GeoTIFF")
                .endsWith(".");
    }

    @Test
    void the_marker_is_removed_even_when_the_scene_cannot_be_moved() throws IOException {
        Files.copy(Path.of("pom.xml"), inbox.resolve("a.tif"));
        Path marker = Files.createFile(inbox.resolve("a.tif.done"));
        Files.delete(bench.storage.root().resolve("scenes"));
        Files.createFile(bench.storage.root().resolve("scenes")); // so that the scene cannot be moved
        takeAll();

        assertThat(inbox.resolve("a.tif")).exists();
        assertThat(marker).doesNotExist();
    }

    @Test
    void the_original_of_a_scene_whose_file_was_changed_takes_its_place_and_is_processed() throws IOException {
        Files.writeString(inbox.resolve("a.tif"), "original");
        takeAll();
        Scene scene = scenes(SceneState.ACCEPTED).get(0);
        Path file = bench.storage.scene(scene.id()).resolve(scene.id() + ".tif");
        Files.writeString(file, "changed");
        assertThat(bench.inputChanged(scene.id()).state()).isEqualTo(SceneState.FAILED);

        Files.writeString(inbox.resolve("a.tif"), "original");
        takeAll();

        assertThat(file).hasContent("original");
        assertThat(bench.scene(scene.id()).state()).isEqualTo(SceneState.ACCEPTED);
        assertThat(bench.scene(scene.id()).version()).isEqualTo(2);
        assertThat(inbox).isEmptyDirectory();
        assertThat(bench.storage.rejected()).isEmptyDirectory();
    }

    @Test
    void the_original_of_a_failed_scene_without_files_is_processed() throws IOException {
        Files.writeString(inbox.resolve("a.tif"), "original");
        takeAll();
        Scene scene = scenes(SceneState.ACCEPTED).get(0);
        Path file = bench.storage.scene(scene.id()).resolve(scene.id() + ".tif");
        bench.ledger.change(session ->
                session.scenes().move(scene.id(), Set.of(SceneState.ACCEPTED), SceneState.FAILED, "its file is gone"));
        Files.delete(file);

        Files.writeString(inbox.resolve("a.tif"), "original");
        takeAll();

        assertThat(file).hasContent("original");
        assertThat(bench.scene(scene.id()).state()).isEqualTo(SceneState.ACCEPTED);
    }

    @Test
    void a_scene_that_the_command_line_submitted_is_not_accepted_again_from_an_inbox() throws IOException {
        Path file = Files.writeString(folder.resolve("a.tif"), "x");
        new CommandArrival(bench.ledger, bench.storage, bench.clock)
                .accept(
                        SceneInput.at(file, Optional.empty(), Roots.of(folder)),
                        bench.recipes().find("ndvi").orElseThrow(),
                        Priority.URGENT);
        Files.copy(file, inbox.resolve("b.tif"));
        takeAll();
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(inbox).isEmptyDirectory();
    }

    /** A folder in the inbox, with its marker. */
    private Path dropped(String name, String more) throws IOException {
        Path scene = Files.createDirectories(inbox.resolve(name + "/bands")).getParent();
        Files.writeString(scene.resolve("bands/red.tif"), "red");
        Files.writeString(scene.resolve("notes.txt"), "a text");
        Files.writeString(scene.resolve("S2_stac.json"), """
                {"type": "Feature", "stac_version": "1.1.0", "id": "S2",
                 "assets": {"red": {"href": "bands/red.tif"%s}}}
                """.formatted(more));
        Files.createFile(inbox.resolve(name + ".done"));
        return scene;
    }

    @Test
    void of_a_folder_with_an_item_only_the_named_files_become_the_scene() throws IOException {
        dropped("S2A one", "");
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        Scene scene = scenes(SceneState.ACCEPTED).get(0);
        assertThat(scene.name()).isEqualTo("S2A one");
        assertThat(scene.id()).startsWith("S2A-one-");
        Path place = bench.storage.scene(scene.id());
        assertThat(place.toFile().list()).containsExactlyInAnyOrder("item.json", "red.tif", ".beside");
        assertThat(place.resolve("red.tif")).hasContent("red");
        assertThat(place.resolve(".beside/notes.txt")).hasContent("a text");
        assertThat(place.resolve(".beside/bands")).isEmptyDirectory();

        dropped("S2A again", "");
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        assertThat(bench.storage.rejected().resolve("S2A-again/S2A again/notes.txt"))
                .exists();
        assertThat(scenes(SceneState.ACCEPTED)).containsExactly(scene);
    }

    private Path place() {
        return bench.storage.scene(scenes(SceneState.ACCEPTED).get(0).id());
    }

    private Path onlyFile() {
        return place().resolve(place().getFileName() + ".tif");
    }

    @Test
    void a_file_that_has_another_name_is_copied_and_one_that_has_none_is_moved() throws IOException {
        Path kept = Files.writeString(folder.resolve("kept.tif"), "a scene");
        Files.createLink(inbox.resolve("a.tif"), kept);
        takeAll();
        Path accepted = onlyFile();
        assertThat(Files.isSameFile(accepted, kept)).isFalse();
        Files.writeString(kept, "other pixels");
        assertThat(accepted).hasContent("a scene");
        Path moved = Files.writeString(inbox.resolve("b.tif"), "another scene");
        Object inode = Files.getAttribute(moved, "unix:ino");
        takeAll();
        assertThat(scenes(SceneState.ACCEPTED))
                .hasSize(2)
                .anySatisfy(scene -> assertThat(Files.getAttribute(
                                bench.storage.scene(scene.id()).resolve(scene.id() + ".tif"), "unix:ino"))
                        .isEqualTo(inode));
        for (Scene scene : scenes(SceneState.ACCEPTED)) {
            Path file = bench.storage.scene(scene.id()).resolve(scene.id() + ".tif");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-r-----");
            assertThat(Files.getAttribute(file, "unix:nlink")).isEqualTo(1);
            assertThat(file.getParent().toFile().list()).hasSize(1);
        }
        assertThat(inbox).isEmptyDirectory();
        assertThat(bench.storage.scene(".taken")).isEmptyDirectory();
    }

    @Test
    void a_link_to_a_file_on_the_storage_becomes_a_copy_of_that_file() throws IOException {
        Path archive = Files.createDirectories(bench.storage.root().resolve("archive"));
        Path file = Files.writeString(archive.resolve("a.tif"), "a scene");
        Files.createSymbolicLink(inbox.resolve("a.tif"), file);
        takeAll();
        assertThat(Files.isRegularFile(onlyFile(), LinkOption.NOFOLLOW_LINKS)).isTrue();
        assertThat(Files.isSameFile(onlyFile(), file)).isFalse();
        assertThat(file).hasContent("a scene");
        assertThat(inbox).isEmptyDirectory();
    }

    @Test
    void an_entry_whose_removal_was_interrupted_is_removed_and_no_second_copy() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "a scene");
        Path kept = folder.resolve("kept.tif");
        Files.createLink(kept, file);
        takeAll();
        Files.move(kept, file); // as if it had not been removed
        TakenNote.write(place(), file, EntrySnapshot.of(file), Map.of());
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        assertThat(bench.storage.rejected()).isEmptyDirectory();
        assertThat(place().toFile().list())
                .containsExactly(onlyFile().getFileName().toString());

        Files.writeString(inbox.resolve("a.tif"), "a scene");
        takeAll();
        assertThat(bench.storage.rejected()).isDirectoryContaining("glob:**/a.tif");
    }

    /** The name that an accepted entry has in its inbox while Swath removes it. */
    private Path hidden(String ending) {
        return inbox.resolve("." + place().getFileName() + ending);
    }

    @Test
    void a_file_that_has_its_hidden_name_since_an_interruption_is_removed() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "a scene");
        takeAll();
        for (String ending : List.of(".taking", ".taken")) {
            Path hidden = Files.writeString(hidden(ending), "a scene");
            TakenNote.write(place(), file, EntrySnapshot.of(hidden), Map.of());

            start();

            takeAll();
            assertThat(inbox).as(ending).isEmptyDirectory();
            assertThat(place().toFile().list())
                    .as(ending)
                    .containsExactly(onlyFile().getFileName().toString());
        }
        assertThat(bench.incidents.open()).isEmpty();
    }

    /** A later scene of that name must not get them. */
    @Test
    void companions_that_an_interruption_left_are_removed_with_their_scene() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "a scene");
        Path world = Files.writeString(inbox.resolve("a.tfw"), "1 0 0 -1 5 5");
        Path projection = Files.writeString(inbox.resolve("a.prj"), "WKT");
        List<Path> all = List.of(file, world, projection);
        for (Path each : all) {
            Files.createLink(folder.resolve(each.getFileName()), each);
        }
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        for (Path each : all) {
            Files.move(folder.resolve(each.getFileName()), each.equals(file) ? hidden(".taken") : each);
        }
        Files.writeString(inbox.resolve("a.tif.ovr"), "overviews");
        TakenNote.write(
                place(),
                file,
                EntrySnapshot.of(hidden(".taken")),
                Map.of(world, EntrySnapshot.of(world), projection, EntrySnapshot.of(projection)));
        Files.delete(projection);
        Files.writeString(projection, "of the next scene, and longer");
        start();

        takeAll();

        assertThat(inbox.toFile().list()).containsExactly("a.prj");
        assertThat(place().resolve(".beside").toFile().list()).containsExactly("a.tif.ovr");
        assertThat(place().resolve(".taken")).doesNotExist();
    }

    /** A kill after the entry got its hidden name; the sender goes on while Swath is down. */
    private void leaveTaken(Path file) throws IOException {
        Files.writeString(hidden(".taken"), "a scene");
        TakenNote.write(place(), file, EntrySnapshot.of(hidden(".taken")), Map.of());
        Files.setLastModifiedTime(
                place().resolve(Storage.TAKEN_NOTE), FileTime.from(Instant.now().minusSeconds(60)));
    }

    @Test
    void companions_of_a_new_scene_of_the_same_name_stay_after_an_interruption() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "a scene");
        takeAll();
        Scene first = scenes(SceneState.ACCEPTED).get(0);
        leaveTaken(file);
        Files.writeString(file, "the next scene");
        Files.writeString(inbox.resolve("a.tfw"), "1 0 0 -1 5 5");
        Files.writeString(inbox.resolve("a.tif.ovr"), "its overviews");
        start();
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        assertThat(bench.storage.scene(first.id()).resolve(".beside")).doesNotExist();
        Scene next = scenes(SceneState.ACCEPTED).stream()
                .filter(scene -> !scene.equals(first))
                .findFirst()
                .orElseThrow();
        assertThat(bench.storage.scene(next.id()).resolve(next.id() + ".tfw")).hasContent("1 0 0 -1 5 5");
        assertThat(bench.storage.scene(next.id()).resolve(".beside/a.tif.ovr")).hasContent("its overviews");
    }

    @Test
    void a_companion_that_came_after_its_scene_waits_for_the_next_geotiff_of_that_name() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "a scene");
        takeAll();
        leaveTaken(file);
        Files.writeString(inbox.resolve("a.rpb"), "coefficients");
        Files.writeString(inbox.resolve("a.tif.ovr"), "overviews");
        start();
        takeAll();
        assertThat(inbox.toFile().list()).containsExactly("a.rpb");
        assertThat(place().resolve(".beside").toFile().list()).containsExactly("a.tif.ovr");
        List<Entry> waiting =
                bench.ledger.read(session -> session.inboxEntries().all());
        assertThat(waiting)
                .singleElement()
                .satisfies(entry -> assertThat(entry.missing()).contains("the GeoTIFF that it belongs to"));
    }

    @Test
    void an_interruption_after_the_removal_of_an_entry_leaves_no_note_that_delays_the_scene() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "a scene");
        EntrySnapshot snapshot = EntrySnapshot.of(file);
        takeAll();
        TakenNote.write(place(), file, snapshot, Map.of());

        start();

        takeAll();
        assertThat(place().toFile().list())
                .containsExactly(onlyFile().getFileName().toString());
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_file_that_was_changed_before_an_interruption_goes_back_into_its_inbox() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "a scene");
        takeAll();
        Path hidden = Files.writeString(hidden(".taking"), "a scene");
        TakenNote.write(place(), file, EntrySnapshot.of(hidden), Map.of());
        Files.writeString(hidden, "another scene");
        start();

        takeAll();
        takeAll();

        assertThat(inbox).isEmptyDirectory();
        assertThat(scenes(SceneState.ACCEPTED))
                .extracting(this::content)
                .containsExactlyInAnyOrder("a scene", "another scene");
    }

    @Test
    void a_folder_whose_removal_was_interrupted_is_removed_and_the_rest_is_kept() throws IOException {
        Path entry = dropped("S2A", "");
        takeAll();
        Removal.remove(place().resolve(".beside"));
        for (String gone : List.of("", "bands/red.tif", "S2_stac.json")) {
            Files.move(dropped("S2A", ""), hidden(".taken"));
            Files.delete(inbox.resolve("S2A.done"));
            TakenNote.write(place(), entry, EntrySnapshot.of(hidden(".taken")), Map.of());
            if (!gone.isEmpty()) {
                Files.delete(hidden(".taken").resolve("bands/red.tif"));
                Files.deleteIfExists(hidden(".taken").resolve(gone));
            }
            start();

            takeAll();
            assertThat(inbox).as(gone).isEmptyDirectory();
            assertThat(place().toFile().list()).as(gone).containsExactlyInAnyOrder("item.json", "red.tif", ".beside");
            assertThat(place().resolve(".beside").toFile().list())
                    .as(gone)
                    .containsExactlyInAnyOrder("notes.txt", "bands");
            assertThat(place().resolve(".beside/bands")).isEmptyDirectory();
            Removal.remove(place().resolve(".beside"));
        }
    }

    @Test
    void a_file_that_swath_may_not_remove_is_kept_beside_the_scene() throws IOException {
        assumeFalse(System.getProperty("user.name").equals("root"), "root may remove every file");
        Path bands = dropped("S2A", "").resolve("bands");
        Files.setPosixFilePermissions(bands, PosixFilePermissions.fromString("r-xr-xr-x"));
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        assertThat(bench.incidents.open()).isEmpty();
        assertThat(place().toFile().list()).containsExactlyInAnyOrder("item.json", "red.tif", ".beside");
        assertThat(place().resolve(".beside/bands/red.tif")).hasContent("red");
        Files.setPosixFilePermissions(
                place().resolve(".beside/bands"), PosixFilePermissions.fromString("rwxr-x---")); // to be removed
    }

    @Test
    void a_folder_on_another_file_system_that_swath_may_not_remove_is_an_incident_until_it_may() throws IOException {
        assumeFalse(System.getProperty("user.name").equals("root"), "root may remove every file");
        try (OtherFileSystem other = new OtherFileSystem(folder)) {
            linkInbox(other.folder());
            Path bands = dropped("S2A", "").resolve("bands");
            Files.setPosixFilePermissions(bands, PosixFilePermissions.fromString("r-xr-xr-x"));
            takeAll();
            takeAll();
            assertThat(bench.incidents.open())
                    .singleElement()
                    .satisfies(incident -> assertThat(incident.what()).contains("bands", "write access"));
            assertThat(place().resolve("red.tif")).hasContent("red");

            Files.setPosixFilePermissions(
                    hidden(".taken").resolve("bands"), PosixFilePermissions.fromString("rwxr-x---"));
            takeAll();
            assertThat(inbox).isEmptyDirectory();
            assertThat(place().resolve(".beside").toFile().list()).containsExactlyInAnyOrder("notes.txt", "bands");
            assertThat(bench.incidents.open()).isEmpty();
        }
    }

    @Test
    void an_entry_that_cannot_be_removed_is_an_incident_until_it_can() throws IOException {
        String id = SceneName.id("a.tif", ContentKey.of("ndvi", Files.writeString(folder.resolve("a"), "a scene")));
        Path obstacle = Files.createDirectories(inbox.resolve("." + id + ".taken/obstacle"));
        Files.writeString(inbox.resolve("a.tif"), "a scene");
        takeAll();
        takeAll();
        assertThat(bench.incidents.open())
                .singleElement()
                .satisfies(incident -> assertThat(incident.what()).contains("." + id + ".taking", "was accepted"));

        Removal.remove(obstacle.getParent());
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        assertThat(place().toFile().list())
                .containsExactly(onlyFile().getFileName().toString());
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void what_a_sender_puts_under_a_hidden_name_stays() throws IOException {
        Files.writeString(inbox.resolve("a.tif"), "a scene");
        takeAll();
        Path other = Files.writeString(hidden(".taken"), "his own");
        Path noScene = Files.writeString(inbox.resolve(".nothing.taken"), "his own");
        Path upwards = Files.writeString(inbox.resolve("....taken"), "his own");
        start();
        takeAll();
        assertThat(inbox.toFile().list()).hasSize(3);
        assertThat(List.of(other, noScene, upwards))
                .allSatisfy(path -> assertThat(path).hasContent("his own"));
        assertThat(bench.incidents.open()).isEmpty();
    }

    /** Replaces the inbox by a link to a folder outside of the storage. */
    private void linkInbox(Path target) throws IOException {
        Files.delete(inbox);
        Files.createSymbolicLink(inbox, target);
    }

    private void checkLinkedInbox() throws IOException {
        Files.writeString(inbox.resolve("a.tif"), "a scene");
        dropped("S2A", "");
        Files.writeString(Files.createDirectory(inbox.resolve("empty")).resolve("notes.txt"), "no scene");
        Files.writeString(inbox.resolve("notes.txt"), "no scene");
        Files.createFile(inbox.resolve("empty.done"));
        Files.createFile(inbox.resolve("notes.txt.done"));
        Files.createSymbolicLink(inbox.resolve("link.tif"), Files.writeString(folder.resolve("secret.tif"), "secret"));

        takeAll();

        assertThat(bench.incidents.open()).isEmpty();
        assertThat(inbox).isEmptyDirectory();
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(2).anySatisfy(scene -> {
            Path place = bench.storage.scene(scene.id());
            assertThat(place.toFile().list()).containsExactlyInAnyOrder("item.json", "red.tif", ".beside");
            assertThat(place.resolve("red.tif")).hasContent("red");
            assertThat(place.resolve(".beside").toFile().list()).containsExactlyInAnyOrder("notes.txt", "bands");
            assertThat(place.resolve(".beside/bands")).isEmptyDirectory();
        });
        assertThat(scenes(SceneState.ACCEPTED))
                .filteredOn(scene -> scene.name().equals("a.tif"))
                .singleElement()
                .satisfies(scene -> assertThat(content(scene)).isEqualTo("a scene"));
        assertRejected(3);
        assertThat(bench.storage.rejected().resolve("empty/empty/notes.txt")).hasContent("no scene");
        assertThat(bench.storage.rejected().resolve("notes.txt/notes.txt")).hasContent("no scene");
        assertThat(bench.storage.rejected().resolve("link.tif/link.tif")).isSymbolicLink();
    }

    @Test
    void an_inbox_may_be_a_link_that_leads_out_of_the_storage() throws IOException {
        linkInbox(Files.createDirectory(folder.resolve("station")));
        checkLinkedInbox();
    }

    @Test
    void an_inbox_may_lie_on_another_file_system() throws IOException {
        try (OtherFileSystem other = new OtherFileSystem(folder)) {
            linkInbox(other.folder());
            checkLinkedInbox();
        }
    }

    private Path interruptedCopy(String id) throws IOException {
        Path part = bench.storage.folder(bench.storage.scene(".taken").resolve(Storage.stagingPrefix(id) + "7.part"));
        Files.writeString(part.resolve(id + ".tif"), "half");
        return part;
    }

    @Test
    void what_an_interrupted_copy_left_is_removed_once_its_entry_is_withdrawn() throws IOException {
        bench.accepted("a", "ndvi");
        Path entry = Files.writeString(inbox.resolve("a.tif"), "a scene");
        Path part = interruptedCopy("a");
        arrival.due();
        assertThat(part).exists();

        Files.delete(entry);
        arrival.due();
        assertThat(part).doesNotExist();
    }

    @Test
    void what_an_interrupted_copy_left_is_removed_once_its_scene_has_ended() throws IOException {
        bench.accepted("a", "ndvi");
        Files.writeString(inbox.resolve("a.tif"), "a scene");
        Path part = interruptedCopy("a");
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.CANCELLED, ""));
        arrival.due();
        assertThat(part).doesNotExist();
    }

    @Test
    void a_folder_in_a_dropped_folder_that_became_a_link_leads_nowhere() throws IOException {
        Path scene = dropped("S2A", "");
        Path secrets = Files.createDirectories(folder.resolve("secrets"));
        Path secret = Files.writeString(secrets.resolve("red.tif"), "red");
        meanwhile = () -> {
            try {
                Files.move(scene.resolve("bands"), folder.resolve("away"));
                Files.createSymbolicLink(scene.resolve("bands"), secrets);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        takeAll();
        assertThat(secret).hasContent("red");
        assertThat(Files.getAttribute(secret, "unix:nlink")).isEqualTo(1);
        assertThat(bench.storage.holds(place())).isFalse();
    }

    @Test
    void a_folder_that_could_not_be_moved_is_accepted_when_it_can_be_moved() throws IOException {
        Path scenes = bench.storage.root().resolve("scenes");
        Files.delete(scenes);
        dropped("S2A", "");
        takeAll();
        assertThat(inbox.resolve("S2A")).exists();
        assertThat(bench.incidents.open()).hasSize(1);
        Scene scene = scenes(SceneState.ACCEPTED).get(0);
        Files.createDirectory(scenes);
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        assertThat(scenes(SceneState.ACCEPTED)).containsExactly(scene);
        assertThat(bench.storage.scene(scene.id()).resolve("red.tif")).hasContent("red");
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_folder_that_changes_while_it_is_accepted_is_looked_at_again() throws IOException {
        Path scene = dropped("S2A", "");
        meanwhile = () -> {
            try {
                Files.writeString(scene.resolve("bands/red.tif"), "another red");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        arrival.due().forEach(arrival::take);
        assertThat(scene.resolve("bands/red.tif")).hasContent("another red");
        Scene first = scenes(SceneState.ACCEPTED).get(0);
        assertThat(bench.storage.holds(bench.storage.scene(first.id()))).isFalse();
        takeAll();
        assertThat(inbox).isEmptyDirectory();
    }

    @Test
    void a_folder_with_a_damaged_file_is_rejected_with_the_reason() throws IOException {
        dropped("S2A", ", \"file:checksum\": \"1220" + "0".repeat(64) + "\"");
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        assertRejected(1);
        assertThat(scenes(SceneState.REJECTED).get(0).reason())
                .startsWith("checksum-is-right: of assets.red.file:checksum, ");
        assertThat(bench.storage.rejected().resolve("S2A/S2A/bands/red.tif")).hasContent("red");
    }

    @Test
    void a_folder_under_a_markers_name_and_a_name_without_room_for_a_marker_wait_alone() throws IOException {
        Files.writeString(inbox.resolve("a.tif"), "a scene");
        Files.createDirectories(inbox.resolve("a.tif.done/x"));
        Files.writeString(inbox.resolve("n".repeat(255)), "no scene");
        Files.writeString(inbox.resolve("notes.txt"), "no scene");
        Files.createDirectories(inbox.resolve("notes.txt.done/x"));

        takeAll();

        assertThat(bench.incidents.open()).isEmpty();
        assertThat(inbox.toFile().list()).hasSize(4);
        assertThat(scenes(SceneState.ACCEPTED)).extracting(this::content).containsExactly("a scene");
        assertThat(scenes(SceneState.REJECTED)).isEmpty();
    }

    @Test
    void a_marker_that_cannot_be_removed_keeps_the_entry_out_of_the_ledger() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "a scene");
        Path marker = Files.createFile(inbox.resolve("a.tif.done"));
        List<Arrived> due = arrival.due();
        Files.delete(marker);
        Files.createDirectories(marker.resolve("x"));
        due.forEach(arrival::take);

        assertThat(scenes(SceneState.ACCEPTED)).isEmpty();
        assertThat(bench.incidents.open())
                .singleElement()
                .satisfies(incident -> assertThat(incident.what())
                        .contains(
                                file + " cannot be accepted or rejected: ",
                                marker + ": it is a folder that is not empty"));
        takeAll();
        assertThat(inbox.toFile().list()).containsExactly("a.tif.done"); // a folder, which waits for an Item
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_rejected_entry_takes_its_marker_with_it() throws IOException {
        dropped("S2A", ", \"file:checksum\": \"1220" + "0".repeat(64) + "\"");
        Files.writeString(Files.createDirectory(inbox.resolve("empty")).resolve("notes.txt"), "no scene");
        Files.createFile(inbox.resolve("empty.done"));
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        assertRejected(2);
    }

    @Test
    void a_file_that_changes_while_it_is_accepted_keeps_its_owner_and_mode() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "old content");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        boolean root = System.getProperty("user.name").equals("root");
        if (root) {
            Files.setAttribute(file, "unix:uid", 4711);
            Files.setAttribute(file, "unix:gid", 4712);
        }
        Object owner = Files.getAttribute(file, "unix:uid");
        Object group = Files.getAttribute(file, "unix:gid");
        meanwhile = () -> {
            try {
                Files.writeString(file, "new content");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        takeAll();

        assertThat(bench.incidents.open()).hasSize(1);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-rw-rw-");
        assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(owner);
        assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(group);
        assertThat(Files.getAttribute(file, "unix:nlink")).isEqualTo(1);
    }

    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_lease_that_a_sender_takes_while_his_file_is_accepted_delays_nobody() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "a scene");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
        Files.writeString(inbox.resolve("b.tif"), "another scene");
        WriteLease[] lease = new WriteLease[1];
        meanwhile = () -> lease[0] = new WriteLease(file);
        takeAll();

        assertThat(scenes(SceneState.ACCEPTED).stream()
                        .filter(scene -> bench.storage.holds(bench.storage.scene(scene.id()))))
                .extracting(Scene::name)
                .containsExactly("b.tif");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-rw-r--");
        assertThat(bench.incidents.open())
                .singleElement()
                .satisfies(incident -> assertThat(incident.what()).contains("still in use by its writer"));
        lease[0].close();
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        assertThat(bench.incidents.open()).isEmpty();
    }
}
