package io.swath.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A sender may put anything into the folder that is copied, also while it is copied. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FolderCopyTest {
    @TempDir
    private Path folder;

    private Path entry;
    private Path copy;
    private Path pipe;
    private Path secrets;

    @BeforeEach
    void layOut() throws Exception {
        entry = Files.createDirectories(folder.resolve("inbox/entry"));
        copy = folder.resolve("copy");
        pipe = folder.resolve("pipe");
        secrets = Files.createDirectory(folder.resolve("secrets"));
        Files.writeString(secrets.resolve("file"), "secret");
        Process process = new ProcessBuilder("mkfifo", pipe.toString()).start();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    @AfterEach
    void remove() throws IOException {
        Removal.remove(copy); // its folders are read-only
    }

    private List<String> copied() throws IOException {
        try (Stream<Path> files = Files.walk(copy)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> copy.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void regular_files_are_copied_and_links_and_pipes_are_not() throws IOException {
        Path deeper = Files.createDirectories(entry.resolve("a/b"));
        Files.writeString(deeper.resolve("file"), "content");
        Files.createLink(entry.resolve("pipe"), pipe);
        Files.createSymbolicLink(entry.resolve("link"), secrets.resolve("file"));
        Files.createSymbolicLink(entry.resolve("folder"), secrets);
        FolderCopy.readOnly(entry, copy, file -> true);
        assertThat(copied()).containsExactly("a/b/file");
        assertThat(copy.resolve("a/b/file")).hasContent("content");
        assertThat(DurableFiles.mode(copy.resolve("a/b"))).isEqualTo(02550);
    }

    @Test
    void a_link_to_a_file_of_a_folder_beside_it_is_copied_as_that_file() throws IOException {
        Path neighbour = Files.createDirectory(entry.resolveSibling("neighbour"));
        Path script = Files.writeString(neighbour.resolve("script"), "content");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        Files.createSymbolicLink(entry.resolve("own"), Path.of("../neighbour/script"));
        Files.createSymbolicLink(entry.resolve("folder"), neighbour);
        Files.createSymbolicLink(entry.resolve("nowhere"), Path.of("gone"));
        Files.createSymbolicLink(entry.resolve("circle"), Path.of("circle"));
        FolderCopy.readOnly(entry, copy, file -> true);
        assertThat(copied()).containsExactly("own");
        assertThat(copy.resolve("own")).hasContent("content");
        assertThat(DurableFiles.mode(copy.resolve("own"))).isEqualTo(0550);
        assertThat(Files.isSymbolicLink(copy.resolve("own"))).isFalse();
    }

    @Test
    void a_pipe_or_a_link_that_is_swapped_in_is_neither_opened_nor_followed() throws Exception {
        Path honest = Files.createDirectory(folder.resolve("honest"));
        Files.writeString(honest.resolve("file"), "honest");
        Path link = Files.createSymbolicLink(folder.resolve("link"), secrets);
        Path name = entry.resolve("name");
        AtomicBoolean done = new AtomicBoolean();
        Thread sender = new Thread(() -> {
            while (!done.get()) {
                try {
                    for (Path next : List.of(honest, pipe, link)) {
                        Files.move(next, name, StandardCopyOption.ATOMIC_MOVE);
                        Files.move(name, next, StandardCopyOption.ATOMIC_MOVE);
                    }
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        });
        sender.start();
        try {
            for (int attempt = 0; attempt < 1_000; attempt++) {
                copyWhileChanged();
            }
        } finally {
            done.set(true);
            sender.join();
        }
    }

    /** The copy is made, or fails; the sender's trick gets nothing into it. */
    private void copyWhileChanged() throws IOException {
        try {
            FolderCopy.readOnly(entry, copy, file -> true);
        } catch (FileSystemException | NotRegularException changed) {
            assertThat(changed).hasMessageContaining("name");
        }
        Path found = copy.resolve("name/file");
        assertThat(!Files.exists(found) || Files.readString(found).equals("honest"))
                .as("no secret is copied")
                .isTrue();
    }

    @Test
    void folders_that_are_nested_too_deep_are_not_copied_and_named() throws IOException {
        Path deep = entry;
        for (int level = 0; level < 100; level++) {
            deep = Files.createDirectory(deep.resolve("d"));
        }
        assertThatThrownBy(() -> FolderCopy.readOnly(entry, copy, file -> true))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("nested deeper than 64");
    }
}
