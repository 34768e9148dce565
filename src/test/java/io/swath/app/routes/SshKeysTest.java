package io.swath.app.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.app.settings.Settings;
import io.swath.cluster.UnreachableException;
import io.swath.cluster.slurm.Command;
import io.swath.cluster.slurm.CommandResult;
import io.swath.cluster.slurm.LoginNode;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.main.Main;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.command.AbstractCommandSupport;
import org.apache.sshd.server.config.keys.AuthorizedKeysAuthenticator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs a command through the route {@code login-node}, on an SSH server, with keys that ssh-keygen made. */
@Tag("resources")
class SshKeysTest {
    private static final Path HOME = Path.of("").toAbsolutePath();
    private static final Command GREETING = new Command(List.of("echo", "it's me"), "greet");

    @TempDir
    private Path folder;

    private SshServer server;
    private Main camel;

    /** Runs the command line in a shell. Unlike the library's class, it never ends before the output has been sent. */
    private static final class ShellCommand extends AbstractCommandSupport {
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
                onExit(shell.waitFor());
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

    private CommandResult run(Path key, Path knownHosts) throws Exception {
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
        try (SshRunner runner = new SshRunner(loginNode)) {
            runner.use(camel.getCamelContext());
            return runner.run(GREETING, Duration.ofSeconds(20));
        }
    }

    @AfterEach
    void stop() throws IOException {
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
}
