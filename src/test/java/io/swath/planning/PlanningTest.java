package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.health.Troubles.Trouble;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.storage.Rejections;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanningTest {
    @TempDir
    Path folder;

    private Workbench bench;
    private Planning planning;
    private Path recipe;

    @BeforeEach
    void open() throws IOException {
        bench = new Workbench(folder);
        recipe = Files.createDirectories(folder.resolve("recipes/ndvi"));
        Files.writeString(recipe.resolve("recipe.yaml"), Workbench.ONE_STEP);
        assertThat(Files.writeString(recipe.resolve("step.sh"), "#!/bin/sh\n")
                        .toFile()
                        .setExecutable(true))
                .isTrue();
        planning = new Planning(
                bench.ledger,
                bench.storage,
                new RecipeBook(folder.resolve("recipes")),
                new SceneInspector(bench.storage.root(), new GdalInfoCommand()),
                new Rejections(bench.storage),
                bench.json,
                bench.troubles,
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
        assertThat(bench.troubles.open()).isEmpty();
    }

    @Test
    void whatIsNoSceneIsRejectedWithTheReason() throws IOException {
        garbage("a");
        planAll();
        assertRejected("a");
    }

    @Test
    void aRejectionThatWasInterruptedIsFinishedForTheSameReason() throws IOException {
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
    void withoutRoomOnTheStorageARejectionWaits() throws IOException {
        garbage("a");
        Files.delete(bench.storage.rejected());
        Files.writeString(bench.storage.rejected(), "in the way");
        planAll();
        planAll();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ACCEPTED);
        assertThat(bench.troubles.open()).extracting(Trouble::part).containsExactly("scene a");
        Files.delete(bench.storage.rejected());
        planAll();
        assertRejected("a");
    }

    @Test
    void aSceneWaitsForItsRecipeAndGoesOnByItself() throws IOException {
        garbage("a");
        Path away = folder.resolve("away");
        Files.move(recipe, away);
        planAll();
        assertThat(bench.troubles.open())
                .singleElement()
                .satisfies(trouble -> assertThat(trouble.what())
                        .contains("there is no recipe ndvi any more", "put it back", "cancel"));
        Files.move(away, recipe);
        planAll();
        assertRejected("a");
    }

    @Test
    void aSceneWhoseFileWentAwayIsTold() {
        bench.accepted("a", "ndvi");
        assertThat(planning.due()).isEmpty();
        assertThat(bench.troubles.open()).isEmpty();
        bench.clock.forward(Duration.ofMinutes(2));
        assertThat(planning.due()).isEmpty();
        assertThat(bench.troubles.open())
                .singleElement()
                .satisfies(trouble -> assertThat(trouble.what()).contains("a.tif", "send it again, or cancel"));
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.CANCELLED, ""));
        assertThat(planning.due()).isEmpty();
        assertThat(bench.troubles.open()).isEmpty();
    }

    @Test
    void aSceneOfSeveralFilesIsRejectedAsAWhole() throws IOException {
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
