package io.swath.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.swath.accounting.AccountingRecord;
import io.swath.accounting.RunsCsv;
import io.swath.health.Incidents.Incident;
import io.swath.model.Batch;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class DeliveryTest {
    private static final String NEEDS_QUOTES = "said \"no\", then\r\nended; ,";

    private Workbench bench;
    private Path place;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
        place = bench.storage.root().resolve("delivered/a/ndvi");
        assembled();
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private Delivery delivery() {
        return new Delivery(
                bench.ledger,
                bench.storage,
                bench.json,
                "slurm",
                "1.0",
                Duration.ofDays(30),
                bench.incidents,
                bench.steady);
    }

    private Path batch() {
        return bench.storage.batch("a", bench.batch("a", 2).token());
    }

    /** A scene of one tile whose first run failed with a detail that CSV must quote, and whose assembly is done. */
    private void assembled() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.submitAll();
        Batch tiles = bench.batch("a", 1);
        bench.ledger.change(session -> {
            session.runs()
                    .finish(List.of(new Run(
                            tiles.token(),
                            0,
                            "a",
                            0,
                            "ndvi",
                            0,
                            1,
                            RunState.FAILED,
                            Optional.of(Cause.EXIT),
                            NEEDS_QUOTES,
                            Run.Facts.NONE)));
            session.tiles()
                    .update(List.of(
                            bench.tile("a", 0).withState(TileState.DONE),
                            bench.tile("a", TileProgress.ASSEMBLY).withState(TileState.DONE)));
            session.scenes().move("a", Set.of(SceneState.PROCESSING), SceneState.ASSEMBLING, "");
        });
        try {
            bench.leavesOutput(bench.batch("a", 2), 0);
            Path product = bench.storage.folder(batch().resolve("product"));
            Files.writeString(product.resolve("preview.png"), "picture");
            Files.writeString(batch().resolve("mosaic.json"), "{}");
            Files.writeString(product.resolve("product.json"), """
                    {"epsg":32633,"shape":[64,64],"transform":[10,0,0,0,-10,0,0,0,1],"bbox":[13.6,48.3,14.2,48.7],
                     "geometry":{"type":"Polygon","coordinates":
                       [[[13.6,48.3],[14.2,48.3],[14.2,48.7],[13.6,48.7],[13.6,48.3]]]},
                     "tiles":1,"empty":0,"software":{"gdal":"3.6.2"},
                     "bands":[{"name":"ndvi","data_type":"Int16","nodata":-32768,"statistics":{"mean":1}}]}
                    """);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void assertDeliveredOnce() {
        assertThat(place)
                .isDirectoryContaining("glob:**/a_ndvi.tif")
                .isDirectoryContaining("glob:**/preview.png")
                .isDirectoryContaining("glob:**/item.json")
                .isDirectoryContaining("glob:**/runs.csv");
        assertThat(place.resolve("a_ndvi.tif")).hasContent("pixels");
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.DELIVERED);
        assertThat(bench.ledger.read(session -> session.outbox().unsent(100)).stream()
                        .filter(entry -> entry.type().equals("io.swath.scene.delivered")))
                .hasSize(1);
        assertThat(delivery().due()).isEmpty();
    }

    @Test
    void an_assembled_scene_is_due_and_all_its_products_are_delivered() throws IOException {
        assertThat(delivery().due()).containsExactly("a");

        delivery().deliver("a");

        assertDeliveredOnce();
        assertThat(bench.json
                        .readTree(place.resolve("item.json").toFile())
                        .at("/assets/data/file:checksum")
                        .asText())
                .as("the multihash of 'pixels', as sha256sum gives it")
                .isEqualTo("12206ec9c2b0eb14010746c8bce8939303b382344b296206612eb8a907a37b2b2f37");
        assertThat(bench.storage.work("a").resolve("tiles")).doesNotExist();
        assertThat(bench.storage.work("a").resolve("leases")).doesNotExist();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_few_scenes_are_due_at_once_and_more_says_whether_others_may_be() {
        Set<String> scenes = new TreeSet<>();
        for (int number = 0; number < 30; number++) {
            String id = "b" + number;
            scenes.add(id);
            bench.planned(id, Workbench.ONE_STEP, 1);
            bench.ledger.change(session -> {
                session.tiles()
                        .update(List.of(
                                bench.tile(id, 0).withState(TileState.DONE),
                                bench.tile(id, TileProgress.ASSEMBLY).withState(TileState.DONE)));
                session.scenes().move(id, Set.of(SceneState.PLANNED), SceneState.ASSEMBLING, "");
            });
        }
        Delivery delivery = delivery();
        List<String> delivered = new ArrayList<>();
        List<String> last;
        do {
            last = delivery.due();
            assertThat(last).hasSizeLessThan(20);
            last.forEach(delivery::deliver);
            delivered.addAll(last);
        } while (delivery.more(last));
        assertThat(delivered).contains("a").containsAll(scenes).doesNotHaveDuplicates();
        assertThat(delivery.due()).isEmpty();
        assertThat(delivery.more(List.of())).isFalse();
    }

    @Test
    void a_scene_whose_assembly_is_not_done_is_not_due() {
        bench.ledger.change(session -> session.tiles()
                .update(List.of(bench.tile("a", TileProgress.ASSEMBLY).withState(TileState.OPEN))));

        assertThat(delivery().due()).isEmpty();
    }

    @Test
    void a_delivery_interrupted_while_it_collects_files_collects_the_rest() throws IOException {
        Path folder = bench.storage.folder(batch().resolve("delivery"));
        Files.move(bench.storage.tile("a", 1, "assemble", 0), folder.resolve("a_ndvi.tif"));

        delivery().deliver("a");

        assertDeliveredOnce();
    }

    @Test
    void a_delivery_interrupted_while_it_writes_a_file_writes_the_file_again() throws IOException {
        Path folder = bench.storage.folder(batch().resolve("delivery"));
        Files.move(bench.storage.tile("a", 1, "assemble", 0), folder.resolve("a_ndvi.tif"));
        Files.move(batch().resolve("product/preview.png"), folder.resolve("preview.png"));
        Files.writeString(folder.resolve("item.json"), "{\"type\":\"Fea");
        Files.writeString(folder.resolve("runs.csv"), "id,sce");

        delivery().deliver("a");

        assertDeliveredOnce();
        assertThat(bench.json
                        .readTree(place.resolve("item.json").toFile())
                        .path("id")
                        .asText())
                .isEqualTo("a_ndvi");
    }

    @Test
    void a_delivery_interrupted_after_the_rename_only_records_the_delivery() throws IOException {
        delivery().deliver("a");
        byte[] item = Files.readAllBytes(place.resolve("item.json"));
        // As a kill leaves it: the products are in their place, but the ledger does not have the delivery.
        String id = "a";
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.ledger.change(session -> {
            session.scenes().move("b", Set.of(SceneState.PLANNED), SceneState.ASSEMBLING, "");
            session.tiles()
                    .update(List.of(bench.tile("b", TileProgress.ASSEMBLY).withState(TileState.DONE)));
        });
        Path placeOfB = bench.storage.root().resolve("delivered/b/ndvi");
        Files.createDirectories(placeOfB.getParent());
        Files.move(place, placeOfB);

        delivery().deliver("b");

        assertThat(bench.scene("b").state()).isEqualTo(SceneState.DELIVERED);
        assertThat(placeOfB.resolve("item.json")).hasBinaryContent(item);
        assertThat(bench.scene(id).state()).isEqualTo(SceneState.DELIVERED);
    }

    @Test
    void a_scene_delivered_twice_has_one_event() {
        delivery().deliver("a");
        delivery().deliver("a");

        assertDeliveredOnce();
    }

    /** The storage is gone: its folders are not there. */
    private Path unmounted() throws IOException {
        return Files.move(
                bench.storage.root().resolve("scenes"), bench.storage.root().resolve("elsewhere"));
    }

    @Test
    void a_file_missing_from_a_storage_that_is_gone_is_an_incident_and_the_scene_stays_due() throws IOException {
        Path facts = batch().resolve("product/product.json");
        byte[] content = Files.readAllBytes(facts);
        Files.delete(facts);
        Path elsewhere = unmounted();

        delivery().deliver("a");
        assertThat(place).doesNotExist();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ASSEMBLING);
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("delivery of a");
        assertThat(delivery().due()).containsExactly("a");

        Files.write(facts, content);
        Files.move(elsewhere, bench.storage.root().resolve("scenes"));
        delivery().deliver("a");
        assertDeliveredOnce();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_delivery_that_failed_is_tried_again_after_a_pause_that_grows_and_holds_up_no_other() throws IOException {
        Files.delete(batch().resolve("product/product.json"));
        unmounted();
        Delivery delivery = delivery();

        for (int seconds : new int[] {5, 10, 20}) {
            delivery.deliver("a");
            assertThat(delivery.due()).isEmpty();
            bench.pass(Duration.ofSeconds(seconds - 1));
            assertThat(delivery.due()).isEmpty();
            bench.pass(Duration.ofSeconds(1));
            assertThat(delivery.due()).containsExactly("a");
        }
    }

    @Test
    void a_job_file_that_is_missing_from_a_storage_that_answers_ends_the_scene() throws IOException {
        Files.delete(batch().resolve("product/product.json"));

        assertFailed("product.json is missing");
    }

    @Test
    void a_product_that_is_missing_ends_the_scene() throws IOException {
        Files.delete(bench.storage.tile("a", 1, "assemble", 0));

        assertFailed("tiles/assemble/0.tif is missing");
    }

    @Test
    void an_assembly_whose_evidence_is_missing_ends_the_scene() throws IOException {
        Files.delete(batch().resolve("evidence/0.json"));

        assertFailed("evidence/0.json is missing");
    }

    @Test
    void product_facts_that_would_fill_the_memory_end_the_scene() throws IOException {
        Files.writeString(batch().resolve("product/product.json"), "{\"bands\":[{}" + ",{}".repeat(1_390_000) + "]}");

        assertFailed("has more than 2097152 bytes");
    }

    @Test
    void product_facts_that_are_foreign_end_the_scene() throws IOException {
        Files.writeString(batch().resolve("product/product.json"), "{\"empty\":\"\\u001b[31mnever\"}");

        assertFailed("product.json: empty must be ");
    }

    @Test
    void what_an_interrupted_delivery_left_is_removed_once_the_scene_is_not_delivered_any_more() throws IOException {
        Files.delete(batch().resolve("product/product.json"));
        Path elsewhere = unmounted();
        Path other = Files.createDirectory(bench.storage.delivered().resolve(".unknown.part"));
        Delivery delivery = delivery();
        delivery.deliver("a");
        Files.move(elsewhere, bench.storage.root().resolve("scenes"));
        delivery.tidy();
        assertThat(bench.storage.gathering("a").resolve("a_ndvi.tif")).hasContent("pixels");

        bench.ledger.change(session ->
                session.scenes().move("a", Set.of(SceneState.ASSEMBLING), SceneState.CANCELLED, "cancelled"));
        bench.pass(Duration.ofMinutes(10));
        delivery.tidy();
        assertThat(bench.storage.gathering("a")).doesNotExist();
        assertThat(other).as("what the ledger does not know").exists();
    }

    @Test
    void what_a_job_left_and_swath_cannot_remove_does_not_stop_the_delivery() throws IOException {
        Path deep = bench.storage.tile("a", 1, "ndvi", 0).resolveSibling("deep");
        for (int level = 0; level < 100; level++) {
            Files.createDirectories(deep);
            deep = deep.resolve("d");
        }

        delivery().deliver("a");

        assertDeliveredOnce();
        assertThat(bench.incidents.open()).isEmpty();
        assertThat(bench.storage.work("a").resolve("tiles")).exists();
        assertThat(bench.storage.work("a").resolve("leases")).doesNotExist();
    }

    private void assertFailed(String why) throws IOException {
        delivery().deliver("a");
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).contains(why);
        assertThat(bench.tile("a", TileProgress.ASSEMBLY).state()).isEqualTo(TileState.FAILED);
        assertThat(place).doesNotExist();
        assertThat(bench.storage.gathering("a")).doesNotExist();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_product_that_was_changed_after_its_evidence_is_not_delivered() throws IOException {
        Files.writeString(bench.storage.tile("a", 1, "assemble", 0), "forged");

        assertFailed("the product was changed after its assembly had ended");
    }

    /** As an assembly that makes polygons: its evidence has their SHA-256. */
    private void polygons(String sha256) throws IOException {
        Files.writeString(batch().resolve("mosaic.json"), "{\"polygons\": true}");
        evidenceOfPolygons(sha256);
    }

    private void evidenceOfPolygons(String sha256) throws IOException {
        Path evidence = batch().resolve("evidence/0.json");
        ObjectNode node = (ObjectNode) bench.json.readTree(evidence.toFile());
        ((ObjectNode) node.get("output")).put("polygons_sha256", sha256);
        Files.writeString(evidence, node.toString());
    }

    @Test
    void polygons_are_delivered_when_they_are_those_of_the_evidence() throws IOException {
        Files.writeString(batch().resolve("product/polygons.gpkg"), "pixels");
        polygons("6ec9c2b0eb14010746c8bce8939303b382344b296206612eb8a907a37b2b2f37");
        delivery().deliver("a");
        assertDeliveredOnce();
        assertThat(place.resolve("polygons.gpkg")).hasContent("pixels");
        assertThat(bench.json
                        .readTree(place.resolve("item.json").toFile())
                        .at("/assets/polygons/href")
                        .asText())
                .isEqualTo("./polygons.gpkg");
    }

    @Test
    void polygons_that_were_changed_after_their_evidence_are_not_delivered() throws IOException {
        Files.writeString(batch().resolve("product/polygons.gpkg"), "forged");
        polygons("6ec9c2b0eb14010746c8bce8939303b382344b296206612eb8a907a37b2b2f37");
        assertFailed("polygons.gpkg was changed after its assembly had ended");
    }

    @Test
    void polygons_for_which_the_recipe_did_not_ask_are_left_behind() throws IOException {
        Files.writeString(batch().resolve("product/polygons.gpkg"), "pixels");
        evidenceOfPolygons("6ec9c2b0eb14010746c8bce8939303b382344b296206612eb8a907a37b2b2f37");
        delivery().deliver("a");
        assertDeliveredOnce();
        assertThat(place.resolve("polygons.gpkg")).doesNotExist();
    }

    @Test
    void a_product_that_is_a_link_is_neither_read_nor_delivered() throws IOException {
        Path cog = bench.storage.tile("a", 1, "assemble", 0);
        Path secret = Files.writeString(bench.storage.root().resolve("secret"), "pixels");
        Files.delete(cog);
        Files.createSymbolicLink(cog, secret);

        assertFailed("is not a regular file");
    }

    @Test
    void product_facts_that_are_not_json_end_the_scene() throws IOException {
        Files.writeString(batch().resolve("product/product.json"), "{");

        assertFailed("no usable product");
    }

    @Test
    void what_a_job_plants_in_the_batchs_folder_is_not_written_through() throws IOException {
        Path victim = Files.writeString(bench.storage.root().resolve("victim"), "untouched");
        Path planted = Files.createDirectories(batch().resolve("delivery"));
        for (String name : List.of("a_ndvi.tif", ".runs.csv.part", "runs.csv", ".item.json.part", "preview.png")) {
            Files.createSymbolicLink(planted.resolve(name), victim);
        }

        delivery().deliver("a");

        assertDeliveredOnce();
        assertThat(victim).hasContent("untouched");
    }

    @Test
    void the_delivered_files_are_new_files_that_only_swath_may_write() throws IOException {
        Path made = bench.storage.tile("a", 1, "assemble", 0);
        Files.setAttribute(made, "unix:mode", 0666);
        try (FileChannel held = FileChannel.open(made, StandardOpenOption.WRITE)) {
            delivery().deliver("a");
            held.write(ByteBuffer.wrap("forged".getBytes(StandardCharsets.UTF_8)));
        }

        assertDeliveredOnce();
        try (Stream<Path> files = Files.list(place)) {
            assertThat(files)
                    .allSatisfy(file -> assertThat((int) Files.getAttribute(file, "unix:mode") & 07777)
                            .as(file.toString())
                            .isEqualTo(0640));
        }
    }

    private String runsCsv() throws IOException {
        Path file = bench.storage.root().resolve("runs.csv");
        new RunsCsv(bench.ledger, "slurm").write(bench.scene("a"), file);
        return Files.readString(file);
    }

    @Test
    void the_run_table_quotes_only_values_that_rfc4180_requires_to_be_quoted() throws IOException {
        String csv = runsCsv();

        String head = csv.substring(0, csv.indexOf("\r\n"));
        assertThat(head).startsWith("id,scene,recipe,step,tile,attempt,cluster,job,task,state,");
        assertThat(csv).contains(",EXIT,\"said \"\"no\"\", then\ufffd\ufffdended; ,\",");
        // Outside of quotes a line per run: the failed tile's and the assembly's, which is last.
        String[] lines = csv.replaceAll("(?s)\"([^\"]|\"\")*\"", "x").split("\r\n", -1);
        assertThat(lines).hasSize(4);
        assertThat(lines[3]).isEmpty();
        for (int line = 1; line <= 2; line++) {
            assertThat(lines[line].split(",", -1)).hasSameSizeAs(head.split(",", -1));
        }
        assertThat(lines[2]).contains(",assemble,,1,slurm,102,");
        assertThat(lines[2])
                .as("a text of more than 24 characters needs no quotes")
                .doesNotContain("x,a,ndvi");
    }

    @Test
    void a_csv_parser_reads_the_accounting_records_from_the_run_table() throws IOException {
        List<Map<String, String>> rows = new ArrayList<>();
        try (MappingIterator<Map<String, String>> parsed = new CsvMapper()
                .readerForMapOf(String.class)
                .with(CsvSchema.emptySchema().withHeader())
                .readValues(runsCsv())) {
            parsed.forEachRemaining(rows::add);
        }

        List<Map<String, String>> records = new ArrayList<>();
        for (int number = 1; number <= 2; number++) {
            Batch batch = bench.batch("a", number);
            Map<String, String> record = new LinkedHashMap<>();
            AccountingRecord.of(bench.run(batch, 0), batch, "ndvi", "slurm")
                    .forEach((name, value) -> record.put(name, value == null ? "" : value.toString()));
            records.add(record);
        }
        assertThat(rows).isEqualTo(records);
        assertThat(rows.get(0).keySet())
                .containsExactlyElementsOf(records.get(0).keySet());
    }

    @Test
    void a_run_table_that_cannot_be_written_leaves_the_former_file_and_no_part_of_a_new_one() throws IOException {
        Path folder = Files.createDirectory(bench.storage.root().resolve("table"));
        Path file = Files.writeString(folder.resolve("runs.csv"), "former");
        Scene scene = bench.scene("a");
        bench.ledger.close();

        assertThatThrownBy(() -> new RunsCsv(bench.ledger, "slurm").write(scene, file))
                .isInstanceOf(RuntimeException.class);

        assertThat(file).hasContent("former");
        assertThat(folder).isDirectoryNotContaining(path -> !path.equals(file));
    }
}
