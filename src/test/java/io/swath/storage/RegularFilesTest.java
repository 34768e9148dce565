package io.swath.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.storage.RegularFiles.NotRegularException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job may put anything into the folder {@code root/job}; the file {@code secret} is not its own. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RegularFilesTest {
    @TempDir
    private Path folder;

    private Path root;
    private Path job;
    private Path secret;

    @BeforeEach
    void layOut() throws IOException {
        root = Files.createDirectory(folder.resolve("root"));
        job = Files.createDirectory(root.resolve("job"));
        secret = Files.writeString(folder.resolve("secret"), "the password");
    }

    private String read(String name) throws IOException {
        return new String(RegularFiles.read(root, job.resolve(name), 10), UTF_8);
    }

    private void pipe(String name) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("mkfifo", job.resolve(name).toString()).start();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void a_regular_file_is_read_whole_or_from_its_end() throws IOException {
        Files.writeString(job.resolve("a"), "0123456789");
        assertThat(read("a")).isEqualTo("0123456789");
        assertThat(new String(RegularFiles.readEnd(root, job.resolve("a"), 4), UTF_8))
                .isEqualTo("6789");
        assertThat(RegularFiles.size(root, job.resolve("a"))).isEqualTo(10);
        assertThatThrownBy(() -> read("none")).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void a_file_with_more_bytes_than_allowed_is_not_read() throws IOException {
        Files.writeString(job.resolve("a"), "0123456789a");
        assertThatThrownBy(() -> read("a"))
                .isInstanceOf(NotRegularException.class)
                .hasMessageContaining("more than 10 bytes");
    }

    @Test
    void a_link_is_not_followed() throws IOException {
        Files.createSymbolicLink(job.resolve("a"), secret);
        assertThatThrownBy(() -> read("a")).isInstanceOf(NotRegularException.class);
        assertThatThrownBy(() -> RegularFiles.readEnd(root, job.resolve("a"), 4))
                .isInstanceOf(NotRegularException.class);
        assertThatThrownBy(() -> RegularFiles.size(root, job.resolve("a"))).isInstanceOf(NotRegularException.class);
        assertThatThrownBy(() -> RegularFiles.move(job.resolve("a"), root.resolve("b")))
                .isInstanceOf(NotRegularException.class);
    }

    @Test
    void a_folder_that_is_a_link_is_not_entered() throws IOException {
        Files.createSymbolicLink(job.resolve("logs"), folder);
        assertThatThrownBy(() -> read("logs/secret")).isInstanceOf(NotRegularException.class);
    }

    @Test
    void a_path_that_leaves_the_root_is_not_read() {
        assertThatThrownBy(() -> read("../../secret")).isInstanceOf(NotRegularException.class);
    }

    @Test
    void nobody_waits_for_a_pipe() throws Exception {
        pipe("a");
        assertThatThrownBy(() -> read("a")).isInstanceOf(NotRegularException.class);
        assertThatThrownBy(() -> RegularFiles.readEnd(root, job.resolve("a"), 4))
                .isInstanceOf(NotRegularException.class);
        assertThatThrownBy(() -> RegularFiles.move(job.resolve("a"), root.resolve("b")))
                .isInstanceOf(NotRegularException.class);
        assertThat(root.resolve("b")).doesNotExist();
    }

    @Test
    void a_folder_and_a_device_are_no_files() throws IOException {
        Files.createDirectory(job.resolve("a"));
        assertThatThrownBy(() -> read("a")).isInstanceOf(NotRegularException.class);
        assertThatThrownBy(() -> RegularFiles.read(Path.of("/"), Path.of("/dev/zero"), 10))
                .isInstanceOf(NotRegularException.class);
    }

    @Test
    void a_write_replaces_a_planted_link_and_leaves_its_target_alone() throws IOException {
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        Files.createSymbolicLink(job.resolve(".a.part"), secret);
        Files.createSymbolicLink(job.resolve("a"), secret);
        DurableFiles.write(job.resolve("a"), "new");
        assertThat(job.resolve("a")).isRegularFile().hasContent("new");
        assertThat(secret).hasContent("the password");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
                .isEqualTo("rw-------");
    }

    @Test
    void a_removal_takes_links_and_leaves_what_they_point_to() throws Exception {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.writeString(outside.resolve("kept"), "kept");
        Files.createDirectories(job.resolve("deep/er"));
        Files.writeString(job.resolve("deep/er/file"), "gone");
        Files.createSymbolicLink(job.resolve("deep/link"), outside);
        pipe("pipe");
        DurableFiles.remove(job);
        assertThat(job).doesNotExist();
        assertThat(outside.resolve("kept")).hasContent("kept");
        DurableFiles.remove(job);
    }
}
