package io.swath.arrival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.storage.Removal;
import io.swath.storage.Roots;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class CommandArrivalTest {
    @TempDir
    Path folder;

    private Workbench bench;
    private Recipe recipe;
    private CommandArrival arrival;

    @BeforeEach
    void open() throws IOException {
        bench = new Workbench(folder);
        bench.installRecipe("ndvi");
        recipe = bench.recipes().find("ndvi").orElseThrow();
        arrival = new CommandArrival(bench.ledger, bench.storage, bench.clock);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private Scene accept(SceneInput input) throws IOException {
        return arrival.accept(input, recipe, Priority.URGENT);
    }

    private SceneInput tiff(Path file) throws IOException {
        return SceneInput.at(file, Optional.empty(), Roots.of(folder));
    }

    private SceneInput item(String id) throws IOException {
        Path station = Files.createDirectories(folder.resolve("station"));
        Files.writeString(station.resolve("red.tif"), "red");
        Files.writeString(station.resolve("nir.tif"), "near");
        return SceneInput.at(
                Files.writeString(station.resolve("item.json"), """
                {"type": "Feature", "stac_version": "1.1.0", "id": "%s", "properties": {"datetime": null},
                 "assets": {"red": {"href": "red.tif"}, "nir": {"href": "nir.tif"}}}
                """.formatted(id)), Optional.empty(), Roots.of(folder));
    }

    private List<Scene> accepted() {
        return bench.ledger.read(session -> session.scenes().inStates(Set.of(SceneState.ACCEPTED)));
    }

    private Path raster(Scene scene) {
        return bench.storage.scene(scene.id()).resolve(scene.id() + ".tif");
    }

    private Path scenesFolder() {
        return bench.storage.root().resolve("scenes");
    }

    @Test
    void a_submitted_file_is_copied_and_stays_where_it_was() throws IOException {
        Path file = Files.writeString(folder.resolve("a.tif"), "x");
        Scene scene = accept(tiff(file));
        assertThat(raster(scene)).hasContent("x");
        assertThat(file).hasContent("x");
        assertThat(scene.priority()).isEqualTo(Priority.URGENT);
        assertThat(scene.arrival().origin()).isEqualTo(Origin.COMMAND);
        assertThat(scenesFolder().toFile().list()).containsExactly(scene.id());
    }

    @Test
    void a_stac_item_is_accepted_once_with_its_files() throws IOException {
        Scene scene = accept(item("S2 one"));
        assertThat(scene.id()).startsWith("S2-one-");
        assertThat(scene.name()).isEqualTo("S2 one");
        assertThat(bench.storage.scene(scene.id()).toFile().list())
                .containsExactlyInAnyOrder("item.json", "red.tif", "nir.tif");
        assertThat(accept(item("another name"))).isEqualTo(scene);
        assertThat(accepted()).containsExactly(scene);
        assertThat(scenesFolder().toFile().list()).containsExactly(scene.id());
    }

    @Test
    void a_stac_item_with_a_missing_file_is_not_accepted() throws IOException {
        SceneInput input = item("S2");
        Files.delete(folder.resolve("station/nir.tif"));
        assertThatThrownBy(() -> accept(input)).isInstanceOf(IOException.class).hasMessageContaining("nir.tif");
        assertThat(accepted()).isEmpty();
        assertThat(scenesFolder()).isEmptyDirectory();
    }

    @Test
    void the_leftovers_of_an_interrupted_attempt_do_no_harm() throws IOException {
        SceneInput input = item("S2");
        String key = input.contentKey("ndvi");
        Path part = Files.createDirectory(scenesFolder().resolve("." + key + ".part"));
        Files.writeString(part.resolve("red.tif"), "half");
        Files.writeString(part.resolve("old.tif"), "half");
        Scene scene = accept(input);
        assertThat(bench.storage.scene(scene.id()).toFile().list())
                .containsExactlyInAnyOrder("item.json", "red.tif", "nir.tif");

        // As a kill between the ledger and the rename leaves it.
        Removal.remove(bench.storage.scene(scene.id()));
        assertThat(accept(input).id()).isEqualTo(scene.id());
        assertThat(bench.storage.scene(scene.id()).resolve("red.tif")).hasContent("red");
    }

    @Test
    void the_content_of_a_rejected_scene_becomes_a_new_scene_with_its_own_folder() throws IOException {
        Path file = Files.writeString(folder.resolve("a.tif"), "x");
        Scene first = accept(tiff(file));
        bench.ledger.change(session ->
                session.scenes().move(first.id(), Set.of(SceneState.ACCEPTED), SceneState.REJECTED, "rule: x. y."));
        Scene second = accept(tiff(file));
        assertThat(second.id()).isEqualTo(first.id() + "-2");
        assertThat(raster(second)).hasContent("x");
    }

    @Test
    void the_original_of_a_scene_whose_file_was_changed_takes_its_place_when_it_is_submitted() throws IOException {
        Path file = Files.writeString(folder.resolve("a.tif"), "original");
        Scene scene = accept(tiff(file));
        Files.writeString(raster(scene), "changed");
        assertThat(bench.inputChanged(scene.id()).state()).isEqualTo(SceneState.FAILED);

        Path renamed = Files.move(file, folder.resolve("the same content.tif"));
        Scene again = accept(tiff(renamed));

        assertThat(again.id()).isEqualTo(scene.id());
        assertThat(again.state()).isEqualTo(SceneState.ACCEPTED);
        assertThat(again.version()).isEqualTo(2);
        assertThat(bench.storage.scene(scene.id()).toFile().list()).containsExactly(scene.id() + ".tif");
        assertThat(raster(scene)).hasContent("original");
        assertThat(renamed).hasContent("original");
        assertThat(scenesFolder().toFile().list()).containsExactly(scene.id());
    }

    @Test
    void a_failed_scene_whose_files_are_lost_gets_them_back_when_its_item_is_submitted() throws IOException {
        SceneInput input = item("S2");
        Scene scene = accept(input);
        bench.ledger.change(session -> session.scenes()
                .move(scene.id(), Set.of(SceneState.ACCEPTED), SceneState.FAILED, "its files are gone"));
        Removal.remove(bench.storage.scene(scene.id()));

        Scene again = accept(input);

        assertThat(again.id()).isEqualTo(scene.id());
        assertThat(again.state()).isEqualTo(SceneState.ACCEPTED);
        assertThat(bench.storage.scene(scene.id()).resolve("red.tif")).hasContent("red");
        assertThat(bench.storage.scene(scene.id()).resolve("nir.tif")).hasContent("near");
        assertThat(accepted()).hasSize(1);
    }

    @Test
    void a_failed_scene_with_its_files_is_not_processed_again_when_it_is_submitted() throws IOException {
        Path file = Files.writeString(folder.resolve("a.tif"), "original");
        Scene scene = accept(tiff(file));
        bench.ledger.change(session -> session.scenes()
                .move(scene.id(), Set.of(SceneState.ACCEPTED), SceneState.FAILED, "1 of 1 tiles failed"));
        assertThat(accept(tiff(file)).state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene(scene.id()).version()).isEqualTo(1);
    }
}
