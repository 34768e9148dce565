package io.swath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What runs on the nodes is tried where it runs: by Debian's own Python, with its GDAL. */
@Tag("resources")
class NodeScriptsTest {
    private static final Path TESTS = Path.of("src/test/scripts/node_scripts_test.py");

    @Test
    void the_scripts_of_the_nodes_do_what_their_tests_say(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path output = folder.resolve("output.txt");
        // Into a file and not through a pipe: a child of a child that lives on would keep a pipe open.
        Process tests = new ProcessBuilder("/usr/bin/python3", TESTS.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = tests.waitFor(5, TimeUnit.MINUTES);
        if (!ended) {
            tests.descendants().forEach(ProcessHandle::destroyForcibly);
            tests.destroyForcibly();
        }

        String said = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(ended)
                .as("ended within five minutes; so far it said%n%s", said)
                .isTrue();
        assertThat(tests.exitValue()).as("its exit status; it said%n%s", said).isZero();
        assertThat(said).containsPattern("Ran [1-9]\\d* tests");
    }
}
