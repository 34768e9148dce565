package io.swath.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job may put anything into the folder that is removed, also while it is removed. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RemovalTest {
    @TempDir
    private Path folder;

    private Path tiles;

    @BeforeEach
    void layOut() throws IOException {
        tiles = Files.createDirectories(folder.resolve("work/tiles"));
    }

    private Path pipe(Path path) throws Exception {
        Process process = new ProcessBuilder("mkfifo", path.toString()).start();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return path;
    }

    @Test
    void pipes_links_and_closed_folders_are_removed_and_the_target_of_a_link_stays() throws Exception {
        Path kept = Files.writeString(folder.resolve("kept"), "kept");
        pipe(tiles.resolve("pipe"));
        Files.createSymbolicLink(tiles.resolve("link"), kept);
        Files.createSymbolicLink(tiles.resolve("folder"), folder);
        Path closed = Files.createDirectories(tiles.resolve("closed/deeper"));
        Files.writeString(closed.resolve("file"), "x");
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        DurableFiles.remove(tiles);
        assertThat(tiles).doesNotExist();
        assertThat(kept).hasContent("kept");
    }

    @Test
    void a_pipe_that_is_swapped_in_for_a_folder_does_not_stop_the_removal() throws Exception {
        Path pipe = pipe(folder.resolve("pipe"));
        Path name = tiles.resolve("name");
        AtomicBoolean done = new AtomicBoolean();
        Thread job = new Thread(() -> {
            while (!done.get()) {
                try {
                    Files.deleteIfExists(name);
                    Files.createLink(name, pipe);
                    Files.deleteIfExists(name);
                    Files.createDirectory(name);

                } catch (IOException raced) {
                    Thread.onSpinWait(); // the removal was faster
                }
            }
        });
        job.start();
        try {
            for (int attempt = 0; attempt < 2_000; attempt++) {
                removeWhileChanged();
            }
        } finally {
            done.set(true);
            job.join();
        }
        DurableFiles.remove(tiles);
        assertThat(tiles).doesNotExist();
    }

    private void removeWhileChanged() {
        try {
            DurableFiles.remove(tiles.resolve("name"));
        } catch (IOException swapped) {
            assertThat(swapped).isInstanceOf(FileSystemException.class);
        }
    }

    @Test
    void folders_that_are_nested_too_deep_are_not_removed_and_named() throws IOException {
        Path deep = tiles;
        for (int level = 0; level < 100; level++) {
            deep = Files.createDirectory(deep.resolve("d"));
        }
        assertThatThrownBy(() -> DurableFiles.remove(tiles))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("nested deeper than 64");
        DurableFiles.remove(
                tiles.resolve("d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d"));
        DurableFiles.remove(tiles);
        assertThat(tiles).doesNotExist();
    }

    @Test
    void a_file_below_a_folder_is_removed_and_a_link_on_the_way_is_not_followed() throws IOException {
        Path kept =
                Files.writeString(Files.createDirectory(folder.resolve("other")).resolve("a"), "kept");
        Files.createSymbolicLink(tiles.resolve("link"), kept.getParent());
        Files.writeString(Files.createDirectory(tiles.resolve("sub")).resolve("a"), "x");
        DurableFiles.removeBelow(tiles, Path.of("sub/a"));
        DurableFiles.removeBelow(tiles, Path.of("link/a"));
        DurableFiles.removeBelow(tiles, Path.of("none/a"));
        assertThat(tiles.resolve("sub")).isEmptyDirectory();
        assertThat(kept).hasContent("kept");
    }
}
