package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.cluster.JobArray;
import io.swath.cluster.Submitted;
import io.swath.model.LeadershipLostException;
import io.swath.model.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs fenced commands with a real shell. */
class FenceTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Request REQUEST = new Request("", 1, 100, Duration.ofMinutes(1), 0, 0, List.of());

    @TempDir
    private Path folder;

    private Path marker;
    private Path trace;

    @BeforeEach
    void name() {
        marker = folder.resolve("the $(leader)'s \"file\"");
        trace = folder.resolve("trace");
    }

    /** Runs a command that writes its arguments to a file, as the shell of a login node runs it. */
    private CommandResult run(long token) {
        Fence fence = new Fence(marker.toString(), token);
        Command plain = new Command(
                List.of("sh", "-c", "printf '%s,' \"$@\" >>\"$0\"; echo 4711; exit 3", trace.toString(), "a b", "c'd"),
                "queue something");
        String line = ShellLine.of(fence.wrap(plain), LIMIT);
        CommandResult result =
                new LocalCommandRunner().run(new Command(List.of("sh", "-c", line), "act as login node"), LIMIT);
        return fence.requirePassed(plain, ShellLine.answer(plain, LoginNode.parse("swath@login"), result));
    }

    @Test
    void a_command_with_the_current_fencing_token_runs_unchanged() throws IOException {
        Files.writeString(marker, "7\n");
        CommandResult result = run(7);
        assertThat(result.exit()).isEqualTo(3);
        assertThat(result.stdout()).isEqualTo("4711\n");
        assertThat(trace).hasContent("a b,c'd,");
    }

    @Test
    void a_command_with_an_outdated_fencing_token_does_not_run() throws IOException {
        Files.writeString(marker, "8\n");
        assertThatThrownBy(() -> run(7))
                .isInstanceOf(LeadershipLostException.class)
                .hasMessageContaining("Tried to queue something")
                .hasMessageContaining("fencing token 8")
                .hasMessageContaining("not 7");
        assertThat(trace).doesNotExist();
    }

    @Test
    void without_a_readable_fencing_token_no_command_runs() throws IOException {
        assertThatThrownBy(() -> run(7)).isInstanceOf(LeadershipLostException.class);
        Files.createFile(marker);
        assertThatThrownBy(() -> run(7)).isInstanceOf(LeadershipLostException.class);
        assertThat(trace).doesNotExist();
    }

    @Test
    void exit_status_78_of_the_command_itself_is_not_lost_leadership() {
        Fence fence = new Fence(marker.toString(), 7);
        CommandResult own = new CommandResult(78, "", "sbatch: error: something else");
        assertThat(fence.requirePassed(new Command(List.of("sbatch"), "queue"), own))
                .isSameAs(own);
    }

    @Test
    void commands_that_change_something_are_fenced_and_queries_are_not() {
        FakeRunner runner = new FakeRunner().answering("sh -c", "4711").answering("squeue", "");
        SlurmCluster cluster = new SlurmCluster(
                runner,
                "swath",
                "",
                "",
                LIMIT,
                Clock.systemUTC(),
                Optional.of(new Fence("/storage/leader-token", 7)),
                true);
        Submitted answer = cluster.submit(new JobArray(
                "swath-a",
                Path.of("/here/job.sh"),
                "/storage/job.sh",
                3,
                REQUEST,
                List.of(),
                JobArray.DependencyType.AFTER_OK));
        cluster.cancel(List.of("1"));
        cluster.hold(List.of("1"));
        cluster.release(List.of("1"));
        cluster.suspend(List.of("1"));
        cluster.resume(List.of("1"));
        cluster.waiting(List.of("1"));
        assertThat(answer).isEqualTo(new Submitted.Accepted("4711"));
        assertThat(runner.sent.subList(0, 6))
                .allSatisfy(argv -> assertThat(argv).contains("/storage/leader-token", "7"));
        assertThat(runner.sent.get(0)).endsWith("sbatch", "--parsable", "/storage/job.sh");
        assertThat(runner.sent.get(6)).startsWith("squeue");
        assertThat(cluster.commandsSent()).containsEntry("sbatch", 1L).containsEntry("scancel", 1L);
    }

    @Test
    void a_submission_that_the_fence_stopped_is_not_ambiguous() {
        FakeRunner runner = new FakeRunner()
                .answering(
                        "sh -c",
                        new CommandResult(78, "", "swath: leadership lost: /f has the fencing token 8, not 7"));
        SlurmCluster cluster = new SlurmCluster(
                runner, "swath", "", "", LIMIT, Clock.systemUTC(), Optional.of(new Fence("/f", 7)), true);
        assertThatThrownBy(() -> cluster.submit(new JobArray(
                        "swath-a",
                        Path.of("/here/job.sh"),
                        "/storage/job.sh",
                        3,
                        REQUEST,
                        List.of(),
                        JobArray.DependencyType.AFTER_OK)))
                .isInstanceOf(LeadershipLostException.class);
    }
}
