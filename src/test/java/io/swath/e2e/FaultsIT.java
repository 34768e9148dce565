package io.swath.e2e;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every service that Swath needs fails or answers wrongly, on a real Slurm, while scenes are being processed.
 * Afterwards each scene must be delivered correctly and once, each tile must have succeeded once in sacct, and no
 * message may be missing.
 *
 * <p>System properties: {@code faults} is {@code short} (as in CI) or {@code all}; {@code faults.hold} is for how many
 * seconds a service is away.
 */
@ExtendWith(SlurmTestCluster.class)
@TestInstance(Lifecycle.PER_CLASS)
class FaultsIT {
    private static final boolean ALL = System.getProperty("faults", "short").equals("all");
    private static final Duration HOLD = Duration.ofSeconds(Integer.getInteger("faults.hold", ALL ? 60 : 10));
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration LATE = Duration.ofMinutes(6);
    /** From Debian's package libfaketime. */
    private static final String FAKETIME = "/usr/$LIB/faketime/libfaketime.so.1";

    private static final Pattern INCIDENT =
            Pattern.compile("WARN +Incidents: (\\S[^:]*): .*Nothing is lost; Swath retries");
    private static final String RUN = "faults" + ProcessHandle.current().pid() + Long.toString(System.nanoTime(), 36);

    @TempDir
    static Path temp;

    private final HttpClient http = HttpClient.newHttpClient();
    private DownstreamConsumer downstream;
    private SwathProcess swath;
    private URI console;
    private String schema;
    private int made;
    private Path clock;

    /**
     * A fault to inject.
     *
     * @param inCi whether it is also tested in CI
     * @param infrastructure whether it is an incident of the infrastructure, which must not cost any tile a retry
     * @param reported whether Swath has to report it on its health page
     */
    record Fault(String name, boolean inCi, boolean infrastructure, boolean reported, Action begin, Action end) {}

    /** An action on the cluster or on Swath. */
    interface Action {
        void run(Round round) throws Exception;
    }

    /** A fault and the scenes that were processed meanwhile, by the names under which they were dropped. */
    final class Round {
        final Fault fault;
        final List<Map.Entry<String, Path>> scenes = new ArrayList<>();
        int scenesInFlight;
        int tilesInFlight;
        double seconds;

        Round(Fault fault) {
            this.fault = fault;
        }

        void drop(int count) throws IOException {
            for (int i = 0; i < count; i++) {
                String name = "scene" + ++made + ".tif";
                Path scene = TestScenes.make(temp.resolve(name), 512, 512, made);
                scenes.add(Map.entry(name, scene));
                swath.drop("handover", scene, name);
            }
        }

        List<String> ids() {
            return scenes.stream().map(scene -> swath.id(scene.getKey())).toList();
        }

        /** Counts the scenes and tiles of all rounds that have not ended. */
        void countInFlight() {
            scenesInFlight = swath.query("select id from scene where state not in ('DELIVERED', 'REJECTED')")
                    .size();
            tilesInFlight = swath.query("select tile.idx from tile join scene on scene.id = tile.scene_id"
                            + " where scene.state <> 'DELIVERED' and tile.state <> 'DONE'")
                    .size();
        }

        /** The tasks of this round in Slurm's queue, as {@code JOB STATE REASON}. */
        List<String> queue() {
            List<String> tokens = scenes.stream()
                    .flatMap(scene -> swath.scene(scene.getKey()).stream())
                    .flatMap(scene -> swath.tokens(scene.get("id")).stream())
                    .toList();
            return tokens.isEmpty() ? List.of() : SlurmTestCluster.squeue(tokens);
        }

        /** Waits for a task in the queue that matches, and returns its job id. */
        String awaitTask(Predicate<String> like) {
            swath.await(
                    "a matching task is in the queue",
                    SOON,
                    () -> queue().stream().anyMatch(like));
            return queue().stream().filter(like).findFirst().orElse("none").split(" ")[0];
        }
    }

