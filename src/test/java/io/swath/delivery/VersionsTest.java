package io.swath.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.health.Incidents.Incident;
import io.swath.ledger.Products.Product;
import io.swath.model.Batch;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.storage.AtomicSwap;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A version of a product takes the place of the one before. */
@Tag("resources")
class VersionsTest {
    private static final Duration KEEP = Duration.ofDays(30);

    private Workbench bench;
    private Path place;
    private Path aside;
    private ProductFolders.Swap swap = AtomicSwap::swap;

    @BeforeEach
    void deliverFirstVersion(@TempDir Path folder) {
        bench = new Workbench(folder);
        place = bench.storage.root().resolve("delivered/a/ndvi");
        aside = bench.storage.root().resolve("delivered/a/ndvi.v1");
        bench.planned("a", Workbench.ONE_STEP, 1);
        assemble("first");
        deliver();
        bench.markAllSent();
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);
        assemble("second");
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /** What died here is called from a test as a kill would come. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    private Delivery delivery() {
        return new Delivery(
                bench.ledger, bench.storage, bench.json, "slurm", "1.0", KEEP, bench.incidents, bench.steady, swap);
    }

    private void deliver() {
        delivery().deliver("a");
    }

    /** Marks the scene's tiles and assembly as done, with pixels that differ between versions. */
    private void assemble(String pixels) {
        bench.submitAll();
        bench.ledger.change(session -> {
            session.tiles()
                    .update(List.of(
                            bench.tile("a", 0).withState(TileState.DONE),
                            bench.tile("a", TileProgress.ASSEMBLY).withState(TileState.DONE)));
            session.scenes().move("a", Set.of(SceneState.PROCESSING), SceneState.ASSEMBLING, "");
        });
        try {
            List<Batch> batches = bench.batches("a");
            bench.leavesOutput(batches.get(batches.size() - 1), 0, pixels);
            Path product = bench.storage.folder(bench.storage
                    .batch("a", batches.get(batches.size() - 1).token())
                    .resolve("product"));
            Files.writeString(product.resolve("preview.png"), "picture");
            Files.writeString(product.resolve("product.json"), """
                    {"epsg":null,"shape":[64,64],"tiles":1,"empty":0,"software":{"gdal":"3.6.2"},
                     "bands":[{"name":"ndvi","data_type":"Int16"}]}
                    """);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode item(Path folder) throws IOException {
        return bench.json.readTree(folder.resolve("item.json").toFile());
    }

    private static String link(JsonNode item, String relation) {
        for (JsonNode link : item.path("links")) {
            if (link.path("rel").asText().equals(relation)) {
                return link.path("href").asText();
            }
        }
        return "";
    }

    private List<Product> products() {
        return bench.ledger.read(session -> session.products().of("a"));
    }

    private void assertSecondInPlaceAndFirstBeside() throws IOException {
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.DELIVERED);
        assertThat(place.resolve("a_ndvi.tif")).hasContent("second");
        assertThat(item(place).at("/properties/version").asText()).isEqualTo("2");
        assertThat(item(place).at("/properties/deprecated").isMissingNode()).isTrue();
        assertThat(place.resolve(link(item(place), "predecessor-version")).normalize())
                .isEqualTo(aside.resolve("item.json"));
        assertThat(aside.resolve("a_ndvi.tif")).hasContent("first");
        assertThat(item(aside).at("/properties/version").asText()).isEqualTo("1");
        assertThat(item(aside).at("/properties/deprecated").asBoolean()).isTrue();
        assertThat(aside.resolve(link(item(aside), "latest-version")).normalize())
                .isEqualTo(place.resolve("item.json"));
        assertThat(place.getParent()).isDirectoryNotContaining("glob:**/.*");
        try (var folders = Files.list(place.getParent())) {
            assertThat(folders).hasSize(2);
        }
        assertThat(products()).extracting(Product::version).containsExactly(1, 2);
        assertThat(products().get(0).replacedAt()).isPresent();
        assertThat(products().get(1).replacedAt()).isEmpty();
        assertThat(bench.storage.work("a", 2).resolve("tiles")).doesNotExist();
        assertThat(delivery().due()).isEmpty();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_new_version_is_put_in_place_and_the_former_one_is_kept_beside_it() throws IOException {
        deliver();
        assertSecondInPlaceAndFirstBeside();
        deliver();
        assertSecondInPlaceAndFirstBeside();
    }

    @Test
    void the_run_table_has_only_the_runs_of_its_version() throws IOException {
        deliver();
        assertThat(Files.readString(place.resolve("runs.csv")))
                .contains("-3/0", "-4/0")
                .doesNotContain("-1/0");
        assertThat(Files.readString(aside.resolve("runs.csv")))
                .contains("-1/0", "-2/0")
                .doesNotContain("-3/0");
    }

    @Test
    void after_a_kill_before_the_swap_the_former_version_stays_in_place_until_the_swap() throws IOException {
        swap = (one, other) -> {
            throw new Killed();
        };
        assertThatThrownBy(this::deliver).isInstanceOf(Killed.class);
        assertThat(place.resolve("a_ndvi.tif")).hasContent("first");
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ASSEMBLING);
        swap = AtomicSwap::swap;
        deliver();
        assertSecondInPlaceAndFirstBeside();
    }

    @Test
    void after_a_kill_after_the_swap_the_folders_are_not_swapped_back() throws IOException {
        swap = (one, other) -> {
            assertThat(AtomicSwap.swap(one, other)).isTrue();
            throw new Killed();
        };
        assertThatThrownBy(this::deliver).isInstanceOf(Killed.class);
        assertThat(place.resolve("a_ndvi.tif")).hasContent("second");
        deliver(); // it would be killed again, if it were exchanged again
        assertSecondInPlaceAndFirstBeside();
    }

    @Test
    void folders_that_cannot_be_swapped_are_replaced_by_renames() throws IOException {
        swap = (one, other) -> false;
        deliver();
        assertSecondInPlaceAndFirstBeside();
    }

    @Test
    void after_a_kill_between_the_renames_the_new_version_is_put_in_place() throws IOException {
        Path fresh = bench.storage.gathering("a");
        swap = (one, other) -> {
            try { // what the first renames do, and no more
                Files.move(one, fresh);
                Files.move(other, one);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            throw new Killed();
        };
        assertThatThrownBy(this::deliver).isInstanceOf(Killed.class);
        assertThat(place).doesNotExist();
        swap = (one, other) -> false;
        deliver();
        assertSecondInPlaceAndFirstBeside();
    }

    @Test
    void a_swap_that_fails_is_an_incident_and_the_former_version_stays_in_place() throws IOException {
        swap = (one, other) -> {
            throw new IOException("permission denied");
        };
        deliver();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("delivery of a");
        assertThat(place.resolve("a_ndvi.tif")).hasContent("first");
        swap = AtomicSwap::swap;
        deliver();
        assertSecondInPlaceAndFirstBeside();
    }

    @Test
    void a_folder_of_unknown_content_is_not_touched_and_is_an_incident() throws IOException {
        Files.createDirectories(aside);
        Files.writeString(aside.resolve("thesis.txt"), "years of work");
        deliver();
        assertThat(bench.incidents.open())
                .singleElement()
                .satisfies(problem -> assertThat(problem.what()).contains(aside.toString(), "Move that folder away"));
        assertThat(place.resolve("a_ndvi.tif")).hasContent("first");
        Files.move(aside, aside.resolveSibling("mine"));
        deliver();
        Files.delete(aside.resolveSibling("mine").resolve("thesis.txt"));
        Files.delete(aside.resolveSibling("mine"));
        assertSecondInPlaceAndFirstBeside();
    }

    @Test
    void a_product_without_a_version_is_the_first_version() throws IOException {
        var item = (com.fasterxml.jackson.databind.node.ObjectNode) item(place);
        ((com.fasterxml.jackson.databind.node.ObjectNode) item.get("properties")).remove("version");
        item.putArray("stac_extensions");
        bench.json.writeValue(place.resolve("item.json").toFile(), item);
        deliver();
        assertSecondInPlaceAndFirstBeside();
    }

    @Test
    void a_replaced_version_is_kept_for_its_time_and_then_removed() throws IOException {
        deliver();
        bench.pass(KEEP);
        delivery().tidy();
        assertThat(aside).exists();
        bench.pass(Duration.ofMillis(1));
        delivery().tidy();
        assertThat(aside).doesNotExist();
        assertThat(place.resolve("a_ndvi.tif")).hasContent("second");
        assertThat(link(item(place), "predecessor-version")).isEmpty();
        assertThat(products().get(0).removedAt()).isPresent();
        delivery().tidy();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void an_interrupted_removal_is_finished() throws IOException {
        deliver();
        bench.pass(KEEP.plusDays(1));
        Files.delete(aside.resolve("a_ndvi.tif"));
        Files.delete(aside.resolve("runs.csv"));
        delivery().tidy();
        assertThat(aside).doesNotExist();
        assertThat(products().get(0).removedAt()).isPresent();
    }

    @Test
    void only_files_that_swath_made_are_removed() throws IOException {
        deliver();
        Files.writeString(aside.resolve("thesis.txt"), "years of work");
        bench.pass(KEEP.plusDays(1));
        delivery().tidy();
        assertThat(aside.resolve("thesis.txt")).hasContent("years of work");
        assertThat(aside.resolve("a_ndvi.tif")).doesNotExist();
        assertThat(products().get(0).removedAt()).isPresent();
    }

    @Test
    void a_folder_that_holds_another_version_is_not_removed() throws IOException {
        deliver();
        bench.pass(KEEP.plusDays(1));
        Path away = aside.resolveSibling("away");
        Files.move(aside, away);
        Files.createDirectories(aside);
        Files.copy(place.resolve("item.json"), aside.resolve("item.json"));
        delivery().tidy();
        assertThat(aside.resolve("item.json")).exists();
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("replaced products");
    }

    @Test
    void a_third_version_replaces_the_second_and_each_has_a_folder_of_its_own() throws IOException {
        deliver();
        bench.markAllSent();
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);
        assemble("third");
        deliver();
        Path second = place.resolveSibling("ndvi.v2");
        assertThat(place.resolve("a_ndvi.tif")).hasContent("third");
        assertThat(second.resolve("a_ndvi.tif")).hasContent("second");
        assertThat(aside.resolve("a_ndvi.tif")).hasContent("first");
        assertThat(link(item(place), "predecessor-version")).isEqualTo("../ndvi.v2/item.json");
        assertThat(link(item(second), "predecessor-version")).isEqualTo("../ndvi.v1/item.json");
        bench.pass(KEEP.plusDays(1));
        delivery().tidy();
        assertThat(second).doesNotExist();
        assertThat(aside).doesNotExist();
        assertThat(link(item(place), "predecessor-version")).isEmpty();
    }

    @Test
    void a_version_that_fails_leaves_the_former_one_in_place() throws IOException {
        bench.ledger.change(session ->
                session.scenes().move("a", Set.of(SceneState.ASSEMBLING), SceneState.FAILED, "the assembly failed"));
        assertThat(delivery().due()).isEmpty();
        assertThat(place.resolve("a_ndvi.tif")).hasContent("first");
        bench.markAllSent();
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);
        assemble("second, at the second try");
        deliver();
        assertThat(place.resolve("a_ndvi.tif")).hasContent("second, at the second try");
        assertThat(item(place).at("/properties/version").asText()).isEqualTo("3");
        assertThat(products()).extracting(Product::version).containsExactly(1, 3);
        assertThat(bench.storage.work("a", 2).resolve("tiles")).doesNotExist();
    }

    @Test
    void every_event_has_the_version_of_its_scene() throws IOException {
        deliver();
        Messages messages = new Messages(bench.ledger, bench.storage, bench.json, "slurm", "/swath", bench.incidents);
        JsonNode accepted = bench.json.readTree(messages.due().get(0).body());
        assertThat(accepted.path("type").asText()).isEqualTo("io.swath.scene.accepted");
        assertThat(accepted.at("/data/version").asInt()).isEqualTo(2);
        assertThat(accepted.at("/data/door").asText()).isEqualTo("nightly");
    }
}
