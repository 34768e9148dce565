package io.swath.app.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.app.settings.Settings;
import io.swath.cluster.ClusterException;
import io.swath.cluster.UnreachableException;
import io.swath.cluster.slurm.Command;
import io.swath.cluster.slurm.CommandResult;
import io.swath.cluster.slurm.LoginNode;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.camel.main.Main;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.session.helpers.AbstractSession;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.command.AbstractCommandSupport;
import org.apache.sshd.server.config.keys.AuthorizedKeysAuthenticator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs commands through the route {@code login-node}, on an SSH server, with keys that ssh-keygen made. */
@Tag("resources")
class SshRunnerTest {
    private static final Path HOME = Path.of("").toAbsolutePath();
    private static final Command GREETING = new Command(List.of("echo", "it's me"), "greet");

    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private SshServer server;
    private Main camel;
    private SshRunner runner;
    /** When this file exists after a command, the server closes the session instead of answering. */
    private volatile Path breakAfter;

    /** The server does not answer until the test ends. */
    private volatile boolean silent;

    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger logins = new AtomicInteger();

    /** Runs the command line in a shell. Unlike the library's class, it never ends before the output has been sent. */
    private final class ShellCommand extends AbstractCommandSupport {
        ShellCommand(String line) {
            super(line, null);
        }

        @Override
        public void run() {
            try {
                Process shell = new ProcessBuilder("sh", "-c", getCommand()).start();
                shell.getInputStream().transferTo(getOutputStream());
                shell.getErrorStream().transferTo(getErrorStream());
                getOutputStream().flush();
                getErrorStream().flush();
                int exit = shell.waitFor();
                if (silent) {
                    released.await();
                    return;
                }
                if (breakAfter != null && Files.exists(breakAfter)) {
                    getServerSession().close(true);
                    return;
                }
                onExit(exit);
            } catch (IOException | InterruptedException e) {
                onExit(1, e.toString());
            }
        }
    }

    private Path key(String type, String name) throws IOException, InterruptedException {
        Path file = folder.resolve(name);
        Process made = new ProcessBuilder("ssh-keygen", "-q", "-t", type, "-N", "", "-C", "test", "-f", file.toString())
                .inheritIO()
                .start();
        assertThat(made.waitFor()).isZero();
        return file;
    }

    private void serve(Path hostKey, Path user) throws IOException {
        server = SshServer.setUpDefaultServer();
        server.setHost("127.0.0.1");
        server.setKeyPairProvider(new FileKeyPairProvider(hostKey));
        server.setPublickeyAuthenticator(new AuthorizedKeysAuthenticator(Path.of(user + ".pub")));
        server.setCommandFactory((channel, line) -> new ShellCommand(line));
        server.addSessionListener(new SessionListener() {
            @Override
            public void sessionCreated(Session session) {
                logins.incrementAndGet();
            }
        });
        server.start();
    }

    /** Writes the known_hosts file that ssh-keyscan would write. */
    private Path knownHosts(Path hostKey) throws Exception {
        KeyPair keys =
                new FileKeyPairProvider(hostKey).loadKeys(null).iterator().next();
        return Files.writeString(
                folder.resolve("known_hosts"),
                "[127.0.0.1]:" + server.getPort() + " " + PublicKeyEntry.toString(keys.getPublic()) + "\n");
    }

    private SshRunner runner(Path key, Path knownHosts) throws Exception {
        return runner(key, knownHosts, Duration.ofSeconds(10));
    }

    private SshRunner runner(Path key, Path knownHosts, Duration grace) throws Exception {
        LoginNode loginNode = new LoginNode("swath", "127.0.0.1", server.getPort());
        Settings settings = Settings.load(
                HOME,
                Optional.empty(),
                Map.of(),
                Map.of(
                        "cluster", "slurm",
                        "slurm.ssh", loginNode.toString(),
                        "slurm.ssh.key", key.toString(),
                        "slurm.ssh.known-hosts", knownHosts.toString()));
        camel = Routes.prepare(settings, new Storage(folder.resolve("storage"), ""), "login-node.camel.yaml");
        camel.start();
        runner = new SshRunner(loginNode, grace);
        runner.use(camel.getCamelContext());
        return runner;
    }

    private CommandResult run(Path key, Path knownHosts) throws Exception {
        return runner(key, knownHosts).run(GREETING, LIMIT);
    }

    @AfterEach
    void stop() throws IOException {
        released.countDown();
        if (runner != null) {
            runner.close();
        }
        if (camel != null) {
            camel.stop();
        }
        server.stop(true);
    }

    @ParameterizedTest
    @CsvSource({"ed25519, ed25519", "rsa, ecdsa", "ecdsa, rsa"})
    void a_key_of_every_usual_type_logs_in(String userType, String hostType) throws Exception {
        Path user = key(userType, "user");
        Path host = key(hostType, "host");
        serve(host, user);
        CommandResult result = run(user, knownHosts(host));
        assertThat(result.exit()).isZero();
        assertThat(result.stdout()).isEqualTo("it's me\n");
    }

    @Test
    void a_host_with_another_ed25519_key_than_the_known_one_gets_no_command() throws Exception {
        Path user = key("ed25519", "user");
        serve(key("ed25519", "host"), user);
        Path known = knownHosts(key("ed25519", "other"));
        assertThatThrownBy(() -> run(user, known))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("slurm.ssh.known-hosts");
    }

