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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is interrupted, and wherever: Swath is killed (SIGKILL) at its seams, one after the other, with one storage
 * and one ledger for all of them, and started again each time. The seams are not listed here: a first run finds them.
 *
 * <p>{@code -Dcrash.points=all} tries each of them; else it is a choice from every stage, by {@code -Dcrash.seed}.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class CrashPointTest {
    private static final boolean ALL =
            System.getProperty("crash.points", "some").equals("all");
    private static final long SEED = Long.getLong("crash.seed", 1);
    /** What is done when the first run passes a seam for the first time. */
    private static final String REJECTING = "rejecting";

    private static final String CANCELLING = "cancelling";

    @TempDir
    static Path temp;

    private final String name;
    private final int some;
    private final Duration soon;
    private Path agent;
    /** In the order of their first passing. */
    private final Map<String, CrashPoint> crashPoints = new LinkedHashMap<>();

    /**
     * @param name what the kills are called in the table of faults
     * @param some how many seams are tried where not all are
     * @param soon how long one scene may take
     */
    CrashPointTest(String name, int some, Duration soon) {
        this.name = name;
        this.some = some;
        this.soon = soon;
    }

    /** A Swath of its own, with its storage laid out. */
    abstract SwathProcess create(String folder) throws Exception;

    /** How often the cluster itself says that each {@code TOKEN/INDEX} of a Swath's ended well. */
    abstract Map<String, Integer> successes(SwathProcess swath);

    /** Whether kills at this seam are tried here. */
    abstract boolean tried(String group);

    /** A seam, how often the first run passed it, and while what. */
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
        Path log = temp.resolve("recorded-seams");
        try (SwathProcess swath = create("recorded")) {
            CrashScenario scenario = new CrashScenario(swath, temp.resolve("recorded-scenes"), 4);
            swath.with(option(new CrashPoints.Orders(CrashPoints.Order.RECORD, "", 0, log, log)))
                    .start();
            scenario.good();
            scenario.settle(soon);
            read(log, "delivering");
            scenario.bad();
            scenario.rejected();
            scenario.settle(soon);
            read(log, REJECTING);
            CrashScenario.Scene endless = scenario.endless();
            awaitRunning(swath, endless);
            scenario.cancel(endless);
            scenario.settle(soon);
            read(log, CANCELLING);
            swath.stop();
            assertThat(scenario.findings(stored(swath), successes(swath))).matches(Findings::none);
        }
        System.out.println(crashPoints.size() + " seams");
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

    /** A kill at any seam loses nothing, runs nothing twice and sends nothing anew. */
    @Test
    void killed_at_each_seam() throws Exception {
        Random random = new Random(SEED);
        List<CrashPoint> chosen = chosen(random);
        List<Kill> kills = new ArrayList<>();
        try (SwathProcess swath = create("killed")) {
            CrashScenario scenario = new CrashScenario(swath, temp.resolve("killed-scenes"), chosen.size() * 4);
            for (CrashPoint crashPoint : chosen) {
                int occurrence = 1 + random.nextInt(Math.max(1, Math.min(20, crashPoint.times() / 2)));
                kills.add(kill(swath, scenario, crashPoint, occurrence));
            }
            swath.with().start();
            scenario.settle(soon);
            swath.stop();
            Findings findings = scenario.findings(stored(swath), successes(swath));
            report(scenario, kills, findings);
            count(scenario, kills, findings);
            assertThat(findings).matches(Findings::none);
        }
        assertThat(kills.stream().filter(Kill::reached).count())
                .as("seams that were reached again")
                .isGreaterThan(kills.size() * 3L / 4);
    }

    /** How many the first run found. */
    int crashPointCount() {
        return crashPoints.size();
    }

    private List<CrashPoint> chosen(Random random) {
        List<CrashPoint> wanted = crashPoints.values().stream()
                .filter(crashPoint -> tried(group(crashPoint.name())))
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

    /** The class at which a seam is; {@code message} for those in the broker's client. */
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
        List<CrashScenario.Scene> own = new ArrayList<>(List.of(scenario.good()));
        if (crashPoint.phase().equals(REJECTING)) {
            own.add(scenario.bad());
            own.add(scenario.rejected());
        }
        Process process = swath.with(
                        option(new CrashPoints.Orders(CrashPoints.Order.KILL, crashPoint.name(), occurrence, log, log)))
                .launch();
        boolean toCancel = crashPoint.phase().equals(CANCELLING);
        if (toCancel) {
            CrashScenario.Scene endless = scenario.endless();
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
