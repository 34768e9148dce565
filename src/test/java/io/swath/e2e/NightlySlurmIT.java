package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nights, two minutes apart, on a real Slurm: the first with a scene of the day, the second while Swath is
 * stopped, the third with a standby. Asserts with sacct what ran, how often and in which order, and writes a table to
 * target/e2e.
 */
@ExtendWith(SlurmTestCluster.class)
@TestInstance(Lifecycle.PER_CLASS)
class NightlySlurmIT {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration LATE = Duration.ofMinutes(4);
    private static final Duration BETWEEN = Duration.ofMinutes(2);
    private static final String RUN = "night" + ProcessHandle.current().pid() + Long.toString(System.nanoTime(), 36);
    /** Tiles of each scene. Each tile needs a CPU for its first step, and the cluster has twelve. */
    private static final int TILES = 32;

    /** A task from sacct, with facts about its batch from the ledger. */
    record Task(
            String scene,
            int version,
            String step,
            String task,
            long priority,
            String submit,
            String start,
            String state) {
        boolean first() {
            return step.equals("first");
        }
    }

    @TempDir
    static Path temp;

    private final List<SwathProcess> all = new ArrayList<>();
    private String schema;
    private Path storage;
    private DownstreamConsumer downstream;

    @BeforeAll
    void start() throws Exception {
        SlurmTestCluster.up();
        downstream = DownstreamConsumer.at(SlurmTestCluster.brokerUrl(), "swath", SlurmTestCluster.brokerPassword())
                .once();
        schema = SlurmTestCluster.schema(RUN);
        storage = SlurmTestCluster.storage(RUN);
    }

    @AfterAll
    void stop() throws Exception {
        try (Cleanup cleanup = new Cleanup()) {
            cleanup.add(() -> SlurmTestCluster.dropSchema(schema));
            if (downstream != null) {
                cleanup.add(downstream);
            }
            all.forEach(cleanup::add);
            all.forEach(swath -> cleanup.add(swath::stop)); // stop both before the storage is removed
        }
    }

    private SwathProcess create(String name) throws IOException {
        Map<String, String> settings = SlurmTestCluster.settings(storage);
        settings.putAll(SlurmTestCluster.database(schema));
        settings.put("events.source", "/e2e/" + RUN);
        settings.put("nightly.limit", "2");
        // With learning, the tasks of a night come in waves, and the test needs them all in the queue at once.
        settings.put("sizing.learn", "false");
        SwathProcess created = new SwathProcess(Files.createDirectory(temp.resolve(RUN + name)), storage, settings);
        created.copyRecipe("handover", "morning"); // the recipe of the day's scene, which does not change
        all.add(created);
        return created;
    }

    private Path scene(String name, int seed) {
        return TestScenes.make(temp.resolve(name), 2_048, 1_024, seed);
    }

    private List<String> ids(String... names) {
        return Stream.of(names).map(name -> all.get(0).id(name)).toList();
    }

    private List<Map<String, String>> firings() {
        return all.get(0).query("select * from schedule_run where worked_at > 0 order by fire_time");
    }

    /** Waits until this number of firings was worked and all scenes are delivered. */
    private void awaitFirings(int count) {
        all.get(0)
                .await(
                        count + " firings are worked, and their scenes delivered",
                        LATE.plus(BETWEEN),
                        () -> firings().size() == count
                                && all.get(0)
                                        .query("select id from scene where state not in ('DELIVERED')")
                                        .isEmpty());
    }

    @Test
    void reprocesses_each_night_once_and_after_the_scenes_of_the_day() throws Exception {
        SwathProcess one = create("one");
        SwathProcess two = create("two");
        one.command("doctor", "--create").orFail();
        one.start();
        String[] names = {"n1.tif", "n2.tif", "n3.tif"};
        Path[] scenes = new Path[names.length];
        for (int i = 0; i < names.length; i++) {
            scenes[i] = scene(names[i], i);
            one.drop("handover", scenes[i], names[i]);
        }
        for (String name : names) {
            one.awaitEnd(name, "DELIVERED", LATE);
        }
        one.stop();

        Instant first =
                Instant.now().plusSeconds(40).truncatedTo(ChronoUnit.MINUTES).plus(1, ChronoUnit.MINUTES);
        List<Instant> due = List.of(first, first.plus(BETWEEN), first.plus(BETWEEN.multipliedBy(2)));
        String minutes = due.stream()
                .map(time -> String.valueOf(time.atZone(ZoneOffset.UTC).getMinute()))
                .collect(Collectors.joining(","));
        for (SwathProcess swath : all) {
            swath.set("nightly.cron", "0 " + minutes + " * * * ?");
            swath.touchRecipe("handover", "before the first night");
        }

        // While the tasks of the first night wait, a scene of the day arrives.
        one.start();
        one.await(
                "the night's tasks are queued",
                SOON.plus(BETWEEN),
                () -> one.query("select token from batch where version = 2 and cluster_id <> '' and step = 'first'")
                                .size()
                        == 2);
        one.drop("morning", scene("day.tif", 99), "day.tif");
        one.awaitEnd("day.tif", "DELIVERED", LATE);
        awaitFirings(1);

        // The second night comes while Swath is stopped.
        one.stop();
        for (SwathProcess swath : all) {
            swath.touchRecipe("handover", "before the second night");
        }
        one.await(
                "the second night passes",
                BETWEEN.plus(SOON),
                () -> Instant.now().isAfter(due.get(1).plusSeconds(2)));
        assertThat(firings()).hasSize(1);
        one.start();
        awaitFirings(2);

        // The third night comes while there is a standby.
        for (SwathProcess swath : all) {
            swath.touchRecipe("handover", "before the third night");
        }
        two.start("stands by");
        awaitFirings(3);

        assertThat(firings())
                .extracting(firing -> Instant.ofEpochMilli(Long.parseLong(firing.get("fire_time"))))
                .containsExactlyElementsOf(due);
        assertThat(firings()).extracting(firing -> firing.get("chosen")).containsExactly("2", "2", "2");
        assertThat(two.log()).doesNotContain("is ready: drop scenes");
        List<Task> tasks = tasks();
        publish(tasks);
        assertEachRanOnce(tasks);
        assertDayStartedBeforeNight(tasks, one.id("day.tif"));
        for (int i = 0; i < names.length; i++) {
            String id = one.id(names[i]);
            int version = Integer.parseInt(one.scene(names[i]).orElseThrow().get("version"));
            TestScenes.check("copy", scenes[i], one.product(id, "handover"));
            assertThat(new ObjectMapper()
                            .readTree(one.delivered(id, "handover")
                                    .resolve("item.json")
                                    .toFile())
                            .at("/properties/version")
                            .asInt())
                    .isEqualTo(version);
            String[] expected = new String[2 * version];
            for (int at = 0; at < expected.length; at += 2) {
                expected[at] = "accepted";
                expected[at + 1] = "delivered";
            }
            SceneAssertions.messages(one, downstream, id, expected);
        }
        assertThat(ids(names).stream()
                        .mapToInt(id -> Integer.parseInt(one.query("select version from scene where id = ?", id)
                                .get(0)
                                .get("version")))
                        .sum())
                .as("three scenes, and two new versions each night")
                .isEqualTo(3 + 3 * 2);
    }

