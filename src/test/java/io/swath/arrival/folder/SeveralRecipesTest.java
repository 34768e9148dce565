package io.swath.arrival.folder;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.arrival.CommandArrival;
import io.swath.arrival.ContentKey;
import io.swath.arrival.CopyPolicy;
import io.swath.arrival.EntrySnapshot;
import io.swath.arrival.SceneName;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.storage.Removal;
import io.swath.storage.Roots;
import io.swath.testing.Arrivals;
import io.swath.testing.SmallProduct;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scenes that are given to several recipes at once. */
@Tag("resources")
class SeveralRecipesTest {
    @TempDir
    Path folder;

    private Workbench bench;
    private Path inbox;
    private InboxArrival arrival;

    @BeforeEach
    void open() throws IOException {
        bench = new Workbench(folder);
        inbox = bench.storage.folder(bench.storage.inbox().resolve("ndvi+texture"));
        bench.installRecipe("ndvi");
        bench.installRecipe("texture");
        start(CopyPolicy.UNTRUSTED);
    }

    /** Starts the stage, as after a crash. */
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

    private List<Scene> accepted() {
        return bench.ledger.read(session -> session.scenes().inStates(Set.of(SceneState.ACCEPTED)));
    }

    private Path raster(Scene scene) {
        return bench.storage.scene(scene.id()).resolve(scene.id() + ".tif");
    }

    private void assertEachRecipeHasItsSceneAndOneCopyServesBoth() throws IOException {
        assertThat(inbox).isEmptyDirectory();
        assertThat(accepted()).extracting(Scene::recipe).containsExactlyInAnyOrder("ndvi", "texture");
        Path one = raster(accepted().get(0));
        assertThat(Files.isSameFile(one, raster(accepted().get(1)))).isTrue();
        assertThat(Files.getAttribute(one, "unix:nlink")).isEqualTo(2);
        for (Scene scene : accepted()) {
            assertThat(raster(scene)).hasContent("a scene");
            assertThat(bench.storage.scene(scene.id()).toFile().list((place, name) -> !name.equals(".shared")))
                    .hasSize(1);
        }
        assertThat(bench.incidents.open()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(CopyPolicy.class)
    void each_recipe_gets_a_scene_and_the_pixels_are_there_once(CopyPolicy copy) throws IOException {
        start(copy);
        Files.writeString(inbox.resolve("a.tif"), "a scene");
        takeAll();
        assertEachRecipeHasItsSceneAndOneCopyServesBoth();
    }

    @Test
    void a_kill_between_two_recipes_loses_nothing_and_doubles_nothing() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "a scene");
        Path kept = folder.resolve("kept.tif");
        Files.createLink(kept, file);
        takeAll();
        Scene second = accepted().stream()
                .filter(scene -> scene.recipe().equals("texture"))
                .findFirst()
                .orElseThrow();
        Scene first = accepted().stream()
                .filter(scene -> scene.recipe().equals("ndvi"))
                .findFirst()
                .orElseThrow();
        // As if the kill came after the first scene had its files: the second is in the ledger alone.
        Removal.remove(bench.storage.scene(second.id()));
        Files.move(kept, file);
        TakenNote.write(bench.storage.scene(first.id()), file, EntrySnapshot.of(file), Map.of());
        start(CopyPolicy.UNTRUSTED);

        takeAll();

        assertEachRecipeHasItsSceneAndOneCopyServesBoth();
        assertThat(bench.storage.rejected()).isEmptyDirectory();
    }

