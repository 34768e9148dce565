package io.swath.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFilesTest {
    @TempDir
    Path folder;

    private static boolean isOpen(Path file) throws IOException {
        return OpenFiles.firstOpenForWriting(List.of(file)).isPresent();
    }

    @Test
    void a_writer_in_another_process_is_found_until_it_closes_the_file() throws Exception {
        Path file = Files.writeString(folder.resolve("a b.tif"), "x");
        assertThat(isOpen(file)).isFalse();
        Process writer = new ProcessBuilder(
                        "/bin/sh",
                        "-c",
                        "exec 3>>\"$0\"; echo open; read line; exec 3>&-; echo closed; read line",
                        file.toString())
                .start();
        try {
            assertThat(writer.inputReader().readLine()).isEqualTo("open");
            assumeTrue(isOpen(file), "this file system has no leases");
            writer.outputWriter().append("\n").flush();
            assertThat(writer.inputReader().readLine()).isEqualTo("closed");
            assertThat(isOpen(file)).isFalse();
        } finally {
            writer.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void a_reader_is_no_writer_and_a_link_leads_to_its_file() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "x");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        try (FileChannel reader = FileChannel.open(file, StandardOpenOption.READ)) {
            assertThat(reader.map(MapMode.READ_ONLY, 0, 1).get()).isEqualTo((byte) 'x');
            assertThat(isOpen(link)).isFalse();
        }
    }

    @Test
    void what_is_no_file_is_never_opened() {
        assertThatThrownBy(() -> isOpen(folder)).isInstanceOf(NotRegularException.class);
    }
}
