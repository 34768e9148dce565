package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.swath.cluster.ClusterException;
import io.swath.cluster.UnreachableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the line with real login shells, as sshd(8) does: the shell gets {@code -c} and the line. */
class ShellLineTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final LoginNode LOGIN = LoginNode.parse("swath@login");
    private static final String NASTY = " '\"\\$`!*?[]{}()<>|&;#~=%^@\n\t\u001f-äß€𝄞aZ0/.,:";

    @TempDir
    private Path home;

    private CommandResult run(String shell, Command command) throws Exception {
        return ShellLine.answer(command, LOGIN, login(shell, ShellLine.of(command, LIMIT)));
    }

    /** What a login shell that starts in {@link #home} prints. */
    private CommandResult login(String shell, String line) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(shell, "-c", line)
                .redirectError(home.resolve("stderr").toFile());
        builder.environment().put("HOME", home.toString());
        builder.environment().put("SLURM_TIME_FORMAT", "%s");
        builder.environment().put("SACCT_FORMAT", "x");
        builder.environment().put("SLURM_CONF", "/etc/s.conf");
        builder.environment().put("TZ", "CET");
        builder.environment().put("BASH_ENV", home.resolve("profile").toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new CommandResult(process.waitFor(), output, Files.readString(home.resolve("stderr")));
    }

    private static void needs(String shell) {
        assumeTrue(
                List.of("/bin", "/usr/bin").stream().anyMatch(folder -> Files.exists(Path.of(folder, shell))),
                () -> shell + " is not installed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "bash", "rbash", "dash", "zsh", "tcsh", "csh", "fish", "ksh", "mksh"})
    void every_word_reaches_the_program_unchanged_whatever_the_login_shell(String shell) throws Exception {
        needs(shell);
        Random random = new Random(20261123);
        int[] characters = NASTY.codePoints().toArray();
        for (int round = 0; round < 5; round++) {
            List<String> words = new ArrayList<>(List.of("", "-n", "$(id)", "'; echo gone; '", "!!", "\\'", "a!b\\"));
            for (int word = 0; word < 40; word++) {
                StringBuilder text = new StringBuilder();
                random.ints(random.nextInt(12), 0, characters.length)
                        .forEach(index -> text.appendCodePoint(characters[index]));
                words.add(text.toString());
            }
            List<String> argv = new ArrayList<>(List.of("printf", "%s\\001"));
            argv.addAll(words);
            CommandResult result = run(shell, new Command(argv, "print"));
            assertThat(List.of(result.stdout().split("\u0001", -1)).subList(0, words.size()))
                    .isEqualTo(words);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "tcsh", "fish", "zsh"})
    void a_line_as_long_as_the_longest_list_of_ids_is_not_cut(String shell) throws Exception {
        needs(shell);
        String ids = "1234567_890,".repeat(6_600);
        CommandResult result = run(shell, new Command(List.of("printf", "%s", ids), "print"));
        assertThat(result.stdout()).isEqualTo(ids);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "tcsh", "fish"})
    void output_errors_and_exit_status_are_those_of_the_command(String shell) throws Exception {
        needs(shell);
        CommandResult result =
                run(shell, new Command(List.of("sh", "-c", "echo out; printf open; echo bad >&2; exit 78"), "test"));
        assertThat(result).isEqualTo(new CommandResult(78, "out\nopen", "bad\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "tcsh", "fish"})
    void the_environment_is_clean(String shell) throws Exception {
        needs(shell);
        assertThat(run(shell, new Command(List.of("env"), "print")).stdout())
                .contains("TZ=UTC\n", "SLURM_BITSTR_LEN=0\n", "SLURM_CONF=/etc/s.conf\n")
                .doesNotContain("SLURM_TIME_FORMAT", "SACCT_FORMAT");
    }

    @Test
    void what_start_up_files_print_is_no_part_of_the_answer() throws Exception {
        String noise = "echo 'Welcome to the cluster'; echo '12|PENDING'; echo 'error: quota' >&2\n";
        Files.writeString(home.resolve("profile"), noise); // bash reads BASH_ENV
        Files.writeString(home.resolve(".tcshrc"), "echo 'Welcome to the cluster'\n");
        Files.writeString(home.resolve(".zshenv"), noise);
        for (String shell : List.of("bash", "tcsh", "zsh")) {
            if (Files.exists(Path.of("/usr/bin", shell)) || Files.exists(Path.of("/bin", shell))) {
                Command command = new Command(List.of("printf", "rows"), "print");
                assertThat(login(shell, ShellLine.of(command, LIMIT)).stdout()).contains("Welcome to the cluster");
                assertThat(run(shell, command)).isEqualTo(new CommandResult(0, "rows", ""));
            }
        }
    }

    @Test
    void a_login_shell_that_runs_no_command_is_named_with_what_to_do() {
        Command command = new Command(List.of("squeue"), "ask the queue");
        CommandResult nologin = new CommandResult(1, "This account is currently not available.\n", "");
        assertThatThrownBy(() -> ShellLine.answer(command, LOGIN, nologin))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("Tried to ask the queue on swath@login:22")
                .hasMessageContaining("the login shell of swath did not run the command")
                .hasMessageContaining("This account is currently not available.")
                .hasMessageContaining("chsh -s /bin/bash");
        assertThatThrownBy(() -> ShellLine.answer(command, LOGIN, new CommandResult(0, "", "")))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("The login shell answered: exit status 0");
    }

    @Test
    void an_answer_without_its_end_is_no_answer_and_may_have_taken_effect() throws Exception {
        Command command = new Command(List.of("echo", "12|PENDING"), "ask the queue");
        CommandResult whole = login("sh", ShellLine.of(command, LIMIT));
        assertThat(ShellLine.answer(command, LOGIN, whole).stdout()).isEqualTo("12|PENDING\n");
        for (int cut : new int[] {1, 2, 3, 15}) {
            String part = whole.stdout().substring(0, whole.stdout().length() - cut);
            assertThatThrownBy(() -> ShellLine.answer(command, LOGIN, new CommandResult(0, part, "")))
                    .isInstanceOf(ClusterException.class)
                    .isNotInstanceOf(UnreachableException.class)
                    .hasMessageContaining("with echo, but the answer has no end mark");
        }
    }

    @Test
    void a_word_with_a_nul_character_is_rejected() {
        assertThatThrownBy(() -> new Command(List.of("echo", "a\0b"), "print"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
