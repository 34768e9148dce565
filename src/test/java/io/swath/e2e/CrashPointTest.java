package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * Swath is killed (SIGKILL) at its crash points, one after the other, with the same storage and ledger, and started
 * again each time. A first run finds the crash points, so that they need not be listed.
 *
 * <p>{@code -Dcrash.points=all} tests all of them; otherwise {@code -Dcrash.seed} chooses some from every stage.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Tag("resources")
abstract class CrashPointTest {
    private static final boolean ALL =
            System.getProperty("crash.points", "some").equals("all");
    private static final long SEED = Long.getLong("crash.seed", 1);
    // Phases of the first run: a crash point belongs to the phase in which it is passed for the first time.
    private static final String REJECTING = "rejecting";
    private static final String CANCELLING = "cancelling";

    @TempDir
    static Path temp;

    private final String name;
    private final int some;
    private final Duration soon;
    private Path agent;
    /** By name, in the order of their first passing. */
    private final Map<String, CrashPoint> crashPoints = new LinkedHashMap<>();

    /**
     * @param name the fault's name in the fault table
     * @param some how many crash points are tested unless all are
     * @param soon how long one scene may take
     */
    CrashPointTest(String name, int some, Duration soon) {
        this.name = name;
        this.some = some;
        this.soon = soon;
    }

    /** Installs a new Swath and creates its storage. */
    abstract SwathProcess create(String folder) throws Exception;

    /** How often each task {@code TOKEN/INDEX} succeeded, as the cluster itself reports it. */
    abstract Map<String, Integer> successes(SwathProcess swath);

    /** Whether crash points of this group (see {@link #group}) are tested here. */
    abstract boolean includes(String group);

    /** A crash point, how often the first run passed it, and in which phase first. */
    private record CrashPoint(String name, int times, String phase) {}

    /** A kill, and the scenes that were dropped for it. */
    private record Kill(
            CrashPoint crashPoint,
            int occurrence,
            boolean reached,
            Instant at,
            long inFlight,
            long tiles,
            List<CrashScenario.Scene> own) {}

    @BeforeAll
    void findTheCrashPoints() throws Exception {
        agent = CrashAgent.jar(temp.resolve("agent.jar"));
        Path log = temp.resolve("recorded-crash-points");
        try (SwathProcess swath = create("recorded")) {
            CrashScenario scenario = new CrashScenario(swath, temp.resolve("recorded-scenes"), 4);
            swath.withJavaOptions(option(new CrashPoints.Orders(CrashPoints.Order.RECORD, "", 0, log, log)))
                    .start();
            scenario.dropGood();
            scenario.settle(soon);
            read(log, "delivering");
            scenario.dropGarbage();
            scenario.dropWrongName();
            scenario.settle(soon);
            read(log, REJECTING);
            CrashScenario.Scene endless = scenario.dropEndless();
            awaitRunning(swath, endless);
            scenario.cancel(endless);
            scenario.settle(soon);
            read(log, CANCELLING);
            swath.stop();
            assertThat(scenario.findings(stored(swath), successes(swath))).matches(Findings::none);
        }
        System.out.println(crashPoints.size() + " crash points");
        assertThat(crashPoints.keySet().stream().map(CrashPointTest::group))
                .contains(
                        "InboxArrival",
                        "Planning",
                        "Submission",
                        "Tracking",
                        "Delivery",
                        "Messages",
                        "Control",
                        "message");
    }

    private void read(Path log, String phase) throws IOException {
        Map<String, Integer> counts = new LinkedHashMap<>();
        Files.readAllLines(log).forEach(crashPoint -> counts.merge(crashPoint, 1, Integer::sum));
        counts.forEach(
                (crashPoint, times) -> crashPoints.putIfAbsent(crashPoint, new CrashPoint(crashPoint, times, phase)));
    }

    String option(CrashPoints.Orders orders) throws IOException {
        return "-javaagent:" + agent + "=" + orders.write(temp.resolve("orders"));
    }

    static List<com.fasterxml.jackson.databind.JsonNode> stored(SwathProcess swath) throws Exception {
        return DownstreamConsumer.stored(swath.state().resolve("broker"));
    }

    void awaitRunning(SwathProcess swath, CrashScenario.Scene scene) {
        swath.await(scene.name() + " runs", soon, () -> running(swath, scene));
    }

    private static boolean running(SwathProcess swath, CrashScenario.Scene scene) {
        return !swath.query(
                        "select token from run, scene where scene.id = scene_id and name = ? and run.state = 'RUNNING'",
                        scene.name())
                .isEmpty();
    }

    @Test
    void loses_nothing_and_repeats_nothing_if_killed_at_each_crash_point() throws Exception {
        Random random = new Random(SEED);
        List<CrashPoint> chosen = chosen(random);
        List<Kill> kills = new ArrayList<>();
        try (SwathProcess swath = create("killed")) {
            CrashScenario scenario = new CrashScenario(swath, temp.resolve("killed-scenes"), chosen.size() * 4);
            for (CrashPoint crashPoint : chosen) {
                int occurrence = 1 + random.nextInt(Math.max(1, Math.min(20, crashPoint.times() / 2)));
                kills.add(kill(swath, scenario, crashPoint, occurrence));
            }
            swath.withJavaOptions().start();
            scenario.settle(soon);
            swath.stop();
            Findings findings = scenario.findings(stored(swath), successes(swath));
            report(scenario, kills, findings);
            count(scenario, kills, findings);
            assertThat(findings).matches(Findings::none);
        }
        assertThat(kills.stream().filter(Kill::reached).count())
                .as("crash points that were reached again")
                .isGreaterThan(kills.size() * 3L / 4);
    }

