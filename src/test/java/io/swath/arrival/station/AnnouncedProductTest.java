package io.swath.arrival.station;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.arrival.CopyPolicy;
import io.swath.arrival.RecipeCheck;
import io.swath.model.Announcement;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.storage.Storage;
import io.swath.testing.Arrivals;
import io.swath.testing.SmallProduct;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Products that stations announce: folders and archives. */
@Tag("resources")
class AnnouncedProductTest {
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    @TempDir
    Path folder;

    private Workbench bench;
    private Path incoming;
    private AnnouncementReceiver receiver;
    private Pickup pickup;

    @BeforeEach
    void open() throws IOException {
        bench = new Workbench(folder);
        incoming = Files.createDirectory(bench.storage.root().resolve("incoming"));
        bench.installRecipe("ndvi");
        RecipeBook book = bench.recipes();
        AllowedPaths places = new AllowedPaths(bench.storage, List.of());
        receiver = new AnnouncementReceiver(bench.ledger, places, book, bench.clock);
        pickup = Arrivals.on(bench).patience(PATIENCE).pickup(places, Duration.ofSeconds(10));
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void announce(String path, String more) {
        assertThat(receiver.receive("ID:1", "c", "{\"path\": \"" + path + "\", \"recipe\": \"ndvi\"" + more + "}"))
                .isEmpty();
    }

    private void run(Duration time) {
        for (long second = 0; second < time.toSeconds(); second++) {
            bench.pass(Duration.ofSeconds(1));
            List<Announcement> due = pickup.due();
            due.forEach(pickup::look);
            pickup.more(due);
        }
    }

    private List<Scene> scenes(SceneState state) {
        return bench.ledger.read(session -> session.scenes().inStates(Set.of(state)));
    }

    private String waitsFor() {
        return bench.ledger
                .read(session -> session.announcements().find("ID:1"))
                .orElseThrow()
                .watch()
                .waitsFor();
    }

    private void assertIsAccepted() {
        assertThat(scenes(SceneState.ACCEPTED))
                .singleElement()
                .satisfies(scene -> assertThat(bench.storage.scene(scene.id()).resolve("item.json"))
                        .content()
                        .contains("\"swath:kind\" : \"landsat\""));
    }

    @Test
    void an_announced_folder_is_taken_when_all_that_the_recipe_needs_is_there() throws IOException {
        Path product = new SmallProduct().without("LC08_MTL.txt").writeTo(incoming.resolve("L8"));
        announce("incoming/L8", "");
        run(Duration.ofMinutes(2));
        assertThat(waitsFor()).contains("a file that says what the folder holds");
        new SmallProduct().without("LC08_B5.TIF").writeTo(product);
        Files.delete(product.resolve("LC08_B5.TIF"));
        run(Duration.ofMinutes(1));
        assertThat(waitsFor()).contains("LC08_B5.TIF");
        new SmallProduct().writeTo(product);
        run(Duration.ofMinutes(2));
        assertIsAccepted();
        assertThat(product.resolve("LC08_B4.TIF")).exists();
    }

    @Test
    void an_announced_archive_is_taken_when_it_is_whole_and_stays() throws IOException {
        byte[] whole = new SmallProduct().tarGz();
        Path archive = Files.write(incoming.resolve("L8.tar.gz"), Arrays.copyOf(whole, whole.length - 20));
        announce("incoming/L8.tar.gz", "");
        run(Duration.ofMinutes(1));
        assertThat(waitsFor()).contains("the rest of the archive");
        Files.write(archive, whole);
        run(Duration.ofMinutes(2));
        assertIsAccepted();
        assertThat(archive).exists();
        assertThat(bench.storage.scene(".announced-archives")).isEmptyDirectory();
    }

    @Test
    void a_large_archive_is_unpacked_beside_the_looks_and_this_time_does_not_count() throws IOException {
        new SmallProduct().writeLargeTar(incoming.resolve("L8.tar"));
        announce("incoming/L8.tar", "");
        run(Duration.ofSeconds(12));
        assertThat(waitsFor()).contains("Swath, which unpacks it: ", "MiB so far");
        while (scenes(SceneState.ACCEPTED).isEmpty()) { // looks without end may not use up its patience
            run(Duration.ofSeconds(1));
            assertThat(scenes(SceneState.REJECTED)).isEmpty();
        }
        assertIsAccepted();
        assertThat(bench.storage.scene(".announced-archives")).isEmptyDirectory();
    }

    @Test
    void an_archive_that_is_announced_for_several_recipes_is_unpacked_once_and_each_scene_is_reported()
            throws IOException {
        bench.installRecipe("texture");
        Files.write(incoming.resolve("L8.tar.gz"), new SmallProduct().tarGz());
        String message = "{\"path\": \"incoming/L8.tar.gz\", \"recipes\": [\"ndvi\", \"texture\"], \"id\": \"pass-7\"}";
        assertThat(receiver.receive("ID:1", "c", message)).isEmpty();
        assertThat(receiver.receive("ID:1", "c", message)).as("delivered again").isEmpty();
        assertThat(receiver.receive("ID:2", "c", message)).as("sent again").isEmpty();
        run(Duration.ofMinutes(2));
        List<Scene> accepted = scenes(SceneState.ACCEPTED);
        assertThat(accepted).extracting(Scene::recipe).containsExactlyInAnyOrder("ndvi", "texture");
        for (Scene scene : accepted) {
            Optional<String> id =
                    bench.ledger.read(session -> session.announcements().stationId(scene.id()));
            assertThat(id).contains("pass-7");
        }
        assertThat(Files.isSameFile(
                        bench.storage.scene(accepted.get(0).id()).resolve("product/LC08_B4.TIF"),
                        bench.storage.scene(accepted.get(1).id()).resolve("product/LC08_B4.TIF")))
                .isTrue();
        assertThat(bench.storage.scene(".announced-archives")).isEmptyDirectory();
        int waiting = bench.ledger.read(session -> session.announcements().waitingCount());
        assertThat(waiting).isZero();
    }

    @Test
    void a_checksum_of_the_archive_is_compared_before_it_is_unpacked() throws Exception {
        byte[] whole = new SmallProduct().tarGz();
        Files.write(incoming.resolve("L8.tar.gz"), whole);
        String right =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(whole));
        announce("incoming/L8.tar.gz", ", \"checksum\": \"sha256:" + right.replace('0', '1') + "\"");
        run(Duration.ofMinutes(1));
        assertThat(scenes(SceneState.REJECTED))
                .singleElement()
                .satisfies(scene -> assertThat(scene.reason()).contains("checksum-is-right"));
        assertThat(bench.storage.scene(".announced-archives")).doesNotExist();
    }

