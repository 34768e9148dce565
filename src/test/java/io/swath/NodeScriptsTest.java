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

/** Tests the scripts of the nodes with what the nodes have: Debian's Python and GDAL. */
@Tag("resources")
class NodeScriptsTest {
    private static final Path TESTS = Path.of("src/test/scripts/node_scripts_test.py");

    @Test
    void the_tests_of_the_node_scripts_pass(@TempDir Path folder) throws IOException, InterruptedException {
        Path output = folder.resolve("output.txt");
        // Into a file and not a pipe: a process that outlives the tests would keep the pipe open.
        Process tests = new ProcessBuilder("/usr/bin/python3", TESTS.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = tests.waitFor(5, TimeUnit.MINUTES);
        if (!ended) {
            tests.descendants().forEach(ProcessHandle::destroyForcibly);
            tests.destroyForcibly();
        }

        String text = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(ended)
                .as("ended within five minutes; its output so far:%n%s", text)
                .isTrue();
        assertThat(tests.exitValue())
                .as("its exit status; its output:%n%s", text)
                .isZero();
        assertThat(text).containsPattern("Ran [1-9]\\d* tests");
    }
}
