package io.swath.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
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
}
