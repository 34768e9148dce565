package io.swath.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The seed's cluster, for tests that need a real Slurm: starts it where a Docker engine answers, and asks it questions
 * over a connection of its own.
 *
 * <p>System properties: {@code slurm} is {@code auto} (skip loudly without an engine), {@code required} (fail) or
 * {@code off}; {@code slurm.release} names the release; {@code slurm.lab}, where it is set, is the docker folder of a
 * cluster that is up already and is used as it is.
 */
final class SlurmTestCluster implements ExecutionCondition {
    /** What sacct says of one task of a job array. */
    record Task(String id, String name, String state, String tres, String partition, String exit) {}

    private static final Duration STARTING = Duration.ofMinutes(20);
    private static final Duration ASKING = Duration.ofSeconds(60);
    private static final String GIVEN = System.getProperty("slurm.lab", "");
    private static final Path DOCKER =
            Path.of(GIVEN.isEmpty() ? "docker" : GIVEN).toAbsolutePath().normalize();

    private static boolean up;

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (context.getTestMethod().isPresent()) {
            return ConditionEvaluationResult.enabled("its class is");
        }
        String wanted = System.getProperty("slurm", "auto");
        if (wanted.equals("off")) {
            return ConditionEvaluationResult.disabled("-Dslurm=off");
        }
        if (!GIVEN.isEmpty() || engineAnswers()) {
            return ConditionEvaluationResult.enabled("a Docker engine answers");
        }
        String what = "no Docker engine answers, so nothing was tried on a real Slurm."
                + " As root, docker/engine installs and starts one; then run the tests again.";
        if (!wanted.equals("auto")) {
            throw new IllegalStateException("-Dslurm=" + wanted + ", but " + what);
        }
        String line = "*".repeat(100);
        System.err.printf(
                "%n%s%n* SKIPPED: %s%n* %s%n%s%n%n",
                line, context.getRequiredTestClass().getSimpleName(), what, line);
        return ConditionEvaluationResult.disabled(what);
    }

    private static boolean engineAnswers() {
        try {
            return Subprocess.run(ASKING, List.of("docker", "info")).exit() == 0;
        } catch (AssertionError noCommand) {
            return false;
        }
    }

    /** Starts the cluster, unless it is up. */
    static synchronized void up() {
        if (!up && GIVEN.isEmpty()) {
            String release = System.getProperty("slurm.release", "trixie");
            System.err.println("docker/up --release " + release + " (minutes, where images are to be made) ...");
            Subprocess.run(STARTING, List.of(DOCKER.resolve("up").toString(), "--release", release))
                    .orFail();
        }
        up = true;
    }

    /** A folder of the shared storage in which the nodes may write. */
    static Path storage(String name) throws IOException {
        Path folder = Files.createDirectory(DOCKER.resolve("storage").resolve(name));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwx---"));
        return folder;
    }

    private static String port(String variable, String usual) {
        return System.getenv().getOrDefault(variable, usual);
    }

    /** Settings with which Swath works on this cluster and sends its messages to its broker. */
    static Map<String, String> settings(Path storage) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("cluster", "slurm");
        settings.put("storage.cluster-root", "/storage/" + storage.getFileName());
        settings.put("slurm.ssh", "swath@127.0.0.1:" + port("SSH_PORT", "2222"));
        settings.put("slurm.ssh.key", DOCKER.resolve("keys/id_ed25519").toString());
        settings.put("slurm.ssh.known-hosts", DOCKER.resolve("keys/known_hosts").toString());
        settings.put("broker.url", brokerUrl());
        settings.put("broker.user", "swath");
        settings.put(
                "broker.password-file", DOCKER.resolve("keys/broker-password").toString());
        return settings;
    }

    static String brokerUrl() {
        return "tcp://127.0.0.1:" + port("BROKER_PORT", "16616");
    }

    static String brokerTlsUrl() {
        return "ssl://127.0.0.1:" + port("BROKER_TLS_PORT", "16617");
    }

    /** A file among the cluster's keys. */
    static Path key(String name) {
        return DOCKER.resolve("keys").resolve(name);
    }

    /** The shared storage. */
    static Path storage() {
        return DOCKER.resolve("storage");
    }

    static String brokerPassword() throws IOException {
        return Files.readString(DOCKER.resolve("keys/broker-password")).strip();
    }

    /** Settings with which the ledger is a schema of the cluster's PostgreSQL. */
    static Map<String, String> database(String schema) {
        return Map.of(
                "database.url",
                "jdbc:postgresql://127.0.0.1:" + port("DATABASE_PORT", "15432") + "/swath?currentSchema=" + schema,
                "database.user",
                "swath",
                "database.password-file",
                DOCKER.resolve("keys/database-password").toString());
    }

    /** Runs a command on the login node, with the system's own ssh; returns what it said. */
    static String ssh(String... command) {
        List<String> ssh =
                new ArrayList<>(List.of("ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"));
        ssh.addAll(
                List.of("-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=" + DOCKER + "/keys/known_hosts"));
        ssh.addAll(List.of("-i", DOCKER + "/keys/id_ed25519", "-p", port("SSH_PORT", "2222"), "swath@127.0.0.1"));
        ssh.addAll(List.of(command));
        return Subprocess.run(ASKING, ssh).orFail();
    }

    /** What the accounting says of the jobs of these names: a task of an array each. */
    static List<Task> sacct(Collection<String> names) {
        String answer = ssh(
                "sacct",
                "-n",
                "-P",
                "-X",
                "-D", // a slurmctld that lost its last minutes gives out ids once more
                "-S",
                "now-2hours",
                "-E",
                "now",
                "-s",
                "PD,R,S,RQ,CA,CD,F,TO,NF,OOM,PR",
                "--name=" + String.join(",", names),
                "-o",
                "JobID,JobName,State,AllocTRES,Partition,ExitCode");
        return answer.lines()
                .map(line -> line.split("\\|", -1))
                .map(cells -> new Task(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]))
                .toList();
    }

    /** What of the jobs of these names is in the queue: {@code JOB STATE REASON}, a line for each task. */
    static List<String> squeue(Collection<String> names) {
        return ssh("squeue", "-h", "-r", "--name=" + String.join(",", names), "-o", "'%i %T %r'")
                .lines()
                .toList();
    }

    static void scancel(Collection<String> names) {
        for (String name : names) {
            ssh("scancel", "--name=" + name);
        }
    }

    /** Runs {@code docker compose} on the cluster; returns what it said. */
    static String compose(String... arguments) {
        List<String> command = new ArrayList<>(List.of("docker", "compose", "--project-directory", DOCKER.toString()));
        command.addAll(List.of(arguments));
        return Subprocess.run(ASKING, command).orFail();
    }

    /** Runs a script as root on one of the nodes; returns what it said. */
    static String on(String node, String script) {
        return compose("exec", "-T", node, "bash", "-c", script);
    }

    /** Ends a daemon of a node and keeps it away until {@link #back}. */
    static void away(String node, String daemon) {
        on(node, "touch /run/hold/" + daemon + "; pkill -KILL " + daemon + " || true");
    }

    static void back(String node, String daemon) {
        on(node, "rm -f /run/hold/" + daemon);
    }

    /** Makes all nodes take jobs again, as an administrator does, once slurmctld answers. */
    static void resume() {
        await(
                "slurmctld answers",
                Duration.ofMinutes(2),
                () -> on("mgmt", "sinfo -h || true").contains("cpu"));
        await(
                "all nodes take jobs",
                Duration.ofMinutes(2),
                () -> on(
                                "mgmt",
                                "nodes=$(set -o pipefail; sinfo -hN -t drain,down,fail -o %N | sort -u | paste -sd,)"
                                        + " || nodes=unknown; [[ -z $nodes ]] ||"
                                        + " { scontrol update nodename=$nodes state=resume || true; echo $nodes; }")
                        .isBlank());
    }

    /** Waits for something that is no Swath's. */
    static void await(String what, Duration limit, java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(limit)
                .pollInterval(Duration.ofMillis(500))
                .until(condition);
    }

    /** Makes a schema of the cluster's PostgreSQL; returns its name. */
    static String schema(String name) throws SQLException, IOException {
        String schema = name.toLowerCase(Locale.ROOT);
        sql("create schema " + schema);
        return schema;
    }

    static void dropSchema(String schema) throws SQLException, IOException {
        sql("drop schema if exists " + schema + " cascade");
    }

    private static void sql(String statement) throws SQLException, IOException {
        Map<String, String> database = database("public");
        String password = Files.readString(Path.of(database.get("database.password-file")))
                .strip();
        try (Connection connection = DriverManager.getConnection(
                        database.get("database.url"), database.get("database.user"), password);
                Statement execution = connection.createStatement()) {
            execution.execute(statement);
        }
    }
}