    @Test
    void a_scene_that_ended_while_another_recipe_cannot_have_its_files_is_not_made_again() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "a scene");
        String texture = SceneName.id("a.tif", ContentKey.of("texture", file));
        Path obstacle = Files.writeString(bench.storage.scene(texture), "in the way");
        takeAll();
        Scene ndvi = accepted().stream()
                .filter(scene -> scene.recipe().equals("ndvi"))
                .findFirst()
                .orElseThrow();
        bench.ledger.change(session ->
                session.scenes().move(ndvi.id(), Set.of(SceneState.ACCEPTED), SceneState.REJECTED, "it does not fit"));
        Removal.remove(bench.storage.scene(ndvi.id()));
        for (int attempt = 0; attempt < 3; attempt++) {
            bench.pass(Duration.ofHours(1));
            takeAll();
            assertThat(file).exists();
        }
        Files.delete(obstacle);
        bench.pass(Duration.ofHours(1));
        takeAll();

        assertThat(inbox).isEmptyDirectory();
        assertThat(accepted()).extracting(Scene::id).containsExactly(texture);
        assertThat(raster(accepted().get(0))).hasContent("a scene");
        Files.writeString(inbox.resolve("a.tif"), "a scene"); // sent again: a new scene
        takeAll();
        assertThat(accepted()).extracting(Scene::id).containsExactlyInAnyOrder(texture, ndvi.id() + "-2");
    }

    @Test
    void a_kill_after_the_entry_was_removed_leaves_no_note() throws IOException {
        Path file = Files.writeString(inbox.resolve("a.tif"), "a scene");
        EntrySnapshot snapshot = EntrySnapshot.of(file);
        takeAll();
        for (Scene scene : accepted()) {
            TakenNote.write(bench.storage.scene(scene.id()), file, snapshot, Map.of());
        }
        start(CopyPolicy.UNTRUSTED);
        takeAll();
        assertEachRecipeHasItsSceneAndOneCopyServesBoth();
    }

    @Test
    void a_recipe_that_had_the_content_before_is_passed_over_and_the_other_gets_it() throws IOException {
        Path single = bench.storage.folder(bench.storage.inbox().resolve("ndvi"));
        Files.writeString(single.resolve("a.tif"), "a scene");
        takeAll();
        Files.writeString(inbox.resolve("b.tif"), "a scene");
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        assertThat(accepted()).extracting(Scene::recipe).containsExactlyInAnyOrder("ndvi", "texture");
        assertThat(bench.storage.rejected()).isEmptyDirectory();

        Files.writeString(inbox.resolve("c.tif"), "a scene");
        takeAll();
        assertThat(inbox).isEmptyDirectory();
        assertThat(bench.storage.rejected()).isDirectoryRecursivelyContaining("glob:**/c.tif");
        assertThat(accepted()).hasSize(2);
    }

    @Test
    void an_unknown_recipe_rejects_the_entry_and_a_broken_one_lets_it_wait() throws IOException {
        Path unknown = bench.storage.folder(bench.storage.inbox().resolve("ndvi+ndwi"));
        Files.writeString(unknown.resolve("a.tif"), "a scene");
        takeAll();
        assertThat(accepted()).isEmpty();
        List<Scene> rejected = bench.ledger.read(session -> session.scenes().inStates(Set.of(SceneState.REJECTED)));
        assertThat(rejected).extracting(Scene::recipe).containsExactlyInAnyOrder("ndvi", "ndwi");
        assertThat(rejected).allMatch(scene -> scene.reason().contains("there is no recipe ndwi"));

        Path recipe = bench.installRecipe("texture").resolve("recipe.yaml");
        String right = Files.readString(recipe);
        Files.writeString(recipe, "steps: 3");
        start(CopyPolicy.UNTRUSTED);
        Files.writeString(inbox.resolve("b.tif"), "a scene");
        takeAll();
        assertThat(accepted()).isEmpty();
        assertThat(inbox.resolve("b.tif")).exists();
        Files.writeString(recipe, right);
        start(CopyPolicy.UNTRUSTED);
        takeAll();
        assertThat(accepted()).hasSize(2);
    }

    @Test
    void an_entry_waits_for_the_files_of_every_recipe_and_a_product_is_shared() throws IOException {
        Path recipe = bench.installRecipe("texture").resolve("recipe.yaml");
        Files.writeString(recipe, Files.readString(recipe).replace("[red, nir]", "[[scl], [blue]]"));
        start(CopyPolicy.UNTRUSTED);
        Path product = new SmallProduct().writeTo(inbox.resolve("L8"));
        byte[] blue = Files.readAllBytes(product.resolve("LC08_B2.TIF"));
        Files.delete(product.resolve("LC08_B2.TIF"));
        takeAll();
        assertThat(accepted()).isEmpty();
        Files.write(product.resolve("LC08_B2.TIF"), blue);
        start(CopyPolicy.UNTRUSTED);
        takeAll();
        assertThat(accepted()).hasSize(2);
        assertThat(inbox).isEmptyDirectory();
        for (String file : List.of("product/LC08_B2.TIF", "product/LC08_B5.TIF", "product/LC08_MTL.txt")) {
            assertThat(Files.isSameFile(
                            bench.storage.scene(accepted().get(0).id()).resolve(file),
                            bench.storage.scene(accepted().get(1).id()).resolve(file)))
                    .as(file)
                    .isTrue();
        }
    }

    @Test
    void a_command_for_several_recipes_copies_once_and_may_be_repeated() throws IOException {
        Path file = Files.writeString(folder.resolve("a.tif"), "a scene");
        List<Recipe> recipes = bench.recipes().all();
        CommandArrival command = new CommandArrival(bench.ledger, bench.storage, bench.clock);
        List<Scene> scenes = command.accept(file, Roots.of(folder), recipes, Priority.NORMAL);
        assertThat(scenes).extracting(Scene::recipe).containsExactly("ndvi", "texture");
        assertThat(bench.storage.scene(scenes.get(0).id()).resolve(".shared")).exists();
        assertEachRecipeHasItsSceneAndOneCopyServesBoth();
        assertThat(command.accept(file, Roots.of(folder), recipes, Priority.NORMAL))
                .isEqualTo(scenes);
    }
}