    private List<Task> tasks() {
        Map<String, Map<String, String>> batches = all.get(0).query("select * from batch").stream()
                .collect(Collectors.toMap(batch -> batch.get("token"), batch -> batch));
        String answer = SlurmTestCluster.ssh(
                "sacct",
                "-n",
                "-P",
                "-X",
                "-S",
                "now-2hours",
                "-E",
                "now",
                "--name=" + String.join(",", batches.keySet()),
                "-o",
                "JobName,JobID,Priority,Submit,Start,State");
        return answer.lines()
                .map(line -> line.split("\\|", -1))
                .map(cells -> new Task(
                        batches.get(cells[0]).get("scene_id"),
                        Integer.parseInt(batches.get(cells[0]).get("version")),
                        batches.get(cells[0]).get("step"),
                        cells[1],
                        Long.parseLong(cells[2]),
                        cells[3],
                        cells[4],
                        cells[5]))
                .sorted(Comparator.comparing(Task::start).thenComparing(Task::task))
                .toList();
    }

    private static void assertEachRanOnce(List<Task> tasks) {
        assertThat(tasks).extracting(Task::state).containsOnly("COMPLETED");
        Map<String, Long> times = tasks.stream()
                .collect(Collectors.groupingBy(
                        task -> task.scene() + " v" + task.version() + " " + task.step(), Collectors.counting()));
        times.forEach(
                (what, count) -> assertThat(count).as(what).isEqualTo(what.endsWith(" assemble") ? 1L : (long) TILES));
    }

    /** Asserts that tasks of the night, which were queued first but had not started, started after those of the day. */
    private static void assertDayStartedBeforeNight(List<Task> tasks, String day) {
        List<Task> days = tasks.stream()
                .filter(task -> task.scene().equals(day) && task.first())
                .toList();
        List<Task> nights = tasks.stream()
                .filter(task -> task.version() == 2 && !task.scene().equals(day) && task.first())
                .filter(task -> task.submit().compareTo(days.get(0).submit()) < 0)
                .toList();
        assertThat(nights).as("tasks of the night that were queued before").hasSize(2 * TILES);
        String last = days.get(days.size() - 1).start();
        List<Task> after = nights.stream()
                .filter(task -> task.start().compareTo(last) >= 0)
                .toList();
        assertThat(after)
                .as("tasks of the night that were queued before, and started after all of the day had started")
                .isNotEmpty();
        assertThat(nights.get(nights.size() - 1).start()).isGreaterThanOrEqualTo(last);
        assertThat(days)
                .extracting(Task::priority)
                .allMatch(priority -> priority
                        > nights.stream().mapToLong(Task::priority).max().orElseThrow());
    }

    /** Prints and writes a table with a row for each job array, in the order of the first starts. */
    private static void publish(List<Task> tasks) throws IOException {
        Map<String, List<Task>> arrays = tasks.stream()
                .collect(Collectors.groupingBy(
                        task -> task.task().split("_")[0], java.util.LinkedHashMap::new, Collectors.toList()));
        StringBuilder text =
                new StringBuilder("| scene | version | step | job | tasks | priority | submitted | first start"
                        + " | last start |\n| --- | ---: | --- | ---: | ---: | ---: | --- | --- | --- |\n");
        for (Map.Entry<String, List<Task>> array : arrays.entrySet()) {
            Task one = array.getValue().get(0);
            String last = array.getValue().get(array.getValue().size() - 1).start();
            text.append(String.format(
                    "| %s | %d | %s | %s | %d | %d | %s | %s | %s |%n",
                    one.scene(),
                    one.version(),
                    one.step(),
                    array.getKey(),
                    array.getValue().size(),
                    one.priority(),
                    time(one.submit()),
                    time(one.start()),
                    time(last)));
        }
        Path file = Path.of("target", "e2e", "nights.md");
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        System.out.println("\n" + text);
    }

    private static String time(String stamp) {
        return stamp.substring(stamp.indexOf('T') + 1);
    }
}
