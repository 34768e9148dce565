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
 * The test cluster, for tests that need a real Slurm. Starts the cluster if a Docker engine answers, and queries it
 * over its own SSH connection.
 *
 * <p>System properties: {@code slurm} is {@code auto} (without an engine, skip the tests and print a warning),
 * {@code required} (without an engine, fail) or {@code off}; {@code slurm.release} is the Debian release;
 * {@code slurm.lab}, if set, is the docker folder of a cluster that is already running.
 */
final class SlurmTestCluster implements ExecutionCondition {
    /** A task of a job array, from sacct. */
    record Task(
            String id, String name, String state, String tres, String partition, String exit, long elapsedSeconds) {}

    private static final Duration STARTING = Duration.ofMinutes(20);
    private static final Duration ASKING = Duration.ofSeconds(60);
    private static final String GIVEN = System.getProperty("slurm.lab", "");
    private static final Path DOCKER =
            Path.of(GIVEN.isEmpty() ? "docker" : GIVEN).toAbsolutePath().normalize();

    private static boolean up;

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (context.getTestMethod().isPresent()) {
            return ConditionEvaluationResult.enabled("its class is enabled");
        }
        String wanted = System.getProperty("slurm", "auto");
        if (wanted.equals("off")) {
            return ConditionEvaluationResult.disabled("-Dslurm=off");
        }
        if (!GIVEN.isEmpty() || engineAnswers()) {
            return ConditionEvaluationResult.enabled("a Docker engine answers");
        }
        String what = "no Docker engine answers, so nothing was tested on a real Slurm."
                + " Run docker/engine as root, which installs and starts an engine; then run the tests again.";
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

    /** Starts the cluster, unless it is running. */
    static synchronized void up() {
        if (!up && GIVEN.isEmpty()) {
            String release = System.getProperty("slurm.release", "trixie");
            System.err.println("docker/up --release " + release + " (takes minutes if images have to be built) ...");
            Subprocess.run(STARTING, List.of(DOCKER.resolve("up").toString(), "--release", release))
                    .orFail();
        }
        up = true;
    }

    /** Creates a folder of the shared storage in which the nodes can write. */
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

    /** A file in the folder with the cluster's keys. */
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

    /** Runs a command on the login node with this machine's ssh, and returns its output. */
    static String ssh(String... command) {
        List<String> ssh =
                new ArrayList<>(List.of("ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"));
        ssh.addAll(
                List.of("-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=" + DOCKER + "/keys/known_hosts"));
        ssh.addAll(List.of("-i", DOCKER + "/keys/id_ed25519", "-p", port("SSH_PORT", "2222"), "swath@127.0.0.1"));
        ssh.addAll(List.of(command));
        return Subprocess.run(ASKING, ssh).orFail();
    }

    /** The array tasks of the jobs with these names in the accounting. */
    static List<Task> sacct(Collection<String> names) {
        String answer = ssh(
                "sacct",
                "-n",
                "-P",
                "-X",
                "-D", // after losing its last minutes, slurmctld may use a job id twice
                "-S",
                "now-2hours",
                "-E",
                "now",
                "-s",
                "PD,R,S,RQ,CA,CD,F,TO,NF,OOM,PR",
                "--name=" + String.join(",", names),
                "-o",
                "JobID,JobName,State,AllocTRES,Partition,ExitCode,ElapsedRaw");
        return answer.lines()
                .map(line -> line.split("\\|", -1))
                .map(cells ->
                        new Task(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], Long.parseLong(cells[6])))
                .toList();
    }

    /** The tasks of the jobs with these names in the queue, each as {@code JOB STATE REASON}. */
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

    /** Runs {@code docker compose} for the cluster, and returns its output. */
    static String compose(String... arguments) {
        List<String> command = new ArrayList<>(List.of("docker", "compose", "--project-directory", DOCKER.toString()));
        command.addAll(List.of(arguments));
        return Subprocess.run(ASKING, command).orFail();
    }

    /** Runs a script as root on one of the nodes, and returns its output. */
    static String on(String node, String script) {
        return compose("exec", "-T", node, "bash", "-c", script);
    }

    /** Kills a daemon of a node, and keeps it from starting until {@link #startDaemon}. */
    static void stopDaemon(String node, String daemon) {
        on(node, "touch /run/hold/" + daemon + "; pkill -KILL " + daemon + " || true");
    }

    static void startDaemon(String node, String daemon) {
        on(node, "rm -f /run/hold/" + daemon);
    }

    /** Starts slurmctld anew with changed settings, because older releases do not read all of them anew. */
    static void restartController() {
        on("mgmt", "pid=$(pgrep -o slurmctld) && kill $pid && timeout 60 tail --pid=$pid -f /dev/null");
        resume();
    }

    /** Waits until slurmctld answers, and resumes all nodes, as an administrator does. */
    static void resume() {
        await(
                "slurmctld answers",
                Duration.ofMinutes(2),
                () -> on("mgmt", "sinfo -h || true").contains("cpu"));
        await(
                "all nodes accept jobs",
                Duration.ofMinutes(2),
                () -> on(
                                "mgmt",
                                "nodes=$(set -o pipefail; sinfo -hN -t drain,down,fail -o %N | sort -u | paste -sd,)"
                                        + " || nodes=unknown; [[ -z $nodes ]] ||"
                                        + " { scontrol update nodename=$nodes state=resume || true; echo $nodes; }")
                        .isBlank());
    }

    /** Waits for a condition. */
    static void await(String what, Duration limit, java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(limit)
                .pollInterval(Duration.ofMillis(500))
                .until(condition);
    }

    /** Creates a schema in the cluster's PostgreSQL, and returns its name. */
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
