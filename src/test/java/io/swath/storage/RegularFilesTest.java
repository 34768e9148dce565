package io.swath.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.testing.WriteLease;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
        assertThatThrownBy(() -> RegularFiles.copy(root, job.resolve("a"), root.resolve("b")))
                .isInstanceOf(NotRegularException.class);
    }

    @Test
    void a_folder_that_is_a_link_is_not_entered() throws IOException {
        Files.createSymbolicLink(job.resolve("logs"), folder);
        assertThatThrownBy(() -> read("logs/secret")).isInstanceOf(NotRegularException.class);
    }

    @Test
    void a_copy_is_a_file_of_its_own_that_the_holder_of_the_first_cannot_change() throws IOException {
        Path from = Files.writeString(job.resolve("a"), "pixels");
        Files.createSymbolicLink(root.resolve("b"), secret);
        try (FileChannel held = FileChannel.open(from, StandardOpenOption.WRITE)) {
            String sha256 = RegularFiles.copy(root, from, root.resolve("b"));
            held.write(ByteBuffer.wrap("forged".getBytes(UTF_8)));
            assertThat(sha256).isEqualTo(Sha256.hex("pixels"));
        }
        assertThat(root.resolve("b")).isRegularFile().hasContent("pixels");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("b"))))
                .isEqualTo("rw-r-----");
        assertThat(secret).hasContent("the password");
    }

    @Test
    void a_file_that_grows_while_it_is_copied_is_copied_as_it_was_found() throws Exception {
        Path from = Files.writeString(job.resolve("a"), "0".repeat(3 << 20));
        Process writer = new ProcessBuilder("sh", "-c", "exec cat /dev/zero >>\"$0\"", from.toString()).start();
        try {
            RegularFiles.copy(root, from, root.resolve("b"));
        } finally {
            writer.destroyForcibly().waitFor();
        }
        assertThat(Files.size(root.resolve("b"))).isBetween(3L << 20, Files.size(from));
    }

    @Test
    void a_file_that_is_replaced_again_and_again_by_pipes_and_links_is_read_right_or_not_at_all() throws Exception {
        String swap =
                "cd \"$0\"; while :; do ln -sfn ../../secret a; rm -f a; mkfifo a; rm -f a; echo good >b; mv b a; done";
        Process swapper = new ProcessBuilder("bash", "-c", swap, job.toString()).start();
        int good = 0;
        int refused = 0;
        try {
            long end = System.nanoTime() + 1_000_000_000L;
            while (System.nanoTime() < end) {
                try {
                    assertThat(read("a")).isIn("good\n", "");
                    good++;
                } catch (NotRegularException | NoSuchFileException expected) {
                    refused++;
                }
            }
        } finally {
            swapper.destroyForcibly().waitFor();
        }
        assertThat(good).as("reads of the good file").isPositive();
        assertThat(refused).as("reads of something else").isPositive();
    }

    @Test
    void the_names_in_a_folder_are_read_up_to_a_limit_and_never_through_a_link() throws IOException {
        for (int i = 0; i < 5; i++) {
            Files.createFile(job.resolve(i + ".json"));
        }
        Files.createSymbolicLink(root.resolve("link"), job);
        assertThat(RegularFiles.names(root, job, 10))
                .containsExactlyInAnyOrder("0.json", "1.json", "2.json", "3.json", "4.json");
        assertThat(RegularFiles.names(root, job, 3)).hasSize(3);
        assertThatThrownBy(() -> RegularFiles.names(root, root.resolve("link"), 3))
                .isInstanceOf(NotRegularException.class);
        assertThatThrownBy(() -> RegularFiles.names(root, job.resolve("0.json"), 3))
                .isInstanceOf(NotRegularException.class);
        assertThatThrownBy(() -> RegularFiles.names(root, root.resolve("none"), 3))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void a_read_leaves_no_handle_open() throws IOException {
        Files.writeString(job.resolve("a"), "0123456789");
        Files.createSymbolicLink(job.resolve("link"), secret);
        int before = handles();
        for (int i = 0; i < 100; i++) {
            read("a");
            assertThatThrownBy(() -> read("link")).isInstanceOf(NotRegularException.class);
            assertThatThrownBy(() -> read("none")).isInstanceOf(NoSuchFileException.class);
        }
        assertThat(handles()).isLessThan(before + 50);
    }

    private static int handles() {
        return new File("/proc/self/fd").list().length;
    }

    @Test
    void a_path_that_leaves_the_root_is_not_read() {
        assertThatThrownBy(() -> read("../../secret")).isInstanceOf(NotRegularException.class);
    }

    @Test
    void a_new_file_that_is_opened_stays_the_same_whatever_is_put_in_its_place() throws Exception {
        Files.createSymbolicLink(job.resolve("log"), secret);
        DurableFiles.replace(root, job.resolve("log"), name -> {
            Files.move(job.resolve("log"), job.resolve("moved"));
            Files.createSymbolicLink(job.resolve("log"), secret);
            return Files.writeString(name, "a line");
        });
        assertThat(job.resolve("moved")).hasContent("a line");
        assertThat(secret).hasContent("the password");
        pipe("pipe");
        DurableFiles.replace(root, job.resolve("pipe"), name -> Files.writeString(name, "a line"));
        assertThat(job.resolve("pipe")).isRegularFile().hasContent("a line");
        Files.createDirectories(job.resolve("folder/x"));
        assertThatThrownBy(() -> DurableFiles.replace(root, job.resolve("folder"), name -> name))
                .isInstanceOf(DirectoryNotEmptyException.class);
        assertThatThrownBy(() -> DurableFiles.replace(root, job.resolve("moved/log"), name -> name))
                .isInstanceOf(NotRegularException.class);
    }

    @Test
    void a_text_is_appended_to_a_regular_file_alone() throws Exception {
        DurableFiles.append(root, job.resolve("events"), "one\n");
        DurableFiles.append(root, job.resolve("events"), "two\n");
        assertThat(job.resolve("events")).hasContent("one\ntwo\n");
        pipe("pipe");
        Files.createSymbolicLink(job.resolve("link"), secret);
        for (String name : new String[] {"pipe", "link"}) {
            assertThatThrownBy(() -> DurableFiles.append(root, job.resolve(name), "three\n"))
                    .isInstanceOf(NotRegularException.class);
        }
        assertThat(secret).hasContent("the password");
    }

    @Test
    void nobody_waits_for_a_pipe() throws Exception {
        pipe("a");
        assertThatThrownBy(() -> read("a")).isInstanceOf(NotRegularException.class);
        assertThatThrownBy(() -> RegularFiles.readEnd(root, job.resolve("a"), 4))
                .isInstanceOf(NotRegularException.class);
        assertThatThrownBy(() -> RegularFiles.copy(root, job.resolve("a"), root.resolve("b")))
                .isInstanceOf(NotRegularException.class);
        assertThat(root.resolve("b")).doesNotExist();
    }

    @Test
    void nobody_waits_for_a_writer_who_holds_a_lease() throws IOException {
        Path leased = Files.writeString(job.resolve("a"), "0123456789");
        try (WriteLease lease = new WriteLease(leased)) {
            assertThatThrownBy(() -> read("a"))
                    .isInstanceOf(FileInUseException.class)
                    .hasMessage(lease.file() + " is still in use by its writer");
            assertThatThrownBy(() -> RegularFiles.copy(root, leased, root.resolve("b")))
                    .isInstanceOf(FileInUseException.class);
            assertThatThrownBy(() -> RegularFiles.sync(root, leased)).isInstanceOf(FileInUseException.class);
            assertThat(root.resolve("b")).doesNotExist();
        }
        assertThat(read("a")).isEqualTo("0123456789");
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
        Removal.remove(job);
        assertThat(job).doesNotExist();
        assertThat(outside.resolve("kept")).hasContent("kept");
        Removal.remove(job);
    }
}
