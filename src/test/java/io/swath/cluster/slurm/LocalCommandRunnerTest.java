package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.swath.cluster.ClusterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class LocalCommandRunnerTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final CommandRunner runner = new LocalCommandRunner();

    private static Command sh(String script) {
        return new Command(List.of("/bin/sh", "-c", script), "try it");
    }

    @Test
    void exit_status_standard_output_and_standard_error_are_returned() {
        assertThat(runner.run(sh("echo out; echo err >&2; exit 3"), DEADLINE))
                .isEqualTo(new CommandResult(3, "out\n", "err\n"));
    }

    @Test
    void lines_are_passed_on_and_the_last_line_may_lack_its_line_feed() {
        List<String> lines = new ArrayList<>();
        assertThat(runner.run(sh("echo a; printf b"), DEADLINE, lines::add)).isEqualTo(new CommandResult(0, "", ""));
        assertThat(lines).containsExactly("a", "b");
    }

    @Test
    void the_environment_is_clean_and_has_utc() {
        assertThat(runner.run(sh("env"), DEADLINE).stdout().lines())
                .contains("TZ=UTC", "LANG=C.UTF-8", "SLURM_BITSTR_LEN=0")
                .noneMatch(line -> line.startsWith("JAVA") || line.startsWith("MAVEN"));
    }

    @Test
    void a_command_over_its_deadline_is_killed_with_its_child_processes(@TempDir Path folder) throws IOException {
        Path pid = folder.resolve("pid");
        assertThatThrownBy(() -> runner.run(sh("sleep 300 & echo $! >" + pid + "; wait"), Duration.ofMillis(700)))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("Tried to try it with /bin/sh, but it had not ended");
        String child = Files.readString(pid).strip();
        await().until(() -> hasEnded(child));
    }

    /** Also when its parent has not asked for its exit status yet. */
    private static boolean hasEnded(String process) {
        try {
            return Files.readString(Path.of("/proc", process, "stat")).contains(") Z ");
        } catch (IOException gone) {
            return true;
        }
    }

    @Test
    void an_endless_output_fails() {
        assertThatThrownBy(() -> new LocalCommandRunner(10_000).run(sh("yes"), DEADLINE))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("more than 10000 bytes");
    }

    @Test
    void a_missing_command_fails() {
        assertThatThrownBy(() -> runner.run(new Command(List.of("sbatch-is-not-here"), "queue it"), DEADLINE))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("is Slurm installed here");
    }
}
