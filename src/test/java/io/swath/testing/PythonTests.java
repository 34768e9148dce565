package io.swath.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs tests that are written in Python, as the nodes' scripts are. */
public final class PythonTests {
    private static final int MINUTES = 10;

    private PythonTests() {}

    /** Fails with the output of the command when it fails, or does not end. Prints what it says of skipped tests. */
    public static void run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("swath-tests", ".txt");
        try {
            // Into a file and not a pipe: a process that outlives the tests would keep the pipe open.
            Process tests = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = tests.waitFor(MINUTES, TimeUnit.MINUTES);
            if (!ended) {
                tests.descendants().forEach(ProcessHandle::destroyForcibly);
                tests.destroyForcibly();
            }
            String text = Files.readString(output, StandardCharsets.UTF_8);
            assertThat(ended)
                    .as("ended within %d minutes; its output so far:%n%s", MINUTES, text)
                    .isTrue();
            assertThat(tests.exitValue())
                    .as("its exit status; its output:%n%s", text)
                    .isZero();
            text.lines().filter(line -> line.contains("skipped")).forEach(System.out::println);
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