    /** A station whose storage is full, whatever is written. */
    private void startWithFullStorage() {
        Storage full = new Storage(bench.storage.root(), "", Long.MAX_VALUE / 2);
        RecipeBook book = bench.recipes();
        pickup = new Pickup(
                bench.ledger,
                full,
                book,
                new RecipeCheck(book, recipe -> "", bench.incidents),
                new AllowedPaths(full, List.of()),
                PATIENCE,
                Duration.ofSeconds(10),
                CopyPolicy.UNTRUSTED,
                bench.incidents,
                bench.clock,
                bench.steady);
    }

    private void assertWaitsForRoomAndIsRejectedInTime() {
        run(Duration.ofSeconds(30));
        assertThat(waitsFor()).contains("cannot unpack it now and tries again", "storage.least-free");
        run(PATIENCE.minusSeconds(60));
        assertThat(scenes(SceneState.REJECTED)).isEmpty();
        run(Duration.ofSeconds(90)); // the wait begins when the archive has stood still; looks are 30 s apart
        assertThat(scenes(SceneState.REJECTED))
                .singleElement()
                .satisfies(scene -> assertThat(scene.reason())
                        .startsWith("scene-comes-in-time")
                        .contains("after 600 s", "storage.least-free"));
    }

    @Test
    void an_archive_without_room_is_rejected_when_its_patience_is_used_up() throws IOException {
        Files.write(incoming.resolve("L8.tar.gz"), new SmallProduct().tarGz());
        startWithFullStorage();
        announce("incoming/L8.tar.gz", "");
        assertWaitsForRoomAndIsRejectedInTime();
    }

    @Test
    void a_large_archive_without_room_is_rejected_too_though_each_attempt_runs_beside_the_looks() throws Exception {
        new SmallProduct().writeLargeTar(incoming.resolve("L8.tar"));
        startWithFullStorage();
        announce("incoming/L8.tar", ", \"checksum\": \"sha256:" + "0".repeat(64) + "\"");
        assertWaitsForRoomAndIsRejectedInTime();
    }

    @Test
    void an_archive_that_waited_for_room_is_taken_when_there_is_some() throws IOException {
        Files.write(incoming.resolve("L8.tar.gz"), new SmallProduct().tarGz());
        Pickup withRoom = pickup;
        startWithFullStorage();
        announce("incoming/L8.tar.gz", "");
        run(PATIENCE.minusSeconds(60));
        pickup = withRoom;
        run(Duration.ofSeconds(31));
        assertIsAccepted();
    }

    @Test
    void an_archive_that_lacks_a_band_is_rejected_with_the_band() throws IOException {
        Files.write(
                incoming.resolve("L8.tar.gz"),
                new SmallProduct().without("LC08_B4.TIF").tarGz());
        announce("incoming/L8.tar.gz", "");
        run(Duration.ofMinutes(1));
        assertThat(scenes(SceneState.REJECTED))
                .singleElement()
                .satisfies(scene -> assertThat(scene.reason()).contains("LC08_B4.TIF"));
        assertThat(bench.storage.scene(".announced-archives")).isEmptyDirectory();
    }
}
