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
class CrashSeamsIT {
    private static final boolean ALL = System.getProperty("seams", "some").equals("all");
    private static final long SEED = Long.getLong("seams.seed", 1);
    private static final int SOME = 16;
    private static final Duration SOON = Duration.ofMinutes(2);
    /** What is done when the first run passes a seam for the first time. */
    private static final String REJECTING = "rejecting";

    private static final String CANCELLING = "cancelling";

    @TempDir
    static Path temp;

    private Path agent;
    /** In the order of their first passing. */
    private final Map<String, Seam> seams = new LinkedHashMap<>();

    /** A seam, how often the first run passed it, and while what. */
    private record Seam(String name, int times, String phase) {}

    /** A kill, and the scenes that were dropped for it. */
    private record Kill(
            Seam seam, int occurrence, boolean reached, Instant at, long inFlight, List<Ordeal.Scene> own) {}

    @BeforeAll
    void findTheSeams() throws Exception {
        agent = CrashAgent.jar(temp.resolve("agent.jar"));
        Path log = temp.resolve("recorded-seams");
        try (Swath swath = create("recorded")) {
            Ordeal ordeal = new Ordeal(swath, temp.resolve("recorded-scenes"), 4);
            swath.with(option(new Seams.Orders(Seams.Order.RECORD, "", 0, log, log)))
                    .start();
            ordeal.good();
            ordeal.settle(SOON);
            read(log, "delivering");
            ordeal.bad();
            ordeal.unfit();
            ordeal.settle(SOON);
            read(log, REJECTING);
            Ordeal.Scene endless = ordeal.endless();
            awaitRunning(swath, endless);
            ordeal.cancel(endless);
            ordeal.settle(SOON);
            read(log, CANCELLING);
            swath.stop();
            assertThat(ordeal.findings(stored(swath), LocalJobs.successes(swath)))
                    .matches(Ordeal.Findings::none);
        }
        System.out.println(seams.size() + " seams");
        assertThat(seams.keySet().stream().map(CrashSeamsIT::group))
                .contains(
                        "Arrival", "Planning", "Submission", "Tracking", "Delivery", "Messages", "Control", "message");
    }

    private void read(Path log, String phase) throws IOException {
        Map<String, Integer> counts = new LinkedHashMap<>();
        Files.readAllLines(log).forEach(seam -> counts.merge(seam, 1, Integer::sum));
        counts.forEach((seam, times) -> seams.putIfAbsent(seam, new Seam(seam, times, phase)));
    }

    private static Swath create(String name) throws IOException {
        Path folder = Files.createDirectory(temp.resolve(name));
        Swath swath = new Swath(folder, folder.resolve("storage"), Map.of("cluster", "local"));
        swath.command("doctor", "--create").orFail();
        return swath;
    }

    private String option(Seams.Orders orders) throws IOException {
        return "-javaagent:" + agent + "=" + orders.write(temp.resolve("orders"));
    }

    private static List<com.fasterxml.jackson.databind.JsonNode> stored(Swath swath) throws Exception {
        return Downstream.stored(swath.state().resolve("broker"));
    }

    private static void awaitRunning(Swath swath, Ordeal.Scene scene) {
        swath.await(scene.name() + " runs", SOON, () -> running(swath, scene));
    }

    private static boolean running(Swath swath, Ordeal.Scene scene) {
        return !swath.query(
                        "select token from run, scene where scene.id = scene_id and name = ? and run.state = 'RUNNING'",
                        scene.name())
                .isEmpty();
    }

