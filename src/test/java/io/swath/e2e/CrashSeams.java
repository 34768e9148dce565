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
 * <p>{@code -Dseams=all} tries each of them; else it is a choice from every stage, by {@code -Dseams.seed}.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class CrashSeams {
    private static final boolean ALL = System.getProperty("seams", "some").equals("all");
    private static final long SEED = Long.getLong("seams.seed", 1);
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
    private final Map<String, Seam> seams = new LinkedHashMap<>();

    /**
     * @param name what the kills are called in the table of faults
     * @param some how many seams are tried where not all are
     * @param soon how long one scene may take
     */
    CrashSeams(String name, int some, Duration soon) {
        this.name = name;
        this.some = some;
        this.soon = soon;
    }

    /** A Swath of its own, with its storage laid out. */
    abstract Swath create(String folder) throws Exception;

    /** How often the cluster itself says that each {@code TOKEN/INDEX} of a Swath's ended well. */
    abstract Map<String, Integer> successes(Swath swath);

    /** Whether kills at this seam are tried here. */
    abstract boolean tried(String group);

    /** A seam, how often the first run passed it, and while what. */
    private record Seam(String name, int times, String phase) {}

    /** A kill, and the scenes that were dropped for it. */
    private record Kill(
            Seam seam,
            int occurrence,
            boolean reached,
            Instant at,
            long inFlight,
            long tiles,
            List<Ordeal.Scene> own) {}

    @BeforeAll
    void findTheSeams() throws Exception {
        agent = CrashAgent.jar(temp.resolve("agent.jar"));
        Path log = temp.resolve("recorded-seams");
        try (Swath swath = create("recorded")) {
            Ordeal ordeal = new Ordeal(swath, temp.resolve("recorded-scenes"), 4);
            swath.with(option(new Seams.Orders(Seams.Order.RECORD, "", 0, log, log)))
                    .start();
            ordeal.good();
            ordeal.settle(soon);
            read(log, "delivering");
            ordeal.bad();
            ordeal.rejected();
            ordeal.settle(soon);
            read(log, REJECTING);
            Ordeal.Scene endless = ordeal.endless();
            awaitRunning(swath, endless);
            ordeal.cancel(endless);
            ordeal.settle(soon);
            read(log, CANCELLING);
            swath.stop();
            assertThat(ordeal.findings(stored(swath), successes(swath))).matches(Ordeal.Findings::none);
        }
        System.out.println(seams.size() + " seams");
        assertThat(seams.keySet().stream().map(CrashSeams::group))
                .contains(
                        "Arrival", "Planning", "Submission", "Tracking", "Delivery", "Messages", "Control", "message");
    }

    private void read(Path log, String phase) throws IOException {
        Map<String, Integer> counts = new LinkedHashMap<>();
        Files.readAllLines(log).forEach(seam -> counts.merge(seam, 1, Integer::sum));
        counts.forEach((seam, times) -> seams.putIfAbsent(seam, new Seam(seam, times, phase)));
    }

    String option(Seams.Orders orders) throws IOException {
        return "-javaagent:" + agent + "=" + orders.write(temp.resolve("orders"));
    }

    static List<com.fasterxml.jackson.databind.JsonNode> stored(Swath swath) throws Exception {
        return Downstream.stored(swath.state().resolve("broker"));
    }

    void awaitRunning(Swath swath, Ordeal.Scene scene) {
        swath.await(scene.name() + " runs", soon, () -> running(swath, scene));
    }

    private static boolean running(Swath swath, Ordeal.Scene scene) {
        return !swath.query(
                        "select token from run, scene where scene.id = scene_id and name = ? and run.state = 'RUNNING'",
                        scene.name())
                .isEmpty();
    }

    /** A kill at any seam loses nothing, runs nothing twice and sends nothing anew. */
    @Test
    void killed_at_each_seam() throws Exception {
        Random random = new Random(SEED);
        List<Seam> chosen = chosen(random);
        List<Kill> kills = new ArrayList<>();
        try (Swath swath = create("killed")) {
            Ordeal ordeal = new Ordeal(swath, temp.resolve("killed-scenes"), chosen.size() * 4);
            for (Seam seam : chosen) {
                int occurrence = 1 + random.nextInt(Math.max(1, Math.min(20, seam.times() / 2)));
                kills.add(kill(swath, ordeal, seam, occurrence));
            }
            swath.with().start();
            ordeal.settle(soon);
            swath.stop();
            Ordeal.Findings findings = ordeal.findings(stored(swath), successes(swath));
            report(ordeal, kills, findings);
            count(ordeal, kills, findings);
            assertThat(findings).matches(Ordeal.Findings::none);
        }
        assertThat(kills.stream().filter(Kill::reached).count())
                .as("seams that were reached again")
                .isGreaterThan(kills.size() * 3L / 4);
    }

    /** How many the first run found. */
    int seamCount() {
        return seams.size();
    }

    private List<Seam> chosen(Random random) {
        List<Seam> wanted = seams.values().stream()
                .filter(seam -> tried(group(seam.name())))
                .toList();
        if (ALL) {
            return wanted;
        }
        Map<String, Deque<Seam>> groups = new LinkedHashMap<>();
        List<Seam> shuffled = new ArrayList<>(wanted);
        Collections.shuffle(shuffled, random);
        shuffled.forEach(seam -> groups.computeIfAbsent(group(seam.name()), any -> new ArrayDeque<>())
                .add(seam));
        List<Seam> chosen = new ArrayList<>();
        while (chosen.size() < Math.min(some, wanted.size())) {
            groups.values().stream().filter(group -> !group.isEmpty()).forEach(group -> chosen.add(group.pop()));
        }
        return chosen.subList(0, Math.min(some, wanted.size()));
    }

    /** The class at which a seam is; {@code message} for those in the broker's client. */
    private static String group(String seam) {
        String[] words = seam.split(" ");
        if (words[0].equals("step")) {
            return words[2].split("\\.")[1];
        }
        return Arrays.stream(words)
                .filter(word -> word.contains("."))
                .map(word -> word.split("\\.")[0])
                .findFirst()
                .orElse(words[0]);
    }

    private Kill kill(Swath swath, Ordeal ordeal, Seam seam, int occurrence) throws IOException {
        Path log = temp.resolve("killed-at");
        Files.deleteIfExists(log);
        List<Ordeal.Scene> own = new ArrayList<>(List.of(ordeal.good()));
        if (seam.phase().equals(REJECTING)) {
            own.add(ordeal.bad());
            own.add(ordeal.rejected());
        }
        Process process = swath.with(option(new Seams.Orders(Seams.Order.KILL, seam.name(), occurrence, log, log)))
                .launch();
        boolean toCancel = seam.phase().equals(CANCELLING);
        if (toCancel) {
            Ordeal.Scene endless = ordeal.endless();
            own.add(endless);
            swath.await(endless.name() + " runs", soon, () -> !process.isAlive() || running(swath, endless));
            if (process.isAlive()) {
                ordeal.cancel(endless);
            }
        }
        swath.await(
                seam.name() + " is reached",
                soon,
                () -> !process.isAlive() || own.stream().allMatch(ordeal::ended));
        boolean reached = Files.exists(log);
        swath.kill();
        assertThat(reached || process.exitValue() == 137).as(swath::tail).isTrue();
        System.out.println(Instant.now() + " " + (reached ? "killed at " : "never at ") + seam.name());
        return new Kill(seam, occurrence, reached, Instant.now(), ordeal.inFlight(), ordeal.tilesInFlight(), own);
    }

    private void report(Ordeal ordeal, List<Kill> kills, Ordeal.Findings findings) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("killed at", "passing", "in flight", "lost", "twice", "changed", "seconds until normal"));
        for (Kill kill : kills) {
            Set<String> names = kill.own().stream().map(Ordeal.Scene::name).collect(Collectors.toSet());
            rows.add(List.of(
                    kill.seam().name(),
                    kill.reached() ? Integer.toString(kill.occurrence()) : "not reached",
                    Long.toString(kill.inFlight()),
                    Integer.toString(Ordeal.Findings.of(findings.lost, names)),
                    Integer.toString(Ordeal.Findings.of(findings.twice, names)),
                    Integer.toString(Ordeal.Findings.of(findings.changed, names)),
                    String.format("%.1f", secondsUntilNormal(ordeal, kill))));
        }
        System.out.println(Ordeal.table(rows));
    }

    private void count(Ordeal ordeal, List<Kill> kills, Ordeal.Findings findings) throws IOException {
        FaultTable.add(findings.row(
                name,
                (int) kills.stream().filter(Kill::reached).count(),
                kills.stream().mapToLong(Kill::inFlight).max().orElse(0),
                kills.stream().mapToLong(Kill::tiles).max().orElse(0),
                kills.stream()
                        .mapToDouble(kill -> secondsUntilNormal(ordeal, kill))
                        .max()
                        .orElse(0)));
        FaultTable.publish();
    }

    private static double secondsUntilNormal(Ordeal ordeal, Kill kill) {
        return kill.own().stream()
                        .map(ordeal::end)
                        .mapToLong(end ->
                                Math.max(0, Duration.between(kill.at(), end).toMillis()))
                        .max()
                        .orElse(0)
                / 1000.0;
    }
}
