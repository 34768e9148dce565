package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.cluster.ClusterException;
import io.swath.cluster.JobArray;
import io.swath.cluster.Submitted;
import io.swath.cluster.Submitted.Accepted;
import io.swath.cluster.Submitted.Ambiguous;
import io.swath.cluster.Submitted.Reason;
import io.swath.cluster.Submitted.Rejected;
import io.swath.cluster.UnreachableException;
import io.swath.model.LeadershipLostException;
import io.swath.model.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several submissions in one command, run by a real shell with an sbatch of the test's own. */
@Tag("resources")
class SbatchSeriesTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @TempDir
    private Path folder;

    private Path sbatch;
    private final List<Command> commands = new ArrayList<>();
    /** How a command is run; the test replaces it to lose answers. */
    private CommandRunner runner = this::shell;

    @BeforeEach
    void makeSbatch() throws IOException {
        sbatch = folder.resolve("sbatch");
        sbatch("echo $((100 + $(wc -l < calls)))");
    }

    /** @param script what sbatch does after it has recorded its last argument, the job script, in the file calls */
    private void sbatch(String script) throws IOException {
        Files.writeString(
                sbatch,
                "#!/bin/sh\nfor last; do :; done\necho \"$last\" >>" + folder + "/calls\ncd " + folder + "\n" + script
                        + "\n");
        assertThat(sbatch.toFile().setExecutable(true)).isTrue();
    }

    private CommandResult shell(Command command, Duration deadline) {
        commands.add(command);
        List<String> argv = new ArrayList<>(List.of("env", "PATH=" + folder + ":/usr/bin:/bin"));
        argv.addAll(command.argv());
        return new LocalCommandRunner().run(new Command(argv, command.description()), deadline);
    }

    private List<String> calls() throws IOException {
        Path calls = folder.resolve("calls");
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    private static JobArray array(String name) {
        return new JobArray(
                "swath-" + name,
                Path.of("/work/" + name + "/job.sh"),
                "/work/" + name + "/job.sh",
                3,
                new Request("cpu", 1, 600, Duration.ofMinutes(2), 0, 0, List.of()),
                name.equals("b") ? List.of("7") : List.of(),
                JobArray.DependencyType.AFTER_OK);
    }

    private List<Submitted> submit(Optional<Fence> fence, String... names) {
        CommandRunner replaceable = new CommandRunner() {
            @Override
            public CommandResult run(Command command, Duration deadline) {
                return runner.run(command, deadline);
            }

            @Override
            public CommandResult run(Command command, Duration deadline, Consumer<String> lines) {
                return runner.run(command, deadline, lines);
            }
        };
        List<JobArray> arrays =
                List.of(names).stream().map(SbatchSeriesTest::array).toList();
        List<String> order = new ArrayList<>();
        List<Submitted> answers = new ArrayList<>();
        SlurmCluster cluster = new SlurmCluster(replaceable, "swath", "", "", LIMIT, Clock.systemUTC(), fence, true);
        cluster.submit(arrays, (array, answer) -> {
            order.add(array.token());
            answers.add(answer);
        });
        assertThat(order).isEqualTo(arrays.stream().map(JobArray::token).toList());
        assertThat(cluster.commandsSent()).isEqualTo(Map.of("sbatch", (long) names.length));
        return answers;
    }

    private List<Submitted> submit(String... names) {
        return submit(Optional.empty(), names);
    }

    @Test
    void one_command_makes_all_calls_in_their_order_and_each_has_its_own_answer() throws Exception {
        assertThat(submit("a", "b", "it's \"odd\" $HOME"))
                .containsExactly(new Accepted("101"), new Accepted("102"), new Accepted("103"));
        assertThat(commands).hasSize(1);
        assertThat(calls()).containsExactly("/work/a/job.sh", "/work/b/job.sh", "/work/it's \"odd\" $HOME/job.sh");
    }

    @Test
    void a_rejected_and_an_unclear_one_do_not_touch_the_others() throws Exception {
        sbatch("""
                case $last in
                  */a/*) echo 11 ;;
                  */b/*) echo 'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified' >&2; exit 1 ;;
                  */c/*) echo 'sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received' >&2; exit 1 ;;
                  */d/*) echo 'sbatch: warning: the moon is full' >&2; echo '14;cluster' ;;
                esac""");
        List<Submitted> answers = submit("a", "b", "c", "d");
        assertThat(answers.get(0)).isEqualTo(new Accepted("11"));
        assertThat(answers.get(1)).isInstanceOfSatisfying(Rejected.class, rejected -> {
            assertThat(rejected.reason()).isEqualTo(Reason.NOT_ALLOWED);
            assertThat(rejected.why()).contains("Invalid account").doesNotContain("Zero Bytes");
        });
        assertThat(answers.get(2))
                .isInstanceOfSatisfying(
                        Ambiguous.class,
                        ambiguous -> assertThat(ambiguous.what())
                                .contains("Zero Bytes")
                                .doesNotContain("moon"));
        assertThat(answers.get(3)).isEqualTo(new Accepted("14"));
    }

    @Test
    void a_call_that_hangs_is_ended_and_unclear_and_the_later_ones_are_made() throws Exception {
        sbatch("case $last in */a/*) exec sleep 600 ;; *) echo 12 ;; esac");
        SbatchSeries series = new SbatchSeries(List.of(array("a"), array("b")), Optional.empty());
        CommandResult result = shell(series.command(Duration.ofSeconds(1)), LIMIT);
        List<Submitted> answers = series.answers(result.stdout(), result.stderr(), "");
        assertThat(answers.get(0)).isInstanceOf(Ambiguous.class);
        assertThat(answers.get(1)).isEqualTo(new Accepted("12"));
    }

    @Test
    void all_whose_answer_was_cut_off_are_unclear_wherever_that_was() throws Exception {
        sbatch("""
                case $last in
                  */b/*) echo 'sbatch: error: Batch job submission failed: Job dependency problem' >&2; exit 1 ;;
                  *) echo $((100 + $(wc -l < calls))) ;;
                esac""");
        SbatchSeries series = new SbatchSeries(List.of(array("a"), array("b"), array("c")), Optional.empty());
        CommandResult whole = shell(series.command(LIMIT), LIMIT);
        List<Submitted> all = series.answers(whole.stdout(), whole.stderr(), "");
        assertThat(all.get(0)).isEqualTo(new Accepted("101"));
        assertThat(all.get(1)).isInstanceOf(Rejected.class);
        assertThat(all.get(2)).isEqualTo(new Accepted("103"));
        for (int length = 0; length < whole.stdout().length(); length++) {
            List<Submitted> cut = series.answers(whole.stdout().substring(0, length), whole.stderr(), "it was cut");
            boolean unclear = false;
            for (int number = 0; number < 3; number++) {
                assertThat(cut.get(number)).isIn(all.get(number), new Ambiguous("it was cut"));
                assertThat(unclear && !(cut.get(number) instanceof Ambiguous))
                        .as("call %d of %s", number, cut)
                        .isFalse();
                unclear |= cut.get(number) instanceof Ambiguous;
            }
        }
        assertThat(series.answers(whole.stdout(), "", "").get(1))
                .as("without its error messages, a failed call says nothing")
                .isInstanceOf(Ambiguous.class);
    }

    @Test
    void a_connection_that_breaks_after_the_first_answer_leaves_the_later_ones_unclear() {
        runner = new CommandRunner() {
            @Override
            public CommandResult run(Command command, Duration deadline) {
                throw new AssertionError("the lines are read as they come");
            }

            @Override
            public CommandResult run(Command command, Duration deadline, Consumer<String> lines) {
                shell(command, deadline)
                        .stdout()
                        .lines()
                        .takeWhile(line -> !line.contains("=1="))
                        .forEach(lines);
                throw new ClusterException("Tried to submit 3 job arrays, but the connection was lost");
            }
        };
        Ambiguous lost = new Ambiguous("Tried to submit 3 job arrays, but the connection was lost");
        assertThat(submit("a", "b", "c")).containsExactly(new Accepted("101"), lost, lost);
    }

    @Test
    void nothing_is_answered_when_the_login_node_was_not_reached() throws Exception {
        runner = (command, deadline) -> {
            throw new UnreachableException("the login node is down", new IOException());
        };
        assertThatThrownBy(() -> submit("a", "b")).isInstanceOf(UnreachableException.class);
        assertThat(calls()).isEmpty();
    }

    @Test
    void leadership_is_compared_before_each_call() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "5\n");
        Optional<Fence> fence = Optional.of(new Fence(token.toString(), 5));
        assertThat(submit(fence, "a", "b")).containsExactly(new Accepted("101"), new Accepted("102"));
        sbatch("echo 6 >" + token + "; echo 103"); // another Swath becomes the leader during the first call
        assertThatThrownBy(() -> submit(fence, "c", "d")).isInstanceOf(LeadershipLostException.class);
        assertThat(calls()).hasSize(3).last().isEqualTo("/work/c/job.sh");
    }

    @Test
    void many_calls_fit_into_the_line_for_the_login_shell() throws Exception {
        SbatchSeries series = new SbatchSeries(
                IntStream.range(0, 10)
                        .mapToObj(number -> array("a".repeat(100) + number))
                        .toList(),
                Optional.of(new Fence(
                        Files.writeString(folder.resolve("token"), "5\n").toString(), 5)));
        String line = ShellLine.of(series.command(LIMIT), LIMIT.multipliedBy(10));
        assertThat(line.length()).isLessThan(32_000);
        CommandResult result = shell(new Command(List.of("sh", "-c", line), "log in"), LIMIT);
        Command command = series.command(LIMIT);
        CommandResult answer = ShellLine.answer(command, new LoginNode("swath", "localhost", 22), result);
        assertThat(series.answers(answer.stdout(), answer.stderr(), ""))
                .hasSize(10)
                .allMatch(Accepted.class::isInstance);
    }
}