    /** A kill at any seam loses nothing, runs nothing twice and sends nothing anew. */
    @Test
    void killedAtEachSeam() throws Exception {
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
            ordeal.settle(SOON);
            swath.stop();
            Ordeal.Findings findings = ordeal.findings(stored(swath), LocalJobs.successes(swath));
            report(ordeal, kills, findings);
            assertThat(findings).matches(Ordeal.Findings::none);
        }
        assertThat(kills.stream().filter(Kill::reached).count())
                .as("seams that were reached again")
                .isGreaterThan(kills.size() * 3L / 4);
    }

    /** An exception at every seam, once at each and all in one run, is trouble for a while and nothing more. */
    @Test
    void exceptionAtEachSeam() throws Exception {
        Path log = temp.resolve("thrown-at");
        Path gate = temp.resolve("throwing");
        try (Swath swath = create("thrown")) {
            Ordeal ordeal = new Ordeal(swath, temp.resolve("thrown-scenes"), 24);
            swath.with(option(new Seams.Orders(Seams.Order.THROW, "", 0, log, gate)))
                    .start();
            Files.createFile(gate);
            Instant begun = Instant.now();
            for (int number = 0; number < 6; number++) {
                ordeal.good();
                ordeal.bad();
                ordeal.unfit();
            }
            Ordeal.Scene endless = ordeal.endless();
            awaitRunning(swath, endless);
            ordeal.cancel(endless);
            ordeal.settle(Duration.ofMinutes(5));
            long seconds = Duration.between(begun, Instant.now()).toSeconds();
            swath.stop();
            List<String> thrown = Files.readAllLines(log);
            Ordeal.Findings findings = ordeal.findings(stored(swath), LocalJobs.successes(swath));
            System.out.println(thrown.size() + " exceptions, each at a seam of its own, in " + seconds + " s: "
                    + findings.summary());
            assertThat(findings).matches(Ordeal.Findings::none);
            assertThat(thrown.size()).isGreaterThan(seams.size() / 2);
        }
    }

    private List<Seam> chosen(Random random) {
        if (ALL) {
            return List.copyOf(seams.values());
        }
        Map<String, Deque<Seam>> groups = new LinkedHashMap<>();
        List<Seam> shuffled = new ArrayList<>(seams.values());
        Collections.shuffle(shuffled, random);
        shuffled.forEach(seam -> groups.computeIfAbsent(group(seam.name()), any -> new ArrayDeque<>())
                .add(seam));
        List<Seam> chosen = new ArrayList<>();
        while (chosen.size() < SOME) {
            groups.values().stream().filter(group -> !group.isEmpty()).forEach(group -> chosen.add(group.pop()));
        }
        return chosen.subList(0, SOME);
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
            own.add(ordeal.unfit());
        }
        Process process = swath.with(option(new Seams.Orders(Seams.Order.KILL, seam.name(), occurrence, log, log)))
                .launch();
        boolean toCancel = seam.phase().equals(CANCELLING);
        if (toCancel) {
            Ordeal.Scene endless = ordeal.endless();
            own.add(endless);
            swath.await(endless.name() + " runs", SOON, () -> !process.isAlive() || running(swath, endless));
            if (process.isAlive()) {
                ordeal.cancel(endless);
            }
        }
        swath.await(
                seam.name() + " is reached",
                SOON,
                () -> !process.isAlive() || own.stream().allMatch(ordeal::ended));
        boolean reached = Files.exists(log);
        swath.kill();
        assertThat(reached || process.exitValue() == 137).as(swath::tail).isTrue();
        System.out.println(Instant.now() + " " + (reached ? "killed at " : "never at ") + seam.name());
        return new Kill(seam, occurrence, reached, Instant.now(), ordeal.inFlight(), own);
    }

    private static void report(Ordeal ordeal, List<Kill> kills, Ordeal.Findings findings) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("killed at", "passing", "in flight", "lost", "twice", "changed", "seconds until normal"));
        for (Kill kill : kills) {
            Set<String> names = kill.own().stream().map(Ordeal.Scene::name).collect(Collectors.toSet());
            double seconds = kill.own().stream()
                            .map(ordeal::end)
                            .mapToLong(end -> Duration.between(kill.at(), end).toMillis())
                            .max()
                            .orElse(0)
                    / 1000.0;
            rows.add(List.of(
                    kill.seam().name(),
                    kill.reached() ? Integer.toString(kill.occurrence()) : "not reached",
                    Long.toString(kill.inFlight()),
                    Integer.toString(Ordeal.Findings.of(findings.lost, names)),
                    Integer.toString(Ordeal.Findings.of(findings.twice, names)),
                    Integer.toString(Ordeal.Findings.of(findings.changed, names)),
                    String.format("%.1f", Math.max(0, seconds))));
        }
        System.out.println(Ordeal.table(rows));
    }
}
