package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * A recipe that attacks Swath from the inside, on this machine. After each attack its own scene ends with a cause or is
 * delivered right, good scenes beside it are delivered right, and a secret and a victim are unread and unwritten. With
 * {@code -Dhostile=all} every attack and every exit code; otherwise a choice. The table of results is in
 * {@code target/e2e/hostile-jobs.md}.
 */
@TestInstance(Lifecycle.PER_CLASS)
class HostileJobIT {
    private static final boolean ALL = "all".equals(System.getProperty("hostile"));
    private static final Duration LIMIT = Duration.ofMinutes(ALL ? 20 : 4);
    private static final String SECRET = "secret-7f3a9";
    private static final String ENVIRONMENT_SECRET = "environment-5c1d2";

    /** What the script does, by the scene's name, and how the scene ends. */
    private record Attack(String name, boolean inCi, String state, String reason) {
        static Attack fails(String name, boolean inCi, String reason) {
            return new Attack(name, inCi, "FAILED", reason);
        }

        /** The scene waits, and an incident says why, until a person corrects or cancels it. */
        static Attack waits(String name, boolean inCi, String incident) {
            return new Attack(name, inCi, "PROCESSING", incident);
        }

        static Attack harmless(String name, boolean inCi) {
            return new Attack(name, inCi, "DELIVERED", "");
        }
    }

    @TempDir
    static Path temp;

    private final List<String> rows = new ArrayList<>();
    private Path home;
    private SwathProcess swath;

    private static Stream<Attack> attacks() {
        Stream<Attack> named = Stream.of(
                Attack.fails("evidence-link", true, "EXIT"),
                Attack.fails("evidence-pipe", true, "EXIT"),
                Attack.fails("evidence-device", false, "EXIT"),
                Attack.fails("evidence-huge", false, "EXIT"),
                Attack.fails("evidence-deep", false, "EXIT"),
                Attack.fails("evidence-forged", true, "EXIT"),
                Attack.fails("log-link", true, "exit 74"),
                Attack.fails("log-pipe", false, "exit 74"),
                Attack.fails("log-huge", false, "exit 3"),
                Attack.fails("scripts", false, "EXIT"),
                Attack.waits("tiles-link", true, "is not a folder"),
                Attack.harmless("planted", true),
                Attack.harmless("tile-rewritten", true),
                Attack.harmless("tile-link", false),
                Attack.harmless("tile-pipe", false),
                Attack.harmless("tile-gone", false),
                Attack.harmless("background", true),
                Attack.harmless("environment", true));
        List<Integer> few = List.of(73, 75, 143);
        Stream<Attack> codes = IntStream.rangeClosed(1, 255)
                .mapToObj(code -> Attack.fails("exit-" + code, few.contains(code), "exit " + code));
        return Stream.concat(named, codes).filter(attack -> ALL || attack.inCi());
    }

    @BeforeAll
    void start() throws IOException {
        home = Files.createDirectory(temp.resolve("hostile"));
        Files.writeString(home.resolve("secret"), SECRET + "\n");
        Files.writeString(home.resolve("victim"), "untouched");
        Files.createDirectory(home.resolve("victims"));
        Files.writeString(home.resolve("victims/file"), "untouched");
        swath = new SwathProcess(home, home.resolve("storage"), Map.of("cluster", "local"));
        swath.command("doctor", "--create").orFail();
        swath.environment(Map.of("DATABASE_PASSWORD", ENVIRONMENT_SECRET));
        swath.start();
    }

    @AfterAll
    void stop() throws IOException {
        swath.close();
        Path table = Path.of("target/e2e/hostile-jobs.md");
        Files.createDirectories(table.getParent());
        Files.writeString(
                table, "| attack | the scene ended as | reason |\n| --- | --- | --- |\n" + String.join("", rows));
        System.out.print(Files.readString(table));
    }

    @TestFactory
    Stream<DynamicTest> attacks_from_the_inside_stay_with_their_scene() throws IOException {
        List<Attack> attacks = attacks().toList();
        Path scene = TestScenes.make(temp.resolve("scene.tif"), 512, 256, 7);
        int seed = 100;
        for (Attack attack : attacks) {
            Path own = TestScenes.make(temp.resolve(attack.name() + ".tif"), 512, 256, ++seed);
            swath.drop("attack", own, attack.name() + ".tif");
        }
        swath.drop("ndvi", scene, "good.tif");
        return Stream.concat(
                attacks.stream().map(attack -> DynamicTest.dynamicTest(attack.name(), () -> check(attack))),
                Stream.of(DynamicTest.dynamicTest("a good scene beside them, and one after them", () -> {
                    Path late = TestScenes.make(temp.resolve("late.tif"), 300, 200, 8);
                    swath.drop("ndvi", late, "late.tif");
                    assertDelivered("good.tif", "ndvi", "ndvi", scene);
                    assertDelivered("late.tif", "ndvi", "ndvi", late);
                    assertNothingLeaked();
                })));
    }

    private void check(Attack attack) throws IOException {
        String file = attack.name() + ".tif";
        if (attack.state().equals("PROCESSING")) {
            swath.await("an incident names the cause", LIMIT, () -> swath.log().contains(attack.reason()));
            rows.add("| " + attack.name() + " | waits, with an incident | " + attack.reason() + " |\n");
            assertNothingLeaked();
            return;
        }
        String id = swath.awaitEnd(file, attack.state(), LIMIT);
        String reason = swath.scene(file).orElseThrow().get("reason");
        rows.add(String.format(
                Locale.ROOT,
                "| %s | %s | %s |%n",
                attack.name(),
                attack.state(),
                reason.replaceAll("[|\\s]+", " ").substring(0, Math.min(120, reason.length()))));
        assertThat(reason).contains(attack.reason());
        if (attack.state().equals("DELIVERED")) {
            TestScenes.check("copy", temp.resolve(file), swath.product(id, "attack"));
        }
        if (attack.name().startsWith("tile-")) {
            assertThat(swath.query("select tile from run where scene_id = ? and tile >= 0 order by tile", id))
                    .as("only the changed tile was made again")
                    .extracting(run -> run.get("tile"))
                    .containsExactly("0", "0", "1");
        }
        if (attack.name().equals("background")) {
            swath.await(
                    "what the tasks left behind has ended",
                    Duration.ofSeconds(20),
                    () -> ProcessHandle.allProcesses()
                            .noneMatch(process ->
                                    process.info().commandLine().orElse("").contains("swath-left-")));
        }
        assertNothingLeaked();
    }

    private void assertDelivered(String file, String recipe, String formula, Path scene) {
        TestScenes.check(formula, scene, swath.product(swath.awaitEnd(file, "DELIVERED", LIMIT), recipe));
    }

    private void assertNothingLeaked() throws IOException {
        assertThat(home.resolve("victim")).hasContent("untouched");
        assertThat(home.resolve("victims/file")).hasContent("untouched");
        String told = swath.log()
                + swath.query("select detail, note from run")
                + swath.query("select reason from scene")
                + swath.query("select data from outbox");
        assertThat(told).doesNotContain(SECRET).doesNotContain(ENVIRONMENT_SECRET);
    }
}