    @Test
    void one_session_serves_commands_that_follow_one_another() throws Exception {
        Path user = key("ed25519", "user");
        Path host = key("ed25519", "host");
        serve(host, user);
        SshRunner commands = runner(user, knownHosts(host));
        for (int number = 0; number < 20; number++) {
            Command command = new Command(List.of("sh", "-c", "echo " + number + "; exit " + number), "count");
            assertThat(commands.run(command, LIMIT)).isEqualTo(new CommandResult(number, number + "\n", ""));
        }
        assertThat(logins).hasValue(1);
        camel.stop();
        camel = null;
        assertThat(server.getActiveSessions()).allMatch(session -> session.isClosing() || session.isClosed());
    }

    @Test
    void commands_that_run_at_the_same_time_have_answers_of_their_own() throws Exception {
        Path user = key("ed25519", "user");
        Path host = key("ed25519", "host");
        serve(host, user);
        SshRunner commands = runner(user, knownHosts(host));
        List<Integer> numbers = IntStream.range(0, 24).boxed().toList();
        assertThat(numbers.parallelStream()
                        .map(number -> commands.run(new Command(List.of("echo", "" + number), "count"), LIMIT))
                        .map(answer -> answer.stdout().strip()))
                .containsExactlyElementsOf(numbers.stream().map(String::valueOf).toList());
    }

    @Test
    void the_next_command_logs_in_again_after_the_login_node_has_closed_the_session() throws Exception {
        Path user = key("ed25519", "user");
        Path host = key("ed25519", "host");
        serve(host, user);
        SshRunner commands = runner(user, knownHosts(host));
        commands.run(GREETING, LIMIT);
        LoginSessions kept = camel.getCamelContext()
                .getRegistry()
                .lookupByNameAndType(SshClients.NAME, SshClients.class)
                .sessions();
        ClientSession session = kept.take().orElseThrow();
        kept.giveBack(session);
        for (AbstractSession open : server.getActiveSessions()) {
            open.close(true);
        }
        assertThat(session.waitFor(Set.of(ClientSession.ClientSessionEvent.CLOSED), LIMIT))
                .contains(ClientSession.ClientSessionEvent.CLOSED);
        assertThat(commands.run(GREETING, LIMIT).stdout()).isEqualTo("it's me\n");
        assertThat(logins).hasValue(2);
    }

    @Test
    void the_answer_is_lost_when_a_kept_session_breaks_during_a_command() throws Exception {
        Path user = key("ed25519", "user");
        Path host = key("ed25519", "host");
        serve(host, user);
        SshRunner commands = runner(user, knownHosts(host));
        commands.run(GREETING, LIMIT);
        Path ran = folder.resolve("ran");
        breakAfter = ran;
        assertThatThrownBy(() -> commands.run(new Command(List.of("touch", ran.toString()), "submit"), LIMIT))
                .isInstanceOf(ClusterException.class)
                .isNotInstanceOf(UnreachableException.class); // it has taken effect, so it must not be repeated
        assertThat(ran).exists();
        breakAfter = null;
        assertThat(commands.run(GREETING, LIMIT).exit()).isZero();
    }

    @Test
    void a_command_that_is_never_answered_ends_its_session_and_no_other() throws Exception {
        Path user = key("ed25519", "user");
        Path host = key("ed25519", "host");
        serve(host, user);
        SshRunner commands = runner(user, knownHosts(host), Duration.ofMillis(100));
        commands.run(GREETING, LIMIT);
        Path ran = folder.resolve("ran");
        silent = true;
        assertThatThrownBy(() ->
                        commands.run(new Command(List.of("touch", ran.toString()), "submit"), Duration.ofMillis(900)))
                .isInstanceOf(ClusterException.class)
                .isNotInstanceOf(UnreachableException.class) // it may have taken effect
                .hasMessageContaining("Tried to submit")
                .hasMessageContaining("had no answer within");
        silent = false;
        assertThat(commands.run(GREETING, LIMIT).stdout()).isEqualTo("it's me\n");
        assertThat(commands.run(GREETING, LIMIT).stdout()).isEqualTo("it's me\n");
        assertThat(logins).as("the session of that command is not used again").hasValue(2);
    }

    @Test
    void a_changed_key_or_list_of_hosts_counts_for_the_next_command() throws Exception {
        Path user = key("ed25519", "user");
        Path host = key("ed25519", "host");
        serve(host, user);
        Path known = knownHosts(host);
        SshRunner commands = runner(user, known);
        commands.run(GREETING, LIMIT);
        String right = Files.readString(known);
        Files.writeString(known, "");
        assertThatThrownBy(() -> commands.run(GREETING, LIMIT)).isInstanceOf(UnreachableException.class);
        Files.writeString(known, right);
        assertThat(commands.run(GREETING, LIMIT).exit()).isZero();
        Path other = key("ecdsa", "other");
        Files.move(other, user, StandardCopyOption.REPLACE_EXISTING); // the server does not know this one
        assertThatThrownBy(() -> commands.run(GREETING, LIMIT)).isInstanceOf(UnreachableException.class);
    }
}
