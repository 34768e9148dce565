package io.swath.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageTest {
    @TempDir
    private Path root;

    @Test
    void a_path_on_the_storage_is_translated_to_its_path_on_the_nodes() {
        Storage storage = new Storage(root, "/nodes");

        assertThat(storage.work("a")).isEqualTo(root.resolve("work").resolve("a"));
        assertThat(storage.work("a", 1)).isEqualTo(storage.work("a"));
        assertThat(Path.of(storage.onCluster(storage.work("a")))).isEqualTo(Path.of("/nodes", "work", "a"));
        assertThat(Path.of(storage.onCluster(storage.work("a", 2)))).isEqualTo(Path.of("/nodes", "work", "a", "v2"));
        assertThat(Path.of(storage.onCluster(storage.batch("a", "swath-1-2"))))
                .isEqualTo(Path.of("/nodes", "work", "a", "swath-1-2"));
    }

    private String mode(String path) throws IOException {
        return Integer.toOctalString((int) Files.getAttribute(root.resolve(path), "unix:mode") & 07777);
    }

    @Test
    void only_swath_may_write_but_in_the_folders_that_are_shared_with_jobs_or_droppers() throws IOException {
        Storage storage = new Storage(root, "");
        storage.create();
        storage.sharedFolder(storage.inbox().resolve("ndvi"));
        storage.folder(storage.work("a"));
        storage.sharedFolder(storage.batch("a", "t").resolve("logs"));

        assertThat(mode("inbox/ndvi")).isEqualTo("2770");
        assertThat(mode("work/a/t/logs")).isEqualTo("2770");
        for (String closed : List.of("inbox", "scenes", "rejected", "work", "delivered", "work/a", "work/a/t")) {
            assertThat(mode(closed)).as(closed).isEqualTo("2750");
        }
    }

    @Test
    void a_folder_of_an_earlier_version_is_closed_when_it_is_used_again() throws IOException {
        Storage storage = new Storage(root, "");
        storage.create();
        Files.createDirectory(storage.work("a"));
        Files.setAttribute(storage.work("a"), "unix:mode", 0770);

        storage.sharedFolder(storage.batch("a", "t").resolve("logs"));

        assertThat(mode("work/a")).isEqualTo("2750");
    }

    @Test
    void a_folder_that_a_kill_left_without_its_mode_gets_it_when_it_is_used_again() throws IOException {
        Storage storage = new Storage(root, "");
        storage.create();
        Path logs = storage.sharedFolder(storage.batch("a", "t").resolve("logs"));
        for (Path folder : List.of(storage.work("a"), storage.batch("a", "t"), logs)) {
            Files.setAttribute(folder, "unix:mode", 0700); // as createDirectory makes it under a umask of 0077
        }

        storage.sharedFolder(logs);

        assertThat(mode("work/a")).isEqualTo("2750");
        assertThat(mode("work/a/t")).isEqualTo("2750");
        assertThat(mode("work/a/t/logs")).isEqualTo("2770");
    }

    @Test
    void a_link_in_the_place_of_a_folder_is_not_used() throws IOException {
        Storage storage = new Storage(root, "");
        storage.create();
        storage.folder(storage.work("a"));
        Path outside = Files.createDirectory(root.resolve("outside"));
        Files.createSymbolicLink(storage.batch("a", "t"), outside);

        assertThatThrownBy(() -> storage.sharedFolder(storage.batch("a", "t").resolve("logs")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not a folder");
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void a_model_is_kept_once_and_only_with_the_content_that_was_asked_for() throws IOException {
        Storage storage = new Storage(root, "");
        storage.create();
        Path model = Files.writeString(root.resolve("net.onnx"), "network");
        String sha256 = Sha256.hex("network");
        assertThat(ModelFiles.isIntact(storage, sha256)).isFalse();
        Path copy = ModelFiles.copy(storage, model, sha256);
        assertThat(ModelFiles.has(storage, sha256)).isFalse();
        Path half = ModelFiles.copy(storage, model, sha256); // of a Swath that was killed
        assertThat(half).isNotEqualTo(copy);
        Path kept = ModelFiles.finish(storage, copy, sha256);
        assertThat(ModelFiles.isIntact(storage, sha256)).isTrue();
        assertThat(kept).hasContent("network").hasFileName(sha256 + ".onnx");
        assertThat(mode("work/.models/" + sha256 + ".onnx")).isEqualTo("440");

        assertThatThrownBy(() -> ModelFiles.copy(storage, model, Sha256.hex("other")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the model " + model + " was changed");
        assertThat(kept.getParent()).isDirectoryNotContaining(file -> !file.equals(kept));
    }

    @Test
    void a_recipes_copy_is_read_only_and_can_be_replaced_and_removed() throws IOException {
        Storage storage = new Storage(root, "");
        storage.create();
        Path recipe = Files.createDirectories(root.resolve("recipe/lib")).getParent();
        Files.writeString(recipe.resolve("lib/bands.py"), "bands");
        Path script = Files.writeString(recipe.resolve("run.sh"), "first");
        Files.setAttribute(script, "unix:mode", 0755);
        Path copy = storage.work("a").resolve("recipe/ndvi");
        storage.copyReadOnly(recipe, copy, file -> true);
        assertThat(mode("work/a/recipe/ndvi")).isEqualTo("2550");
        assertThat(mode("work/a/recipe/ndvi/lib")).isEqualTo("2550");
        assertThat(mode("work/a/recipe/ndvi/lib/bands.py")).isEqualTo("440");
        assertThat(mode("work/a/recipe/ndvi/run.sh")).isEqualTo("550");

        Files.writeString(script, "second");
        storage.copyReadOnly(recipe, copy, file -> !file.equals(Path.of("lib/bands.py")));
        assertThat(copy.resolve("run.sh")).hasContent("second");
        assertThat(copy.resolve("lib")).isEmptyDirectory();

        Removal.remove(storage.work("a"));
        assertThat(storage.work("a")).doesNotExist();
    }
}
