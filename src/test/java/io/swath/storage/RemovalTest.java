package io.swath.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** A job may put anything into the folder that is removed, also while it is removed. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RemovalTest {
    private static final String SWATH = "64001";
    private static final String JOBS = "64002";

    @TempDir
    private Path folder;

    private Path tiles;

    @BeforeEach
    void layOut() throws IOException {
        tiles = Files.createDirectories(folder.resolve("work/tiles"));
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    private Path pipe(Path path) throws Exception {
        run("mkfifo", path.toString());
        return path;
    }

    /** Removes the tiles as Swath's user, who is not root; gives what that program printed. */
    private String removeAsSwath() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can run a program as another user here");
        String library = Files.createDirectories(folder.resolve("library/io/swath"))
                .getParent()
                .getParent()
                .toString();
        for (Class<?> type : List.of(DurableFiles.class, RemoveFolder.class, Native.class, Logger.class)) {
            // That user may be unable to read the build and the libraries where they are.
            Path source = Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
            boolean jar = Files.isRegularFile(source);
            run("cp", "-r", jar ? source.toString() : source + "/io/swath/storage", library + (jar ? "" : "/io/swath"));
        }
        run("chmod", "-R", "a+rX", folder.toString(), library);
        String temporary = Files.createDirectory(folder.resolve("temporary")).toString();
        run("chown", SWATH, temporary, tiles.getParent().toString(), tiles.toString());
        return run(
                "setpriv",
                "--reuid=" + SWATH,
                "--regid=" + SWATH,
                "--clear-groups",
                System.getProperty("java.home") + "/bin/java",
                "-Djna.tmpdir=" + temporary,
                "-cp",
                library + ":" + library + "/*",
                RemoveFolder.class.getName(),
                tiles.toString());
    }

    /** A folder of the jobs' user that Swath may list, but not change. */
    private Path closedByJob() throws Exception {
        Path closed = Files.createDirectory(tiles.resolve("closed"));
        run("chown", JOBS, closed.toString());
        run("chmod", "0555", closed.toString());
        return closed;
    }

    @Test
    void an_empty_folder_that_a_job_of_another_user_made_read_only_is_removed() throws Exception {
        closedByJob();
        String printed = removeAsSwath();
        assertThat(tiles).as(printed).doesNotExist();
    }

    @Test
    void a_file_that_a_job_of_another_user_locked_in_is_named_with_its_path() throws Exception {
        Path locked = Files.writeString(closedByJob().resolve("locked"), "x");
        assertThat(removeAsSwath()).contains("AccessDeniedException", locked.toString());
        assertThat(locked).exists();
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
        Removal.remove(tiles);
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
        Removal.remove(tiles);
        assertThat(tiles).doesNotExist();
    }

    private void removeWhileChanged() {
        try {
            Removal.remove(tiles.resolve("name"));
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
        assertThatThrownBy(() -> Removal.remove(tiles))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("nested deeper than 64");
        Removal.remove(
                tiles.resolve("d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d"));
        Removal.remove(tiles);
        assertThat(tiles).doesNotExist();
    }

    @Test
    void a_file_below_a_folder_is_removed_and_a_link_on_the_way_is_not_followed() throws IOException {
        Path kept =
                Files.writeString(Files.createDirectory(folder.resolve("other")).resolve("a"), "kept");
        Files.createSymbolicLink(tiles.resolve("link"), kept.getParent());
        Files.writeString(Files.createDirectory(tiles.resolve("sub")).resolve("a"), "x");
        Removal.removeBelow(tiles, Path.of("sub/a"));
        Removal.removeBelow(tiles, Path.of("link/a"));
        Removal.removeBelow(tiles, Path.of("none/a"));
        assertThat(tiles.resolve("sub")).isEmptyDirectory();
        assertThat(kept).hasContent("kept");
    }
}
