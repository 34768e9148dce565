package io.swath.arrival.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.arrival.CommandArrival;
import io.swath.arrival.CopyPolicy;
import io.swath.arrival.ScenePreview;
import io.swath.arrival.SceneRepair;
import io.swath.ledger.InboxEntries.Entry;
import io.swath.model.Priority;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.storage.Roots;
import io.swath.testing.Arrivals;
import io.swath.testing.SmallProduct;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Products in inboxes and on the command line, for a recipe that needs red and near infrared. */
@Tag("resources")
class ProductEntriesTest {
    @TempDir
    Path folder;

    private Workbench bench;
    private Path inbox;
    private RecipeBook book;
    private InboxArrival arrival;

    @BeforeEach
    void open() throws IOException {
        bench = new Workbench(folder);
        inbox = bench.storage.folder(bench.storage.inbox().resolve("ndvi"));
        bench.installRecipe("ndvi");
        book = bench.recipes();
        start(CopyPolicy.UNTRUSTED);
    }

    private void start(CopyPolicy copy) {
        arrival = Arrivals.on(bench).copy(copy).inboxes();
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

    private Scene accepted() {
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        return scenes(SceneState.ACCEPTED).get(0);
    }

    private String waitsFor() {
        takeAll();
        return bench.ledger.read(session -> session.inboxEntries().all()).get(0).missing();
    }

    private void assertNothingUnpackedIsLeft() throws IOException {
        Path unpacked = bench.storage.scene(".unpacked");
        if (Files.exists(unpacked)) {
            try (Stream<Path> left = Files.list(unpacked)) {
                assertThat(left).isEmpty();
            }
        }
    }

    private void assertIsTheProduct(Scene scene) throws IOException {
        Path place = bench.storage.scene(scene.id());
        JsonNode item = new ObjectMapper().readTree(place.resolve("item.json").toFile());
        assertThat(item.path("properties").path("swath:kind").asText()).isEqualTo("landsat");
        assertThat(item.path("properties").path("datetime").asText()).isEqualTo("2017-08-13T15:54:15Z");
        String href = item.path("assets").path("B4").path("href").asText();
        assertThat(href).startsWith("./product/").endsWith("LC08_B4.TIF");
        assertThat(place.resolve(href)).hasContent(new SmallProduct().content("LC08_B4.TIF"));
        assertThat(SceneRepair.hasContent(place, scene)).isTrue();
    }

    @Test
    void a_product_in_a_folder_is_accepted_with_its_item() throws IOException {
        new SmallProduct().writeTo(inbox.resolve("downloaded"));
        takeAll();
        Scene scene = accepted();
        assertThat(scene.id()).startsWith("downloaded-");
        assertIsTheProduct(scene);
        assertThat(bench.storage.scene(scene.id()).resolve(".beside/LC08_ANG.txt"))
                .hasContent("angles");
        assertThat(inbox).isEmptyDirectory();
    }

    @Test
    void a_product_waits_for_what_the_recipe_needs_and_for_nothing_else() throws IOException {
        Path product =
                new SmallProduct().without("LC08_B2.TIF").without("LC08_B5.TIF").writeTo(inbox.resolve("L8"));
        assertThat(waitsFor()).isEqualTo("files of the landsat product: LC08_B5.TIF (missing too, but not needed: B2)");
        assertThat(scenes(SceneState.ACCEPTED)).isEmpty();
        Files.writeString(product.resolve("LC08_B5.TIF"), new SmallProduct().content("LC08_B5.TIF"));
        takeAll();
        assertIsTheProduct(accepted());
    }

    @Test
    void several_products_wait_for_the_list_that_makes_a_mosaic_of_them_where_the_recipe_takes_mosaics()
            throws IOException {
        String metadata = new SmallProduct().content("LC08_MTL.txt");
        SmallProduct next = new SmallProduct()
                .with("LC08_MTL.txt", metadata.replace(SmallProduct.NAME, SmallProduct.NAME.replace("037", "038")));
        Path recipe = bench.installRecipe("joined");
        Files.writeString(
                recipe.resolve("recipe.yaml"),
                Workbench.ONE_STEP.replace("bands: [red, nir] }", "kinds: [mosaic], bands: [red, nir] }"));
        start(CopyPolicy.UNTRUSTED);
        Path both = Files.createDirectories(
                bench.storage.folder(bench.storage.inbox().resolve("joined")).resolve("pass"));
        new SmallProduct().writeTo(both.resolve("a"));
        assertThat(waitsFor()).contains("a mosaic.yaml that lists its products as parts, and the other products");
        next.writeTo(both.resolve("b"));
        assertThat(waitsFor()).contains("a mosaic.yaml that lists its products as parts", "of the kind landsat");
        Files.writeString(both.resolve("mosaic.yaml"), "parts: [a, b]\n");
        takeAll();
        assertThat(bench.storage.scene(accepted().id()).resolve("item.json"))
                .content()
                .contains("\"swath:kind\" : \"mosaic\"");

        Path other = inbox.resolve("pass");
        new SmallProduct().writeTo(other.resolve("a"));
        next.writeTo(other.resolve("b"));
        takeAll();
        assertThat(scenes(SceneState.REJECTED))
                .as("the recipe takes no mosaics, so the list would not help")
                .singleElement()
                .satisfies(scene -> assertThat(scene.reason()).startsWith("folder-has-one-scene"));
    }

    @Test
    void a_marker_declares_it_complete_so_what_is_missing_is_the_reason() throws IOException {
        new SmallProduct().without("LC08_B5.TIF").writeTo(inbox.resolve("L8"));
        Files.createFile(inbox.resolve("L8.done"));
        takeAll();
        assertThat(scenes(SceneState.REJECTED))
                .singleElement()
                .satisfies(scene -> assertThat(scene.reason())
                        .startsWith("files-are-there: ")
                        .contains("LC08_B5.TIF"));
        assertThat(inbox).isEmptyDirectory();
    }

    @Test
    void an_archive_is_the_same_scene_as_its_folder_whatever_its_name_is() throws IOException {
        Files.write(inbox.resolve("scene.bin"), new SmallProduct().tarGz());
        takeAll();
        Scene scene = accepted();
        assertIsTheProduct(scene);
        assertThat(inbox).isEmptyDirectory();
        assertNothingUnpackedIsLeft();

        new SmallProduct().writeTo(inbox.resolve("again"));
        takeAll();
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(1);
        try (Stream<Path> rejected = Files.walk(bench.storage.rejected())) {
            assertThat(rejected.filter(path -> path.endsWith("reason.json")))
                    .singleElement()
                    .satisfies(reason -> assertThat(reason).content().contains("scene-is-new"));
        }
    }

    @Test
    void an_archive_without_its_end_waits_and_is_taken_when_it_is_whole() throws IOException {
        byte[] whole = new SmallProduct().tarGz();
        Path archive = Files.write(inbox.resolve("L8.tar.gz"), Arrays.copyOf(whole, whole.length - 20));
        assertThat(waitsFor()).contains("the rest of the archive");
        assertNothingUnpackedIsLeft();
        Files.write(archive, whole);
        takeAll();
        assertIsTheProduct(accepted());
        assertNothingUnpackedIsLeft();
    }

    @Test
    void an_archive_that_lacks_a_band_is_rejected_because_nothing_can_be_added_to_it() throws IOException {
        Files.write(
                inbox.resolve("L8.tar.gz"),
                new SmallProduct().without("LC08_B5.TIF").tarGz());
        takeAll();
        assertThat(scenes(SceneState.REJECTED))
                .singleElement()
                .satisfies(scene -> assertThat(scene.reason())
                        .contains("the archive lacks files of the landsat product")
                        .contains("LC08_B5.TIF"));
        assertNothingUnpackedIsLeft();
    }

    @Test
    void a_damaged_archive_and_one_without_a_scene_are_rejected_and_others_are_not_disturbed() throws IOException {
        byte[] damaged = new SmallProduct().tarGz();
        damaged[damaged.length - 8] ^= 1; // its CRC-32
        Files.write(inbox.resolve("a.tar.gz"), damaged);
        SmallProduct nothing = new SmallProduct();
        nothing.without("LC08_MTL.txt");
        Files.write(inbox.resolve("b.tar.gz"), nothing.tarGz());
        new SmallProduct().writeTo(inbox.resolve("c"));
        takeAll();
        assertThat(scenes(SceneState.REJECTED))
                .extracting(scene -> scene.reason().replaceFirst(":.*", ""))
                .containsExactlyInAnyOrder("archive-is-intact", "archive-has-a-scene");
        assertIsTheProduct(accepted());
        assertNothingUnpackedIsLeft();
    }

    @Test
    void after_a_crash_what_was_unpacked_is_removed_and_the_archive_is_taken() throws IOException {
        Path leftover = bench.storage.folder(bench.storage.scene(".unpacked").resolve("leftover"));
        Files.writeString(leftover.resolve("half"), "x");
        Files.write(inbox.resolve("L8.tar.gz"), new SmallProduct().tarGz());
        start(CopyPolicy.ALWAYS);
        takeAll();
        assertIsTheProduct(accepted());
        assertNothingUnpackedIsLeft();
    }

    @Test
    void while_a_large_archive_is_unpacked_others_are_taken_and_its_wait_is_shown() throws IOException {
        byte[] packed = new SmallProduct().tarGz();
        Path large = new SmallProduct()
                .without("LC08_B2.TIF")
                .without("LC08_ANG.txt")
                .writeLargeTar(inbox.resolve("a-large.tar"));
        Files.write(inbox.resolve("b-small.tar.gz"), packed);
        assertThat(waitsFor()).contains("Swath, which unpacks it: ", "MiB so far");
        assertThat(large).exists();
        assertIsTheProduct(accepted());
        while (Files.exists(large)) {
            takeAll();
        }
        assertThat(scenes(SceneState.ACCEPTED)).hasSize(2);
        assertNothingUnpackedIsLeft();
    }

    @Test
    void a_large_archive_that_is_withdrawn_while_it_is_unpacked_leaves_nothing() throws IOException {
        Path large = inbox.resolve("large.zip");
        try (OutputStream out = Files.newOutputStream(large);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setLevel(Deflater.NO_COMPRESSION);
            zip.putNextEntry(new ZipEntry("others.bin"));
            byte[] piece = new byte[1 << 20];
            for (int count = 0; count < 65; count++) {
                zip.write(piece);
            }
            zip.closeEntry();
        }
        Path second = Files.createLink(inbox.resolve("second.zip"), large);
        takeAll();
        List<Entry> waiting =
                bench.ledger.read(session -> session.inboxEntries().all());
        assertThat(waiting)
                .extracting(entry -> entry.missing().replaceFirst(":.*", ""))
                .containsExactlyInAnyOrder(
                        "Swath, which unpacks it", "Swath, which unpacks another large archive first");
        Files.delete(large);
        Files.delete(second);
        takeAll();
        Path unpacked = bench.storage.scene(".unpacked");
        for (boolean left = true; left; ) {
            try (Stream<Path> content = Files.list(unpacked)) {
                left = content.findAny().isPresent(); // until the thread has seen that it is interrupted
            }
        }
        assertThat(scenes(SceneState.REJECTED)).isEmpty();
    }

    @Test
    void an_archive_with_one_geotiff_may_have_documents_beside_it() throws IOException {
        SmallProduct product = new SmallProduct().with("readme.txt", "read").with("LC08_B4.jpg", "small");
        List.of("LC08_MTL.txt", "LC08_ANG.txt", "LC08_B2.TIF", "LC08_B5.TIF").forEach(product::without);
        Files.write(inbox.resolve("one.tar.gz"), product.tarGz());
        takeAll();
        Scene scene = accepted();
        assertThat(bench.storage.scene(scene.id()).resolve(scene.id() + ".tif")).hasContent("red");
        assertNothingUnpackedIsLeft();
    }

    @Test
    void the_reason_names_an_archive_that_lies_in_an_archive_or_a_folder() throws IOException {
        byte[] inner = new SmallProduct().tarGz();
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(inbox.resolve("a.zip")))) {
            zip.putNextEntry(new ZipEntry("LC08.tar.gz"));
            zip.write(inner);
            zip.closeEntry();
        }
        Files.write(Files.createDirectory(inbox.resolve("b")).resolve("LC08.tar.gz"), inner);
        assertThat(waitsFor()).contains("put LC08.tar.gz itself into the inbox");
        assertThat(scenes(SceneState.REJECTED))
                .singleElement()
                .satisfies(scene -> assertThat(scene.reason())
                        .contains("holds another archive, LC08.tar.gz")
                        .contains("send the inner one"));
    }

    @Test
    void a_folder_with_one_geotiff_waits_with_the_advice_to_put_the_file_itself_there() throws IOException {
        Files.writeString(Files.createDirectory(inbox.resolve("a")).resolve("scene.tif"), "red");
        assertThat(waitsFor()).contains("put scene.tif itself into the inbox");
    }

    @Test
    void a_file_that_is_packed_otherwise_waits_with_the_name_of_its_format() throws IOException {
        Files.write(inbox.resolve("a.tar.xz"), new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0, 0, 4});
        assertThat(waitsFor()).contains("it is compressed with xz. Unpack it (unxz)");
        Files.delete(inbox.resolve("a.tar.xz"));
        Files.writeString(inbox.resolve("b.zip"), "<!DOCTYPE html><html>Log in</html>");
        assertThat(waitsFor()).contains("it is a web page");
    }

    @Test
    void a_dry_run_sees_the_product_in_a_folder_or_an_archive_and_keeps_nothing() throws IOException {
        ScenePreview preview = new ScenePreview(bench.storage, bench.clock);
        Path product = new SmallProduct().writeTo(folder.resolve("L8"));
        Path archive = Files.write(folder.resolve("L8.tar.gz"), new SmallProduct().tarGz());
        for (Path path : List.of(product, archive)) {
            Path item = preview.read(path, Roots.of(folder), book.find("ndvi").orElseThrow(), file -> {
                assertThat(file).content().contains("./product/");
                Path inFolder = file.resolveSibling("product/LC08_B4.TIF");
                Path inArchive = file.resolveSibling("product/" + SmallProduct.NAME + "/LC08_B4.TIF");
                assertThat(Files.exists(inFolder) || Files.exists(inArchive)).isTrue();
                return file;
            });
            assertThat(item.getParent()).doesNotExist();
        }
        assertThat(bench.storage.scene(".planned")).isEmptyDirectory();
        Files.delete(product.resolve("LC08_B4.TIF"));
        assertThatThrownBy(() -> preview.read(
                        product, Roots.of(folder), book.find("ndvi").orElseThrow(), file -> file))
                .hasMessageContaining("LC08_B4.TIF");
    }

    @Test
    void an_item_beside_an_incomplete_product_describes_the_scene() throws IOException {
        Path product = new SmallProduct().without("LC08_B5.TIF").writeTo(inbox.resolve("L8"));
        Files.writeString(product.resolve("nir.tif"), "other");
        Files.writeString(product.resolve("item.json"), """
                {"type": "Feature", "stac_version": "1.1.0", "id": "L8",
                 "assets": {"red": {"href": "./LC08_B4.TIF"}, "nir": {"href": "./nir.tif"}}}
                """);
        takeAll();
        assertThat(bench.storage.scene(accepted().id()).resolve("nir.tif")).exists();
    }

    @Test
    void a_folder_or_an_archive_is_submitted_once_and_stays_where_it_was() throws IOException {
        CommandArrival command = new CommandArrival(bench.ledger, bench.storage, bench.clock);
        Path product = new SmallProduct().writeTo(folder.resolve("L8"));
        Path archive = Files.write(folder.resolve("L8.tar.gz"), new SmallProduct().tarGz());
        Roots roots = Roots.of(folder);
        Scene scene = command.accept(product, roots, book.find("ndvi").orElseThrow(), Priority.NORMAL);
        assertIsTheProduct(scene);
        assertThat(scene.name()).isEqualTo(SmallProduct.NAME);
        assertThat(product.resolve("LC08_B4.TIF")).exists();
        Scene same = command.accept(archive, roots, book.find("ndvi").orElseThrow(), Priority.NORMAL);
        assertThat(same).isEqualTo(scene);
        assertThat(archive).exists();
        assertThat(bench.storage.scene(".submitted")).isEmptyDirectory();

        Files.delete(product.resolve("LC08_B4.TIF"));
        assertThatThrownBy(
                        () -> command.accept(product, roots, book.find("ndvi").orElseThrow(), Priority.NORMAL))
                .hasMessageContaining("LC08_B4.TIF");
    }
}
