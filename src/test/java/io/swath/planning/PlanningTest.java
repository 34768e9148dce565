package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.arrival.ArrivingFiles;
import io.swath.arrival.ContentKey;
import io.swath.arrival.SceneRepair;
import io.swath.health.Incidents.Incident;
import io.swath.model.BoundingBox;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Scene;
import io.swath.model.SceneFilter;
import io.swath.model.SceneState;
import io.swath.model.TileChoice;
import io.swath.model.TileCut;
import io.swath.storage.ModelFiles;
import io.swath.storage.RejectedFolder;
import io.swath.storage.Removal;
import io.swath.storage.Sha256;
import io.swath.storage.Storage;
import io.swath.testing.Filters;
import io.swath.testing.Workbench;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class PlanningTest {
    @TempDir
    Path folder;

    private Workbench bench;
    private Planning planning;
    private Path recipe;

    @BeforeEach
    void open() throws IOException {
        bench = new Workbench(folder);
        recipe = bench.installRecipe("ndvi");
        planning = planning(TileSizes.NOTHING_LEARNED);
    }

    private Planning planning(TileSizes sizes) {
        return new Planning(
                bench.ledger,
                bench.storage,
                bench.recipes(),
                new SceneInspector(bench.storage.root(), new GdalInfoCommand()),
                new RejectedFolder(bench.storage),
                SceneRepair::hasContent,
                new ArrivingFiles(bench.storage)::are,
                sizes,
                bench.json,
                bench.incidents,
                bench.clock);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private Path garbage(String id) throws IOException {
        bench.accepted(id, "ndvi");
        Path file = bench.storage.folder(bench.storage.scene(id)).resolve(id + ".tif");
        return Files.writeString(file, "this is no picture");
    }

    private void planAll() {
        planning.due().forEach(planning::plan);
    }

    private void assertRejected(String id) throws IOException {
        assertThat(bench.scene(id).state()).isEqualTo(SceneState.REJECTED);
        assertThat(bench.scene(id).reason()).startsWith("file-is-a-tiff: ").contains("Deliver it as a GeoTIFF");
        assertThat(bench.storage.scene(id)).doesNotExist();
        Path place = bench.storage.rejected().resolve(id + ".tif");
        assertThat(place.resolve(id + ".tif")).hasContent("this is no picture");
        assertThat(new ObjectMapper()
                        .readTree(place.resolve("reason.json").toFile())
                        .path("rule")
                        .asText())
                .isEqualTo("file-is-a-tiff");
        assertThat(planning.due()).isEmpty();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void an_invalid_scene_is_rejected_with_the_reason() throws IOException {
        garbage("a");
        planAll();
        assertRejected("a");
    }

    /** A person repairs a rejected file in its place, and must not write into another recipe's scene. */
    @Test
    void a_rejected_scene_does_not_share_its_files() throws IOException {
        Path file = garbage("a");
        Path other = bench.storage.folder(bench.storage.scene("b")).resolve("b.tif");
        Files.createLink(other, file);
        planAll();
        assertRejected("a");
        assertThat(Files.isSameFile(bench.storage.rejected().resolve("a.tif/a.tif"), other))
                .isFalse();
        assertThat(other).hasContent("this is no picture");
    }

    @Test
    void an_interrupted_rejection_is_finished_with_the_same_reason() throws IOException {
        Path file = garbage("a");
        // As a kill between the move and the ledger leaves it.
        Files.writeString(
                bench.storage.folder(bench.storage.work("a")).resolve("rejected.json"),
                "{\"rule\":\"file-is-a-tiff\",\"what\":\"it is not\",\"remedy\":\"Deliver it as a GeoTIFF.\"}");
        Path place = Files.createDirectories(bench.storage.rejected().resolve("a.tif"));
        Files.writeString(place.resolve("reason.json"), "{\"rule\":\"file-is-a-tiff\"}");
        Files.move(file, place.resolve("a.tif"));
        planAll();
        assertRejected("a");
    }

    @Test
    void a_rejection_waits_while_the_rejected_folder_cannot_be_written() throws IOException {
        garbage("a");
        Files.delete(bench.storage.rejected());
        Files.writeString(bench.storage.rejected(), "in the way");
        planAll();
        planAll();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ACCEPTED);
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("scene a");
        Files.delete(bench.storage.rejected());
        planAll();
        assertRejected("a");
    }

    @Test
    void a_scene_waits_for_a_missing_recipe_and_is_planned_when_the_recipe_is_back() throws IOException {
        garbage("a");
        Path away = folder.resolve("away");
        Files.move(recipe, away);
        planAll();
        assertThat(bench.incidents.open())
                .singleElement()
                .satisfies(problem -> assertThat(problem.what())
                        .contains("there is no recipe ndvi any more", "put it back", "cancel"));
        Files.move(away, recipe);
        planAll();
        assertRejected("a");
    }

    private Path picture(String id) throws Exception {
        return picture(id, "");
    }

    /** In its place; with what the script does to it. */
    private Path picture(String id, String script) throws Exception {
        Path place = bench.storage.folder(bench.storage.scene(id));
        Rasters.make(place, "ds = make('" + id + ".tif', ('red', 'nir'), 128, 128)\n" + script);
        return place.resolve(id + ".tif");
    }

    @Test
    void the_plan_has_the_size_of_the_tiles_and_why_it_was_chosen() throws Exception {
        Files.writeString(
                recipe.resolve("recipe.yaml"), Workbench.ONE_STEP.replace("size: 64", "size: auto, min: 16, max: 128"));
        bench.accepted("a", "ndvi");
        picture("a"); // of 128 x 128 pixels, of two bands
        planAll();
        assertThat(bench.scene("a").plan().tileCount()).isEqualTo(4);
        assertPlanned(
                64,
                "of 16 to 128, the largest with which the scene has 4 tiles; no run has taught how long a tile takes");

        List<TileCut> asked = new ArrayList<>();
        planning = planning((recipe, possible) -> {
            asked.addAll(possible);
            return Optional.of(new TileChoice(32, "it was learned"));
        });
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.DELIVERED, ""));
        bench.reprocess("a");
        planAll();
        assertThat(asked).extracting(TileCut::side).containsExactly(128, 64, 32, 16);
        assertThat(asked).extracting(TileCut::tiles).containsExactly(1, 4, 16, 64);
        assertThat(asked.get(0).megabytes()).isEqualTo(2 * asked.get(1).megabytes() * 2);
        assertThat(bench.scene("a").plan().tileCount()).isEqualTo(16);
        assertThat(bench.tiles("a")).isGreaterThanOrEqualTo(16);
        assertPlanned(32, "it was learned");
    }

    private void assertPlanned(int side, String why) throws IOException {
        JsonNode plan = bench.json.readTree(bench.scene("a").plan().json());
        assertThat(plan.path("tileSize").asInt()).isEqualTo(side);
        assertThat(plan.path("tileSizeBecause").asText()).isEqualTo(why);
        assertThat(plan.path("width").asInt()).as("the scene is there, too").isEqualTo(128);
    }

    @Test
    void a_new_version_is_planned_in_its_own_work_folder() throws Exception {
        bench.accepted("a", "ndvi");
        picture("a");
        planAll();
        assertThat(bench.scene("a").plan().tileCount()).isEqualTo(4);
        Path before = bench.storage.work("a");
        Files.createDirectories(before.resolve("tiles/ndvi"));
        Files.writeString(before.resolve("tiles/ndvi/0.tif"), "of the first version");
        Files.writeString(before.resolve("rejected.json"), "{\"rule\":\"of the first version\"}");
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.DELIVERED, ""));
        Files.delete(recipe.resolve("step.sh"));
        assertThat(Files.writeString(recipe.resolve("other.sh"), "#!/bin/sh\n")
                        .toFile()
                        .setExecutable(true))
                .isTrue();
        Files.writeString(
                recipe.resolve("recipe.yaml"),
                Workbench.ONE_STEP.replace("size: 64", "size: 128").replace("step.sh", "other.sh"));

        bench.reprocess("a");
        planAll();

        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PLANNED);
        assertThat(bench.scene("a").plan().tileCount()).isEqualTo(1);
        assertThat(bench.tiles("a")).isEqualTo(1);
        Path now = bench.storage.work("a", 2);
        assertThat(now).isEqualTo(before.resolve("v2"));
        assertThat(now.resolve("scene.vrt")).content().contains(">GTIFF_DIR:1:/storage/scenes/a/a.tif<");
        assertThat(now.resolve("sources")).content().contains(" /storage/scenes/a/a.tif\0");
        assertThat(now.resolve("recipe/ndvi")).isDirectoryNotContaining("glob:**/step.sh");
        assertThat(now.resolve("tiles")).doesNotExist();
    }

    @Test
    void a_retried_scene_is_planned_when_only_the_mode_of_its_file_was_changed() throws Exception {
        Path file = changedPicture();
        file.toFile().setWritable(false, false);
        bench.ledger.change(session -> session.scenes().planAgain("a", "retried by a person"));
        planAll();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PLANNED);
        assertThat(bench.scene("a").version()).isEqualTo(2);
        assertThat(bench.storage.work("a", 2).resolve("sources")).isRegularFile();
    }

    @Test
    void a_retried_scene_whose_content_was_changed_fails_with_the_remedy() throws Exception {
        Path file = changedPicture();
        byte[] content = Files.readAllBytes(file);
        content[content.length - 1] ^= 1;
        Files.write(file, content);
        bench.ledger.change(session -> session.scenes().planAgain("a", "retried by a person"));
        planAll();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).startsWith("scene-is-unchanged: ").contains("Send the original again");
    }

    @Test
    void another_content_is_not_planned_after_the_work_folder_of_the_version_before_was_removed() throws Exception {
        Path file = failedPicture();
        Removal.remove(bench.storage.work("a"));
        byte[] content = Files.readAllBytes(file);
        content[content.length - 1] ^= 1;
        Files.write(file, content);
        bench.ledger.change(session -> session.scenes().planAgain("a", "retried by a person"));
        planAll();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).startsWith("scene-is-unchanged: ");
    }

    @Test
    void the_same_content_in_another_file_is_planned_again() throws Exception {
        Path file = failedPicture();
        Path copy = Files.copy(file, folder.resolve("copy"));
        Files.move(copy, file, StandardCopyOption.REPLACE_EXISTING);
        bench.ledger.change(session -> session.scenes().planAgain("a", "retried by a person"));
        planAll();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PLANNED);
    }

    /** A scene that was planned, and then failed for a reason that is no changed file. */
    private Path failedPicture() throws Exception {
        Path file = acceptedPicture();
        planAll();
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.FAILED, "1 of 1 failed"));
        return file;
    }

    /** A scene that failed because its jobs found a changed file; its content is still what was accepted. */
    private Path changedPicture() throws Exception {
        Path file = acceptedPicture();
        bench.inputChanged("a");
        return file;
    }

    private Path acceptedPicture() throws Exception {
        Path file = picture("a");
        Scene.Arrival arrival = new Scene.Arrival(
                "a.tif", ContentKey.of("ndvi", file), Origin.FOLDER, Priority.NORMAL, bench.clock.instant());
        Scene scene = Scene.arrived("a", "ndvi", "0123abcd", arrival, SceneState.ACCEPTED, "");
        bench.ledger.write(session -> session.scenes().add(scene));
        return file;
    }

    @Test
    void the_model_of_a_recipe_is_kept_once_and_not_copied_with_the_recipe() throws Exception {
        Files.writeString(recipe.resolve("net.onnx"), "network");
        String sha256 = Sha256.hex("network");
        Files.writeString(
                recipe.resolve("recipe.yaml"),
                Workbench.ONE_STEP + "model: { file: net.onnx, sha256: " + sha256 + " }\n");
        bench.accepted("a", "ndvi");
        picture("a");
        planAll();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PLANNED);
        assertThat(bench.storage.work("a").resolve("recipe/ndvi")).isDirectoryNotContaining("glob:**/net.onnx");
        Path kept = ModelFiles.place(bench.storage, sha256);
        assertThat(kept).hasContent("network");

        Files.delete(kept);
        Files.writeString(kept, "damaged");
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.FAILED, "INPUT_CHANGED"));
        bench.ledger.change(session -> session.scenes().planAgain("a", "retried by a person"));
        planAll();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PLANNED);
        assertThat(kept).hasContent("network");
    }

    @Test
    void interrupted_planning_is_repeated_for_the_same_version() throws Exception {
        bench.accepted("a", "ndvi");
        picture("a");
        planAll();
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.DELIVERED, ""));
        bench.reprocess("a");
        // As a kill between the files and the ledger leaves it.
        Path half = bench.storage.folder(bench.storage.work("a", 2).resolve("recipe/ndvi"));
        Files.writeString(half.resolve("recipe.yaml"), "accepts:");
        planAll();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.PLANNED);
        assertThat(half.resolve("recipe.yaml")).hasContent(Workbench.ONE_STEP);
        assertThat(bench.tiles("a")).isEqualTo(4);
    }

    @Test
    void a_reprocessed_scene_that_no_longer_fits_its_recipe_fails_and_stays_in_place() throws Exception {
        bench.accepted("a", "ndvi");
        Path file = picture("a");
        planAll();
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.DELIVERED, ""));
        Files.writeString(recipe.resolve("recipe.yaml"), Workbench.ONE_STEP.replace("[red, nir]", "[red, swir16]"));
        bench.reprocess("a");
        planAll();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).contains("swir16");
        assertThat(bench.tiles("a")).isZero();
        assertThat(file).exists();
        assertThat(bench.storage.rejected()).isEmptyDirectory();
        assertThat(planning.due()).isEmpty();
    }

    @Test
    void a_reprocessed_scene_without_its_file_fails() {
        bench.delivered("a");
        bench.reprocess("a");
        planAll();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).startsWith("scene-is-there: ").contains("scenes/a", "Send it again");
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void a_scene_of_the_day_is_planned_before_nightly_reprocessing() throws IOException {
        for (int number = 0; number < 9; number++) {
            bench.delivered("n" + number);
            bench.reprocess("n" + number);
        }
        garbage("day");
        assertThat(planning.due()).containsExactly("day", "n0", "n1", "n2");
    }

    @Test
    void a_scene_that_could_not_be_planned_before_does_not_wait_for_the_whole_night() throws IOException {
        bench.accepted("day", "gone");
        Files.writeString(bench.storage.folder(bench.storage.scene("day")).resolve("day.tif"), "garbage");
        planning.due().forEach(planning::plan);
        assertThat(bench.incidents.open().toString()).contains("there is no recipe gone");
        for (int number = 0; number < 9; number++) {
            bench.delivered("n" + number);
            bench.reprocess("n" + number);
        }
        List<String> offered = new ArrayList<>();
        for (int call = 0; call < 10; call++) {
            offered.addAll(planning.due()); // none is planned, so new scenes are due in each call
        }
        assertThat(offered).contains("day", "n0");
    }

    @Test
    void an_urgent_scene_overtakes_the_scenes_that_were_accepted_before() throws IOException {
        for (int number = 0; number < 9; number++) {
            garbage("a" + number);
        }
        List<String> first = planning.due();
        assertThat(first).hasSize(4);
        bench.accepted("urgent", "ndvi", Priority.URGENT);
        Files.writeString(bench.storage.folder(bench.storage.scene("urgent")).resolve("urgent.tif"), "garbage");
        first.forEach(planning::plan);
        assertThat(planning.more(first)).isTrue();
        assertThat(planning.due()).startsWith("urgent").doesNotContainAnyElementsOf(first);
    }

    @Test
    void sensors_place_and_time_are_stored_for_scene_queries() throws Exception {
        bench.accepted("a", "ndvi");
        picture("a", """
                ds.SetMetadata({'SPACECRAFT_ID': 'LANDSAT_8', 'SENSOR_ID': 'OLI_TIRS',
                                'TIFFTAG_DATETIME': '2024:05:01 10:00:00'})
                ds.SetGeoTransform((10, 2 / 128, 0, 48, 0, -2 / 128))
                srs = osr.SpatialReference(); srs.ImportFromEPSG(4326); ds.SetProjection(srs.ExportToWkt())
                """);
        planAll();
        assertThat(bench.scene("a").reason()).isEmpty();
        for (SceneFilter filter : List.of(
                Filters.of("1", f -> f.sensor = "landsat-8"),
                Filters.of("2", f -> f.sensor = "oli-tirs"),
                Filters.of("3", f -> f.box = new BoundingBox(11.9, 46, 13, 46.1)),
                Filters.of("4", f -> f.until = java.time.Instant.parse("2024-05-01T10:00:01Z")))) {
            bench.ledger.change(
                    session -> session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.DELIVERED, ""));
            bench.markAllSent();
            List<Scene> selected =
                    bench.ledger.read(session -> session.nights().select(filter, Map.of("ndvi", "x"), 1, 9));
            assertThat(selected).as(filter.text()).hasSize(1);
        }
    }

    @Test
    void a_scene_that_is_copied_for_long_is_no_incident() throws IOException {
        bench.accepted("a", "ndvi");
        Path copy = bench.storage.folder(bench.storage.scene(".taken").resolve(Storage.stagingPrefix("a") + "7.part"));
        bench.clock.forward(Duration.ofMinutes(10));
        assertThat(planning.due()).isEmpty();
        assertThat(bench.incidents.open()).isEmpty();

        Files.delete(copy);
        assertThat(planning.due()).isEmpty();
        assertThat(bench.incidents.open()).hasSize(1);
    }

    @Test
    void a_scene_whose_entry_is_still_in_its_inbox_is_no_incident() throws IOException {
        bench.accepted("a", "ndvi");
        Path inbox = bench.storage.sharedFolder(bench.storage.inbox().resolve("ndvi"));
        Path entry = Files.writeString(inbox.resolve("a.tif"), "it must stand still after a restart");
        bench.clock.forward(Duration.ofMinutes(10));
        assertThat(planning.due()).isEmpty();
        assertThat(bench.incidents.open()).isEmpty();

        Files.delete(entry);
        assertThat(planning.due()).isEmpty();
        assertThat(bench.incidents.open()).hasSize(1);
    }

    @Test
    void a_scene_whose_file_is_missing_opens_an_incident() {
        bench.accepted("a", "ndvi");
        assertThat(planning.due()).isEmpty();
        assertThat(bench.incidents.open()).isEmpty();
        bench.clock.forward(Duration.ofMinutes(2));
        assertThat(planning.due()).isEmpty();
        assertThat(bench.incidents.open())
                .singleElement()
                .satisfies(problem -> assertThat(problem.what()).contains("a.tif", "send it again, or cancel"));
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.CANCELLED, ""));
        assertThat(planning.due()).isEmpty();
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void the_files_of_one_scene_are_rejected_together() throws IOException {
        Path file = garbage("a");
        Files.writeString(file.resolveSibling("item.json"), """
                {"type": "Feature", "stac_version": "1.1.0", "id": "a",
                 "assets": {"red": {"href": "./a.tif"}, "nir": {"href": "./a.tif"}}}
                """);
        planAll();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.REJECTED);
        assertThat(bench.scene("a").reason()).startsWith("file-is-a-tiff: of assets.red.href, ");
        assertThat(bench.storage.scene("a")).doesNotExist();
        assertThat(bench.storage.rejected().toFile().list()).containsExactly("a.tif");
        assertThat(bench.storage.rejected().resolve("a.tif/a").toFile().list())
                .containsExactlyInAnyOrder("a.tif", "item.json");
    }
}