    @BeforeAll
    void start() throws Exception {
        SlurmTestCluster.up();
        for (String command : new String[] {"sbatch", "sacct"}) {
            SlurmTestCluster.compose("cp", "src/test/lab/slurm-liar", "login:/usr/local/bin/" + command);
        }
        SlurmTestCluster.on("login", "chmod 0777 /run/hold");
        String broker = "failover:(" + SlurmTestCluster.brokerUrl() + ")";
        downstream = DownstreamConsumer.at(broker, "swath", SlurmTestCluster.brokerPassword());
        Path folder = Files.createDirectory(temp.resolve(RUN));
        Path storage = SlurmTestCluster.storage(RUN);
        Map<String, String> settings = SlurmTestCluster.settings(storage);
        schema = SlurmTestCluster.schema(RUN);
        settings.putAll(SlurmTestCluster.database(schema));
        settings.put("broker.url", broker);
        settings.put("slurm.timeout", "10s");
        settings.put("tracking.lost-after", "30s");
        settings.put("waiting.person", "5s");
        String bind = "127.0.0.1:" + freePort();
        settings.put("console.bind", bind);
        console = URI.create("http://" + bind);
        swath = new SwathProcess(folder, storage, settings);
        swath.command("doctor", "--create").orFail();
        clock = Files.writeString(temp.resolve("clock"), "+0");
        swath.environment(Map.of(
                "LD_PRELOAD", FAKETIME,
                "FAKETIME_TIMESTAMP_FILE", clock.toString(),
                "FAKETIME_NO_CACHE", "1",
                "FAKETIME_DONT_RESET", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                "FAKETIME_FORCE_MONOTONIC_FIX",
                        "0")); // with 1, every timed wait of a JVM ends at once, again and again
        swath.start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @AfterAll
    void stop() throws Exception {
        try (Cleanup cleanup = new Cleanup()) {
            cleanup.add(() -> SlurmTestCluster.dropSchema(schema));
            cleanup.add(() ->
                    SlurmTestCluster.on("login", "rm -f /usr/local/bin/{sbatch,sacct} /run/hold/*.{lies,given,lock}"));
            if (downstream != null) {
                cleanup.add(downstream);
            }
            if (swath != null) {
                cleanup.add(swath);
            }
            cleanup.add(FaultTable::publish);
        }
    }

    private Stream<Fault> allFaults() {
        return Stream.of(
                away("sshd on the login node is away", true, "login", "sshd"),
                away("slurmctld is killed, loses its last jobs and stays away", false, "mgmt", "slurmctld"),
                away("slurmdbd is away: sacct is silent", true, "mgmt", "slurmdbd"),
                away("slurmdbd's own database is away", false, "mgmt", "mariadbd"),
                container("the broker is killed", true, "broker"),
                container("the database is killed", false, "database"),
                new Fault("a compute node dies", true, false, false, FaultsIT::killNode, FaultsIT::reviveNode),
                new Fault("a node's prolog fails", false, false, true, FaultsIT::failProlog, FaultsIT::mendProlog),
                new Fault("the clock jumps an hour ahead", false, true, false, round -> jump("+3600"), round -> {}),
                new Fault(
                        "the clock jumps two hours back",
                        false,
                        true,
                        false,
                        round -> jump("-3600"),
                        round -> jump("+0")),
                lies("sbatch: queued, but says it timed out", true, "sbatch", "lost"),
                lies("sbatch: queued, and says nothing", false, "sbatch", "silent"),
                lies("sbatch: queued, then hangs", false, "sbatch", "hang"),
                lies("sbatch: hangs before it queues", false, "sbatch", "hang-first"),
                lies("sbatch: a banner with numbers around the id", false, "sbatch", "banner"),
                lies("sbatch: queued, then killed", false, "sbatch", "killed"),
                lies("sbatch: killed before it queues", false, "sbatch", "killed-first"),
                lies("sbatch: queued, and the connection is cut", true, "sbatch", "cut-off"),
                lies("sbatch: queued twice", false, "sbatch", "duplicate"),
                lies("sbatch: queued 12 s after it failed", false, "sbatch", "late"),
                lies("sbatch: refuses in the site's own words", false, "sbatch", "filter"),
                lies("sacct: cut in the middle", true, "sacct", "cut", "cut", "cut", "cut", "cut"),
                lies("sacct: empty answers", false, "sacct", "none", "none", "none", "none", "none"),
                new Fault(
                        "the storage is away",
                        false,
                        false,
                        true,
                        round -> move(swath.storage(), away()),
                        round -> SlurmTestCluster.await("the storage is back", SOON, this::moveStorageBack)),
                closed(
                        "the partition is down",
                        "scontrol update partitionname=cpu state=down",
                        "scontrol update partitionname=cpu state=up"),
                closed(
                        "every node of the partition is drained",
                        "scontrol update nodename=cpu[1-3] state=drain reason=disk",
                        "scontrol update nodename=cpu[1-3] state=resume"),
                new Fault(
                        "the QOS allows a job less memory than it asks for",
                        false,
                        true,
                        true,
                        round -> {
                            SlurmTestCluster.on(
                                    "mgmt",
                                    "echo AccountingStorageEnforce=limits,qos >>/etc/slurm/slurm.conf;"
                                            + " sacctmgr -i modify qos normal set MaxTRESPerJob=mem=10M");
                            SlurmTestCluster.restartController();
                            round.drop(1);
                        },
                        round -> {
                            SlurmTestCluster.on(
                                    "mgmt",
                                    "sacctmgr -i modify qos normal set MaxTRESPerJob=mem=-1;"
                                            + " sed -i '$d' /etc/slurm/slurm.conf");
                            SlurmTestCluster.restartController();
                        }),
                new Fault(
                        "the login shell's start-up files print",
                        true,
                        true,
                        false,
                        round -> {
                            SlurmTestCluster.on(
                                    "login",
                                    "printf 'echo \"12|PENDING\"; echo sbatch: error: Welcome >&2\\n' >~swath/.bashrc");
                            round.drop(1);
                            round.awaitTask(task -> true);
                        },
                        round -> SlurmTestCluster.on("login", "rm -f ~swath/.bashrc")),
                new Fault("an admin requeues running tasks", false, false, false, FaultsIT::requeue, round -> {}),
                new Fault("somebody cancels part of an array", true, false, false, FaultsIT::cancel, round -> {}),
                new Fault(
                        "a job of another partition preempts", false, false, false, FaultsIT::preempt, FaultsIT::calm));
    }

    private static Fault away(String name, boolean inCi, String node, String daemon) {
        return new Fault(
                name,
                inCi,
                true,
                true,
                round -> {
                    SlurmTestCluster.stopDaemon(node, daemon);
                    round.drop(1);
                },
                round -> {
                    SlurmTestCluster.startDaemon(node, daemon);
                    // A node with jobs that slurmctld has forgotten is drained until an administrator resumes it.
                    SlurmTestCluster.resume();
                });
    }

    /** Jobs wait for a reason that does not pass by itself. */
    private static Fault closed(String name, String close, String open) {
        return new Fault(
                name,
                false, // the queue is asked every half minute, which is too long for CI
                true,
                true,
                round -> {
                    SlurmTestCluster.on("mgmt", close);
                    round.drop(1);
                },
                round -> SlurmTestCluster.on("mgmt", open));
    }

    private static Fault container(String name, boolean inCi, String service) {
        return new Fault(
                name,
                inCi,
                true,
                true,
                round -> {
                    SlurmTestCluster.compose("kill", service);
                    round.drop(1);
                },
                round -> SlurmTestCluster.compose("start", service));
    }

    private static Fault lies(String name, boolean inCi, String command, String... lies) {
        String file = "/run/hold/" + command;
        return new Fault(
                name,
                inCi,
                true,
                false,
                round -> {
                    SlurmTestCluster.on(
                            "login",
                            "printf '%s\\n' " + String.join(" ", lies) + " >" + file + ".lies; chmod 0666 " + file
                                    + ".lies; rm -f " + file + ".given");
                    round.drop(1);
                },
                round -> SlurmTestCluster.await(
                        "all wrong answers were given",
                        SOON,
                        () -> SlurmTestCluster.on("login", "cat " + file + ".given || true")
                                        .lines()
                                        .count()
                                == lies.length));
    }

    /** Changes Swath's clock, but not the cluster's. */
    private void jump(String offset) throws IOException {
        Files.writeString(clock, offset);
    }

    private Path away() {
        return swath.storage().resolveSibling(RUN + ".away");
    }

    /**
     * Moves the storage back. Slurm may have created the folder of a job's log in its place, which is removed first.
     */
    private boolean moveStorageBack() throws IOException {
        Folders.remove(swath.storage());
        try {
            move(away(), swath.storage());
            return true;
        } catch (IOException createdAgain) {
            return false;
        }
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void killNode(Round round) {
        String node = SlurmTestCluster.ssh("squeue", "-h", "-t", "R", "-o", "%N")
                .lines()
                .filter(name -> name.startsWith("cpu"))
                .findFirst()
                .orElse("cpu1");
        SlurmTestCluster.on("mgmt", "echo " + node + " >/run/hold/dead");
        SlurmTestCluster.compose("kill", node);
        SlurmTestCluster.on("mgmt", "scontrol update nodename=" + node + " state=down reason=dead");
    }

    private static void reviveNode(Round round) {
        String node = SlurmTestCluster.on("mgmt", "cat /run/hold/dead; rm /run/hold/dead")
                .strip();
        SlurmTestCluster.compose("start", node);
        SlurmTestCluster.resume();
    }

    /** Only this node has the prolog. Slurm drains the node after the first task, and cancels the task as root. */
    private static void failProlog(Round round) throws IOException {
        SlurmTestCluster.on(
                "cpu1",
                "printf '#!/bin/sh\\nexit 1\\n' >/etc/slurm/prolog; chmod 755 /etc/slurm/prolog;"
                        + " echo Prolog=/etc/slurm/prolog >>/etc/slurm/slurm.conf; pkill -HUP slurmd");
        round.drop(2);
    }

    private static void mendProlog(Round round) {
        try {
            SlurmTestCluster.await(
                    "the prolog has failed",
                    SOON,
                    () -> SlurmTestCluster.on("mgmt", "sinfo -h -R").contains("Prolog error"));
        } finally {
            SlurmTestCluster.on("cpu1", "sed -i /^Prolog=/d /etc/slurm/slurm.conf; pkill -HUP slurmd");
            SlurmTestCluster.resume();
        }
    }

    private static void requeue(Round round) {
        SlurmTestCluster.await("a running task is requeued before it ends", SOON, () -> {
            String job = round.awaitTask(task -> task.contains(" RUNNING "));
            return SlurmTestCluster.on(
                            "mgmt",
                            "scontrol update jobid=" + job + " requeue=1 && scontrol requeue " + job
                                    + " && echo requeued || true")
                    .contains("requeued");
        });
    }

    private static void cancel(Round round) throws IOException {
        round.drop(3);
        String waiting = round.awaitTask(task -> task.contains(" PENDING ") && task.contains("Dependency"));
        String running = round.awaitTask(task -> task.contains(" RUNNING "));
        SlurmTestCluster.ssh("scancel", waiting, running);
    }

    private static void preempt(Round round) {
        round.awaitTask(task -> task.contains(" RUNNING "));
        SlurmTestCluster.ssh(
                "sbatch",
                "--parsable",
                "-p",
                "urgent",
                "--array=0-11",
                "--job-name=preemptor",
                "--mem=2000",
                "-o",
                "/dev/null",
                "--wrap='sleep 4'");
    }

    private static void calm(Round round) {
        SlurmTestCluster.await(
                "the preempting jobs have ended",
                SOON,
                () -> SlurmTestCluster.squeue(List.of("preemptor")).isEmpty());
    }

    @TestFactory
    Stream<DynamicTest> faults() {
        // First the faults that must not cost a retry, then the others. Scenes of one round run on during the next.
        return Stream.of(true, false).flatMap(infrastructure -> {
            List<Round> rounds = allFaults()
                    .filter(fault -> fault.infrastructure == infrastructure)
                    .filter(fault -> ALL || fault.inCi)
                    .map(Round::new)
                    .toList();
            return Stream.concat(
                    rounds.stream().map(round -> DynamicTest.dynamicTest(round.fault.name, () -> inject(round))),
                    rounds.stream()
                            .map(round -> DynamicTest.dynamicTest(
                                    round.fault.name + ": nothing is lost or repeated", () -> check(round))));
        });
    }

    private void inject(Round round) throws Exception {
        long log = swath.logLength();
        round.drop(3);
        swath.await("some tasks run, others wait", SOON, () -> {
            List<String> queue = round.queue();
            return queue.stream().anyMatch(task -> task.contains(" RUNNING "))
                    && queue.stream().anyMatch(task -> task.contains(" PENDING "));
        });
        round.countInFlight();
        try {
            round.fault.begin.run(round);
            if (round.fault.reported) {
                swath.await(
                        "health reports the incident, and since when",
                        LATE,
                        () -> problems().toString().contains("\"since\""));
                Thread.sleep(HOLD.toMillis()); // the duration of the fault is part of the test
            }
        } finally {
            round.fault.end.run(round);
        }
        long ended = System.nanoTime();
        swath.await("health reports no incident", LATE, () -> failingParts().isEmpty());
        round.seconds = (System.nanoTime() - ended) / 1e9;
        assertThat(get("/observe/metrics")).containsPattern("swath_cluster_commands_total [1-9]");
        round.drop(1);
        String said = swath.logSince(log);
        assertThat(INCIDENT.matcher(said).results().collect(groupingBy(match -> match.group(1), counting())))
                .as("each incident is logged once, not in every cycle: " + said)
                .allSatisfy((part, times) -> assertThat(times).isEqualTo(1));
    }

    private void check(Round round) {
        int lost = 0;
        for (Map.Entry<String, Path> scene : round.scenes) {
            lost += delivered(scene.getKey(), scene.getValue()) ? 0 : 1;
        }
        List<String> twice = twice(round);
        List<String> renamed = renamed(round);
        FaultTable.add(new FaultTable.Row(
                round.fault.name,
                1,
                round.scenesInFlight,
                round.tilesInFlight,
                lost,
                twice.size(),
                renamed.size(),
                round.seconds));
        assertThat(lost).as("lost").isZero();
        assertThat(twice).as("run twice").isEmpty();
        assertThat(renamed).as("sent again with a new id").isEmpty();
        awaitMessages(round);
        if (round.fault.infrastructure) {
            for (String id : round.ids()) {
                assertThat(swath.query("select * from tile where scene_id = ? and faults + mishaps > 0", id))
                        .as("tiles for which the fault counts as a failure")
                        .isEmpty();
            }
        }
    }

    /** The problems that the health page reports. Fails if the page does not answer. */
    private JsonNode problems() throws IOException, InterruptedException {
        return new ObjectMapper().readTree(get("/observe/health")).path("problems");
    }

    /** The parts that fail now. Failing nodes do not count: they stay excluded for longer than a fault lasts. */
    private List<String> failingParts() throws IOException, InterruptedException {
        List<String> parts = new ArrayList<>();
        problems().forEach(problem -> parts.add(problem.path("part").asText()));
        parts.remove("nodes");
        return parts;
    }

    private String get(String path) throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(console.resolve(path))
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }

    private boolean delivered(String name, Path scene) {
        try {
            String id = swath.awaitEnd(name, "DELIVERED", LATE);
            TestScenes.check("copy", scene, swath.product(id, "handover"));
            return swath.query("select * from scene where name = ?", name).size() == 1;
        } catch (AssertionError e) {
            System.err.println(name + " is lost: " + e.getMessage());
            return false;
        }
    }

    /**
     * Tiles that succeeded more than once. Counts the successes that sacct has for the ledger's tokens, and those that
     * only the ledger has: a killed slurmctld may forget a task's end and replace it in the accounting by another end.
     */
    private List<String> twice(Round round) {
        List<String> twice = new ArrayList<>();
        for (String id : round.ids()) {
            List<Map<String, String>> runs = swath.runs(id);
            Map<String, String> work = runs.stream()
                    .collect(toMap(
                            run -> run.get("token") + " " + run.get("idx"),
                            run -> id + " " + run.get("step") + " " + run.get("tile")));
            List<String> completed = completed(id);
            Stream<String> known = runs.stream()
                    .filter(run -> run.get("state").equals("SUCCEEDED"))
                    .map(run -> run.get("token") + " " + run.get("idx"))
                    .filter(run -> !completed.contains(run));
            Stream.concat(completed.stream(), known)
                    .collect(groupingBy(run -> work.getOrDefault(run, "unknown " + run), counting()))
                    .forEach((what, times) -> {
                        if (times > 1 || what.startsWith("unknown")) {
                            twice.add(what + " " + times + " times");
                        }
                    });
        }
        return twice;
    }

    /**
     * The completed tasks in sacct as {@code TOKEN INDEX}, including repeated ones. A row such as {@code 83_[0-3]} does
     * not count: a killed database has lost the tasks of that array.
     */
    private List<String> completed(String id) {
        BatchRuns runs = BatchRuns.of(swath);
        return SlurmTestCluster.sacct(swath.tokens(id)).stream()
                .filter(task -> task.state().equals("COMPLETED") && !task.id().endsWith("]"))
                .flatMap(task ->
                        runs.ofTask(task.name(), Integer.parseInt(task.id().split("_")[1])).stream())
                .map(run -> run.replace('/', ' '))
                .toList();
    }

    /** Messages that were sent again with another id. */
    private List<String> renamed(Round round) {
        List<String> ids = round.ids();
        return downstream.all(swath.source()).stream()
                .filter(message -> ids.contains(message.path("subject").asText())
                        || ids.contains(message.path("data").path("scene").asText()))
                .collect(groupingBy(
                        message -> message.path("type").asText() + " "
                                + message.path("subject").asText() + " "
                                + message.path("data").path("id").asText(),
                        mapping(message -> message.path("id").asText(), toSet())))
                .entrySet()
                .stream()
                .filter(entry -> entry.getValue().size() > 1)
                .map(Object::toString)
                .toList();
    }

    /** Waits until each event and the accounting record of each run has arrived. */
    private void awaitMessages(Round round) {
        for (String id : round.ids()) {
            swath.await(
                    "the events of " + id,
                    SOON,
                    () -> downstream.events(swath.source(), id).stream()
                            .distinct()
                            .toList()
                            .equals(List.of("accepted", "delivered")));
            List<String> runs = swath.runs(id).stream()
                    .map(run -> run.get("token") + "/" + run.get("idx"))
                    .toList();
            swath.await(
                    "the accounting of " + id,
                    SOON,
                    () -> downstream.accounting(swath.source(), id).stream()
                            .map(record -> record.path("id").asText())
                            .distinct()
                            .toList()
                            .containsAll(runs));
        }
    }
}