    /** How many crash points the first run found. */
    int crashPointCount() {
        return crashPoints.size();
    }

    private List<CrashPoint> chosen(Random random) {
        List<CrashPoint> wanted = crashPoints.values().stream()
                .filter(crashPoint -> includes(group(crashPoint.name())))
                .toList();
        if (ALL) {
            return wanted;
        }
        Map<String, Deque<CrashPoint>> groups = new LinkedHashMap<>();
        List<CrashPoint> shuffled = new ArrayList<>(wanted);
        Collections.shuffle(shuffled, random);
        shuffled.forEach(crashPoint -> groups.computeIfAbsent(group(crashPoint.name()), any -> new ArrayDeque<>())
                .add(crashPoint));
        List<CrashPoint> chosen = new ArrayList<>();
        while (chosen.size() < Math.min(some, wanted.size())) {
            groups.values().stream().filter(group -> !group.isEmpty()).forEach(group -> chosen.add(group.pop()));
        }
        return chosen.subList(0, Math.min(some, wanted.size()));
    }

    /** The class with the crash point; {@code message} for crash points in the broker's client. */
    private static String group(String crashPoint) {
        String[] words = crashPoint.split(" ");
        if (words[0].equals("step")) {
            String[] parts = words[2].split("\\.");
            return parts[parts.length - 2];
        }
        return Arrays.stream(words)
                .filter(word -> word.contains("."))
                .map(word -> word.split("\\.")[0])
                .findFirst()
                .orElse(words[0]);
    }

    private Kill kill(SwathProcess swath, CrashScenario scenario, CrashPoint crashPoint, int occurrence)
            throws IOException {
        Path log = temp.resolve("killed-at");
        Files.deleteIfExists(log);
        List<CrashScenario.Scene> own = new ArrayList<>(List.of(scenario.dropGood()));
        if (crashPoint.phase().equals(REJECTING)) {
            own.add(scenario.dropGarbage());
            own.add(scenario.dropWrongName());
        }
        Process process = swath.withJavaOptions(
                        option(new CrashPoints.Orders(CrashPoints.Order.KILL, crashPoint.name(), occurrence, log, log)))
                .launch();
        boolean toCancel = crashPoint.phase().equals(CANCELLING);
        if (toCancel) {
            CrashScenario.Scene endless = scenario.dropEndless();
            own.add(endless);
            swath.await(endless.name() + " runs", soon, () -> !process.isAlive() || running(swath, endless));
            if (process.isAlive()) {
                scenario.cancel(endless);
            }
        }
        swath.await(
                crashPoint.name() + " is reached",
                soon,
                () -> !process.isAlive() || own.stream().allMatch(scenario::ended));
        boolean reached = Files.exists(log);
        swath.kill();
        assertThat(reached || process.exitValue() == 137).as(swath::tail).isTrue();
        System.out.println(Instant.now() + " " + (reached ? "killed at " : "never at ") + crashPoint.name());
        return new Kill(
                crashPoint, occurrence, reached, Instant.now(), scenario.inFlight(), scenario.tilesInFlight(), own);
    }

    private void report(CrashScenario scenario, List<Kill> kills, Findings findings) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("killed at", "passing", "in flight", "lost", "twice", "changed", "seconds until normal"));
        for (Kill kill : kills) {
            Set<String> names =
                    kill.own().stream().map(CrashScenario.Scene::name).collect(Collectors.toSet());
            rows.add(List.of(
                    kill.crashPoint().name(),
                    kill.reached() ? Integer.toString(kill.occurrence()) : "not reached",
                    Long.toString(kill.inFlight()),
                    Integer.toString(Findings.count(findings.lost, names)),
                    Integer.toString(Findings.count(findings.twice, names)),
                    Integer.toString(Findings.count(findings.changed, names)),
                    String.format("%.1f", secondsUntilNormal(scenario, kill))));
        }
        System.out.println(FaultTable.inColumns(rows));
    }

    private void count(CrashScenario scenario, List<Kill> kills, Findings findings) throws IOException {
        FaultTable.add(findings.row(
                name,
                (int) kills.stream().filter(Kill::reached).count(),
                kills.stream().mapToLong(Kill::inFlight).max().orElse(0),
                kills.stream().mapToLong(Kill::tiles).max().orElse(0),
                kills.stream()
                        .mapToDouble(kill -> secondsUntilNormal(scenario, kill))
                        .max()
                        .orElse(0)));
        FaultTable.publish();
    }

    private static double secondsUntilNormal(CrashScenario scenario, Kill kill) {
        return kill.own().stream()
                        .map(scenario::end)
                        .mapToLong(end ->
                                Math.max(0, Duration.between(kill.at(), end).toMillis()))
                        .max()
                        .orElse(0)
                / 1000.0;
    }
}
