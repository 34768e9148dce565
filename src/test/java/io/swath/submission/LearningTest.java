package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.swath.cluster.Accounts;
import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.Limit;
import io.swath.cluster.NodeKind;
import io.swath.cluster.NodeResources;
import io.swath.cluster.Submitted;
import io.swath.job.Directives;
import io.swath.job.WorkLayout;
import io.swath.ledger.LearnedSizes.Ended;
import io.swath.ledger.LearnedSizes.RunClass;
import io.swath.ledger.LearnedSizes.Taught;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.submission.sizing.Learned;
import io.swath.submission.sizing.Limits;
import io.swath.submission.sizing.Observation;
import io.swath.submission.sizing.Observation.Ending;
import io.swath.submission.sizing.Quantity;
import io.swath.testing.TaskEnd;
import io.swath.testing.WithWorkbench;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What ended runs teach, and what later ones request because of it. A recipe of one step guesses 600 MiB and 2 minutes. */
@Tag("resources")
class LearningTest extends WithWorkbench {
    private void succeed(Batch batch, int peakMiB) {
        TaskEnd.SUCCESS.peak(peakMiB).all(bench, batch);
    }

    private Optional<Taught> taught(String quantity) {
        return bench.ledger.read(session -> session.learnedSizes().all()).stream()
                .filter(taught -> taught.quantity().equals(quantity))
                .findFirst();
    }

    private List<Ended> unlearned() {
        return bench.ledger.read(session -> session.learnedSizes().ended(100));
    }

    private Batch tiles(String scene) {
        return bench.batch(scene, 1);
    }

    @Test
    void runs_that_ended_teach_what_the_next_scene_requests_and_why() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        assertThat(tiles("a").request().memoryMiB()).isEqualTo(600);
        assertThat(tiles("a").why())
                .isEqualTo("600 MiB: the recipe's guess, no run yet; 120 s: the recipe's guess, no run yet");
        succeed(tiles("a"), 200);
        bench.planned("b", Workbench.ONE_STEP, 10);

        bench.submitAll();

        assertThat(tiles("b").request().memoryMiB()).isBetween(205, 240);
        assertThat(tiles("b").request().time()).isEqualTo(Duration.ofMinutes(1));
        assertThat(tiles("b").why())
                .contains("10 runs")
                .startsWith(tiles("b").request().memoryMiB() + " MiB: ");
        assertThat(bench.cluster.submissions)
                .filteredOn(array -> array.token().equals(tiles("b").token()))
                .extracting(array -> array.request().memoryMiB())
                .containsExactly(tiles("b").request().memoryMiB());
    }

    private static final String PACKED = Workbench.ONE_STEP.replace("size: 64", "size: 64, per-task: auto");

    @Test
    void short_tiles_are_packed_once_it_is_known_how_long_they_take() {
        bench.planned("a", PACKED, 2_000);
        bench.submitAll();
        List<Batch> first = bench.batches("a");
        assertThat(first).extracting(Batch::perTask).containsOnly(1);
        first.forEach(batch -> TaskEnd.SUCCESS.after(Duration.ofSeconds(7)).all(bench, batch));

        bench.submitAll();

        Batch packed = bench.batches("a").get(first.size());
        assertThat(packed.perTask()).isEqualTo(5); // 30 s / 7 s
        assertThat(packed.request().time()).isEqualTo(Duration.ofMinutes(2)); // 5 x 7 s x 1.25 + 20 s
        assertThat(packed.why()).contains("5 tiles of 7 s one after the other");
    }

    @Test
    void so_few_tiles_are_packed_that_each_slot_has_four_tasks() {
        bench.planned("a", PACKED, 2_000);
        bench.submitAll();
        bench.batches("a")
                .forEach(batch -> TaskEnd.SUCCESS.after(Duration.ofSeconds(2)).all(bench, batch));
        int slots = bench.cluster.capabilities.slots(bench.batch("a", 1).request());

        bench.planned("b", PACKED, 4 * slots * 3);
        bench.submitAll();

        assertThat(bench.batch("b", 1).perTask()).isBetween(1, 3);
    }

    @Test
    void tiles_that_last_long_are_not_packed() {
        bench.planned("a", PACKED, 2_000);
        bench.submitAll();
        bench.batches("a")
                .forEach(batch -> TaskEnd.SUCCESS.after(Duration.ofSeconds(45)).all(bench, batch));
        int before = bench.batches("a").size();

        bench.submitAll();

        assertThat(bench.batches("a").subList(before, before + 1))
                .extracting(Batch::perTask)
                .containsOnly(1);
    }

    @Test
    void without_sizing_learn_requests_stay_as_the_recipe_says_and_nothing_waits_for_a_run_that_teaches() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);
        new Learning(bench.ledger, bench.cluster).learn();
        Sizing sizing = new Sizing("", "", false, 0.02, 2, 2, false, TileSettings.DEFAULT, Directives.NONE);
        Scene scene = bench.planned("b", Workbench.ONE_STEP, 10);
        Recipe recipe =
                bench.plannedRecipes.find(WorkLayout.of(bench.storage, scene).recipes(), scene.recipe());

        LearnedRequests.Sized sized =
                bench.ledger.read(session -> new LearnedRequests(session, sizing, bench.cluster.capabilities())
                        .request(scene, recipe, 0, List.of(TileProgress.notSubmitted("b", Workbench.tile(0)))));

        assertThat(sized.request().memoryMiB()).isEqualTo(600);
        assertThat(sized.request().time()).isEqualTo(Duration.ofMinutes(2));
        assertThat(sized.why()).startsWith("600 MiB: as the recipe says, because sizing.learn is false; 120 s: ");
        TileProgress last = killed(TileProgress.notSubmitted("b", Workbench.tile(0)), 2);
        assertThat(bench.ledger
                        .read(session -> new LearnedRequests(session, sizing, bench.cluster.capabilities())
                                .request(scene, recipe, 0, List.of(last)))
                        .request()
                        .memoryMiB())
                .as("the last attempt")
                .isEqualTo(16_000);
        assertThat(sized.runs()).isPositive();

        Request ofMany = bench.ledger
                .read(session -> new LearnedRequests(session, sizing, bench.cluster.capabilities())
                        .request(scene, recipe, 0, List.of(TileProgress.notSubmitted("b", Workbench.tile(0))), 100_000))
                .request();
        assertThat(ofMany.time())
                .as("no more than the partition allows")
                .isEqualTo(bench.cluster
                        .capabilities()
                        .partition("cpu")
                        .orElseThrow()
                        .maxTime()
                        .orElseThrow());
    }

    @Test
    void a_run_that_was_suspended_teaches_its_memory_and_no_time() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        TaskEnd.SUCCESS.wall(Duration.ofHours(8)).all(bench, tiles("a"));

        new Learning(bench.ledger, bench.cluster).learn();

        assertThat(taught("MEMORY").orElseThrow().runs()).isEqualTo(10);
        assertThat(taught("TIME")).isEmpty();
        assertThat(unlearned()).isEmpty();
    }

    @Test
    void a_run_whose_clock_differs_a_little_from_the_clusters_teaches_the_longer_time() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        TaskEnd.SUCCESS
                .after(Duration.ofSeconds(50))
                .wall(Duration.ofSeconds(54))
                .all(bench, tiles("a"));

        new Learning(bench.ledger, bench.cluster).learn();

        assertThat(Learned.parse(taught("TIME").orElseThrow().state()).expected(0.008))
                .hasValueCloseTo(54.0, within(0.1));
    }

    @Test
    void a_run_that_was_suspended_and_reached_its_limit_teaches_that_the_limit_was_too_short() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        TaskEnd.failure(Cause.TIMEOUT, "")
                .after(Duration.ofMinutes(2))
                .wall(Duration.ofHours(8))
                .all(bench, tiles("a"));

        new Learning(bench.ledger, bench.cluster).learn();

        Learned time = Learned.parse(taught("TIME").orElseThrow().state());
        assertThat(time.ask(0.008, new Limits(60, 86_400), 0.02).amount()).isBetween(144.0, 300.0);
    }

    @Test
    void a_node_is_remembered_with_its_kind() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);

        new Learning(bench.ledger, bench.cluster).learn();

        String kind =
                bench.cluster.capabilities.kindOf("cpu", "cpu1").orElseThrow().id();
        assertThat(kind).matches("[0-9a-f]{8}");
        assertThat(taught("TIME").orElseThrow().state()).contains(";" + kind + "\n");
        assertThat(taught("MEMORY").orElseThrow().state()).doesNotContain(kind);
        assertThat(bench.cluster
                        .capabilities
                        .kindOf("gpu", "gpu1")
                        .orElseThrow()
                        .id())
                .isNotEqualTo(kind);
        assertThat(bench.cluster.capabilities.kindOf("cpu", "gone")).isEmpty();
    }

    @Test
    void runs_teach_later_while_the_cluster_cannot_be_asked() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);
        bench.cluster.broken.add("capabilities");
        bench.submission(100).due();
        assertThat(unlearned()).hasSize(10);

        bench.cluster.broken.clear();
        bench.submission(100).due();
        assertThat(unlearned()).isEmpty();
    }

    @Test
    void each_run_teaches_once() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);
        Learning learning = new Learning(bench.ledger, bench.cluster);

        learning.learn();
        Taught once = taught("MEMORY").orElseThrow();
        learning.learn();

        assertThat(once.runs()).isEqualTo(10);
        assertThat(taught("MEMORY")).contains(once);
        assertThat(unlearned()).isEmpty();
    }

    @Test
    void a_run_that_failed_for_another_reason_teaches_nothing() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        TaskEnd.failure(Cause.EXIT, "").peak(3_000).after(Duration.ofHours(1)).all(bench, tiles("a"));

        new Learning(bench.ledger, bench.cluster).learn();

        assertThat(taught("MEMORY")).isEmpty();
        assertThat(taught("TIME")).isEmpty();
        assertThat(unlearned()).isEmpty();
    }

    @Test
    void after_a_kill_others_request_more_than_what_was_too_little() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.submitAll();
        TaskEnd.failure(Cause.OUT_OF_MEMORY, "")
                .peak(600)
                .after(Duration.ofSeconds(30))
                .all(bench, tiles("a"));
        bench.planned("b", Workbench.ONE_STEP, 1);

        bench.submitAll();

        assertThat(tiles("b").request().memoryMiB()).isBetween(720, 800);
        assertThat(tiles("b").request().time()).as("its time was enough").isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void a_killed_tile_is_given_more_than_what_was_too_little_for_it_whatever_others_needed() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.ledger.change(session -> session.tiles()
                .update(List.of(
                        bench.tile("b", 0).retry(true).withTooLittle(900).withTooShort(Duration.ofMinutes(3)))));

        bench.submitAll();

        assertThat(tiles("b").request().memoryMiB()).isGreaterThanOrEqualTo(1_080);
        assertThat(tiles("b").request().time()).isGreaterThanOrEqualTo(Duration.ofSeconds(216));
    }

    /** A tile that was killed so often, the last time with 600 MiB and after 2 minutes. */
    private static TileProgress killed(TileProgress tile, int times) {
        return new TileProgress(
                tile.sceneId(),
                tile.tile(),
                tile.state(),
                tile.step(),
                tile.attempts(),
                new TileProgress.History(
                        times, 0, Optional.of(600), Optional.of(Duration.ofMinutes(2)), Optional.empty(), List.of()));
    }

    @Test
    void the_last_attempt_has_all_that_a_job_can_have_although_no_run_has_ended() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.ledger.change(session ->
                session.tiles().update(List.of(killed(bench.tile("a", 0), 1), killed(bench.tile("b", 0), 2))));

        bench.submitAll();

        assertThat(tiles("a").request().memoryMiB()).isEqualTo(1_200);
        assertThat(tiles("a").request().time()).isEqualTo(Duration.ofMinutes(4));
        assertThat(tiles("b").request().memoryMiB()).isEqualTo(16_000);
        assertThat(tiles("b").request().time()).as("ten times").isEqualTo(Duration.ofMinutes(20));
        assertThat(tiles("b").why())
                .isEqualTo("16000 MiB: all that a run can have, for the last attempt; 20 min: all that a run can have,"
                        + " for the last attempt");
    }

    @Test
    void a_last_attempt_has_an_array_of_its_own() {
        bench.planned("a", Workbench.ONE_STEP, 3);
        bench.ledger.change(session -> session.tiles()
                .update(List.of(
                        killed(bench.tile("a", 0), 1), killed(bench.tile("a", 1), 2), killed(bench.tile("a", 2), 1))));

        bench.submitAll();

        assertThat(bench.batches("a"))
                .filteredOn(batch -> batch.step().equals("ndvi"))
                .extracting(Batch::size, batch -> batch.request().memoryMiB())
                .containsExactlyInAnyOrder(tuple(2, 1_200), tuple(1, 16_000));
    }

    @Test
    void a_request_for_several_tiles_says_of_each_amount_why_that_tile_asks_for_so_much() {
        Scene scene = bench.planned("a", Workbench.ONE_STEP, 2);
        Recipe recipe =
                bench.plannedRecipes.find(WorkLayout.of(bench.storage, scene).recipes(), scene.recipe());
        TileProgress first = TileProgress.notSubmitted("a", Workbench.tile(0));
        Sizing sizing = new Sizing("", "", false, 0.02, 2, 2);

        for (List<TileProgress> tiles : List.of(
                List.of(first.withTooLittle(900), first.withTooShort(Duration.ofMinutes(3))),
                List.of(first.withTooShort(Duration.ofMinutes(3)), first.withTooLittle(900)))) {
            LearnedRequests.Sized sized =
                    bench.ledger.read(session -> new LearnedRequests(session, sizing, bench.cluster.capabilities())
                            .request(scene, recipe, 0, tiles));
            assertThat(sized.why())
                    .isEqualTo("1800 MiB: more than was too little, and no run has ended; 360 s: more than was too"
                            + " little, and no run has ended");
            assertThat(sized.request().memoryMiB()).isEqualTo(1_800);
            assertThat(sized.request().time()).isEqualTo(Duration.ofMinutes(6));
        }
    }

    @Test
    void of_the_batches_of_small_scenes_too_one_in_twenty_tries_a_node_that_is_left_out() {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.submitAll();
        Batch known = tiles("a");
        Learned learned = Learned.of(Quantity.MEMORY, 600);
        for (int run = 0; run < 100; run++) {
            learned.learn(new Observation(
                    0.008,
                    run % 3 == 1 ? 600 : 200,
                    1_000,
                    Ending.FINISHED,
                    "z/1/ndvi/" + run,
                    "z" + run,
                    "cpu" + (1 + run % 3)));
        }
        assertThat(learned.nodesLeftOut()).containsOnlyKeys("cpu2");
        bench.ledger.change(session -> session.learnedSizes()
                .save(new Taught(
                        RunClass.of("ndvi", known.step(), known.request()),
                        Quantity.MEMORY.name(),
                        known.recipeHash(),
                        learned.runs(),
                        0.008,
                        learned.text(),
                        0)));
        int scenes = 130;
        for (int scene = 0; scene < scenes; scene++) {
            bench.planned("s" + scene, Workbench.ONE_STEP, 1);
        }

        bench.submitAll();

        Map<List<String>, Long> excluded = IntStream.range(0, scenes)
                .mapToObj(scene -> tiles("s" + scene).request().excludedNodes())
                .collect(Collectors.groupingBy(nodes -> nodes, Collectors.counting()));
        assertThat(excluded).containsOnlyKeys(List.of(), List.of("cpu2"));
        assertThat(excluded.get(List.<String>of())).isBetween(2L, 15L);
    }

    /** From now on, a job may ask for no more memory than this. */
    private void limit(int memoryMiB) {
        Limit limit = new Limit("MaxTRES", "mem", memoryMiB, "MaxTRES=mem=" + memoryMiB + "M");
        Accounts accounts = new Accounts(
                true,
                true,
                "science",
                "",
                List.of(new Accounts.Association("science", "", List.of("normal"), "normal", List.of())),
                Map.of(),
                Map.of("normal", new Accounts.Qos(false, List.of(limit))));
        bench.cluster.capabilities =
                new Capabilities("slurm 24.11.5", 1_001, bench.cluster.capabilities.partitions(), accounts, List.of());
    }

    private void killedWith(String scene, int memoryMiB) {
        bench.ledger.change(session ->
                session.tiles().update(List.of(bench.tile(scene, 0).retry(true).withTooLittle(memoryMiB))));
    }

    @Test
    void a_retry_asks_for_no_more_than_a_limit_of_its_account_allows() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);
        limit(1_000);
        bench.planned("b", Workbench.ONE_STEP, 1);
        killedWith("b", 900);
        bench.planned("c", Workbench.ONE_STEP + "# changed\n", 1);
        killedWith("c", 900);

        bench.submitAll();

        assertThat(tiles("b").request().memoryMiB()).isEqualTo(1_000);
        assertThat(tiles("b").why()).contains("at most 1000 MiB");
        assertThat(tiles("c").request().memoryMiB())
                .as("no run of its recipe has ended")
                .isEqualTo(1_000);
    }

    @Test
    void what_is_learned_lies_under_the_limit_and_the_recipes_own_figure_is_asked_for_as_it_is() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 550);
        limit(560);
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.planned("c", Workbench.ONE_STEP.replace("600M", "2000M"), 1);

        bench.submitAll();

        assertThat(tiles("b").request().memoryMiB()).isEqualTo(560);
        assertThat(tiles("c").request().memoryMiB())
                .as("the cluster says what is wrong with the recipe")
                .isEqualTo(2_000);
    }

    /** Two tiles were killed on node cpu2, and needed clearly less than their limits on cpu1. */
    private void cpu2IsBad() {
        bench.planned("first", Workbench.ONE_STEP, 60);
        bench.submitAll();
        succeed(tiles("first"), 400);
        for (String scene : List.of("x", "y")) {
            bench.planned(scene, Workbench.ONE_STEP, 1);
            bench.submitAll();
            killOn("cpu2", scene);
            bench.submitAll();
            TaskEnd.SUCCESS.peak(300).all(bench, bench.batch(scene, 3));
        }
        bench.submitAll();
    }

    /** Kills the first tile of a scene, which is retried. */
    private void killOn(String node, String scene) {
        Batch batch = tiles(scene);
        bench.pass(Duration.ofMinutes(1));
        TaskEnd.failure(Cause.OUT_OF_MEMORY, "").on(node).all(bench, batch);
        bench.ledger.change(session -> session.tiles()
                .update(List.of(bench.tile(scene, 0)
                        .retry(true)
                        .withTooLittle(batch.request().memoryMiB()))));
        bench.pass(Duration.ofMinutes(1));
    }

    private void plannedAndSent(String scene) {
        bench.planned(scene, Workbench.ONE_STEP, 1);
        bench.submitAll();
    }

    @Test
    void a_tile_that_was_killed_on_a_bad_node_asks_for_as_much_on_another_node() {
        cpu2IsBad();
        plannedAndSent("a");
        plannedAndSent("b");
        killOn("cpu2", "a");
        killOn("cpu1", "b");

        bench.submitAll();

        Batch elsewhere = bench.batch("a", 3);
        assertThat(elsewhere.request().memoryMiB())
                .isEqualTo(tiles("a").request().memoryMiB());
        assertThat(elsewhere.why()).contains("as before, on another node than cpu2");
        assertThat(elsewhere.request().excludedNodes()).contains("cpu2");
        assertThat(bench.batch("b", 3).request().memoryMiB())
                .as("of a tile that was killed on a sound node")
                .isGreaterThan(tiles("b").request().memoryMiB() * 6 / 5 - 1);
    }

    /** From now on, node cpu2 alone has more memory than a tile needs. */
    private void onlyCpu2IsLarge() {
        List<Partition> all = bench.cluster.capabilities.partitions();
        Partition cpu = all.get(0);
        NodeKind nodes = cpu.kinds().get(0);
        NodeResources small = new NodeResources(nodes.offers().cpus(), 100, Map.of(), 0, 0);
        List<NodeKind> kinds = Stream.of("cpu1", "cpu2")
                .map(name -> new NodeKind(
                        name.equals("cpu2") ? nodes.offers() : small,
                        1,
                        Set.of(),
                        nodes.nodes().stream()
                                .filter(node -> node.name().equals(name))
                                .toList()))
                .toList();
        Partition mixed = new Partition(
                cpu.name(),
                cpu.byDefault(),
                2,
                cpu.cpusPerNode(),
                cpu.memoryMiBPerNode(),
                0,
                0,
                cpu.maxTime(),
                "",
                List.of(),
                kinds,
                cpu.rules(),
                cpu.access());
        bench.cluster.capabilities = new Capabilities("slurm 24.11.5", 1_001, List.of(mixed, all.get(1)));
    }

    @Test
    void a_tile_that_was_killed_on_a_bad_node_asks_for_more_where_no_other_node_has_enough() {
        cpu2IsBad();
        plannedAndSent("a");
        killOn("cpu2", "a");
        onlyCpu2IsLarge();

        bench.submitAll();

        Batch retry = bench.batch("a", 3);
        assertThat(retry.request().excludedNodes()).isEmpty();
        assertThat(retry.request().memoryMiB())
                .isGreaterThan(tiles("a").request().memoryMiB() * 6 / 5 - 1);
    }

    @Test
    void a_retry_that_was_written_before_its_node_was_known_as_bad_is_written_again_without_that_node() {
        plannedAndSent("a");
        killOn("cpu2", "a");
        bench.cluster.answer = array -> new Submitted.Rejected("try later", Submitted.Reason.NOT_NOW);
        bench.submitAll();
        Batch written = bench.batch("a", 3);
        assertThat(written.request().excludedNodes()).isEmpty();
        bench.cluster.answer = array -> array.token().equals(written.token())
                ? new Submitted.Rejected("try later", Submitted.Reason.NOT_NOW)
                : new Submitted.Accepted("4" + bench.cluster.submissions.size());
        cpu2IsBad();
        bench.cluster.answer = array -> new Submitted.Accepted("4" + bench.cluster.submissions.size());
        bench.pass(Duration.ofHours(1));

        bench.submitAll();
        bench.submitAll();

        Batch retry = bench.batches("a").stream()
                .filter(batch -> batch.number() > 2 && !batch.assembly())
                .findFirst()
                .orElseThrow();
        assertThat(retry.state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(retry.request().excludedNodes()).contains("cpu2");
        assertThat(retry.request().memoryMiB()).isEqualTo(600);
    }

    @Test
    void a_retry_that_waits_in_the_cluster_is_not_made_smaller_while_it_may_start_on_the_bad_node() {
        plannedAndSent("a");
        killOn("cpu2", "a");
        bench.submitAll();
        Batch retry = bench.batch("a", 3);
        assertThat(retry.request().memoryMiB()).isEqualTo(1_200);

        cpu2IsBad();
        bench.pass(Duration.ofMinutes(1));
        bench.submitAll();

        assertThat(bench.cluster.resized).doesNotContainKey(retry.clusterId());
        assertThat(bench.batch("a", 3).request().memoryMiB()).isEqualTo(1_200);
    }

    @Test
    void what_waits_to_be_sent_is_sized_when_it_is_sent() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.cluster.answer = array -> new Submitted.Rejected("try later", Submitted.Reason.NOT_NOW);
        bench.submitAll();
        assertThat(tiles("b").request().memoryMiB()).isEqualTo(600);
        assertThat(tiles("b").state()).isEqualTo(BatchState.INTENT);
        succeed(tiles("a"), 200);
        bench.cluster.answer = array -> new Submitted.Accepted("77");
        bench.pass(Duration.ofHours(1));

        bench.submitAll();

        assertThat(tiles("b").state()).isEqualTo(BatchState.SUBMITTED);
        assertThat(tiles("b").request().memoryMiB()).isBetween(205, 240);
        assertThat(tiles("b").why()).contains("10 runs");
        assertThat(bench.cluster.submissions)
                .filteredOn(array -> array.token().equals(tiles("b").token()))
                .extracting(array -> array.request().memoryMiB())
                .endsWith(tiles("b").request().memoryMiB());
    }

    @Test
    void of_a_step_that_has_taught_nothing_no_more_is_sent_than_can_run_at_once() {
        bench.planned("a", Workbench.ONE_STEP, 100);
        bench.submitAll();
        assertThat(bench.batches("a")).extracting(Batch::size).containsExactly(78); // 26 of 600 MiB on each of 3 nodes
        bench.planned("b", Workbench.ONE_STEP, 100, Priority.URGENT);
        bench.submitAll();
        assertThat(bench.batches("b")).isEmpty();

        succeed(tiles("a"), 200);
        bench.submitAll();

        assertThat(bench.batches("b")).extracting(Batch::size).startsWith(100);
        assertThat(bench.batches("a")).extracting(Batch::size).startsWith(78, 22);
        assertThat(bench.batch("a", 2).request().memoryMiB()).isBetween(205, 240);
    }

    @Test
    void another_version_of_the_recipe_begins_with_its_own_guess_or_with_what_the_version_before_needed() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 900);
        bench.planned("b", Workbench.ONE_STEP + "# changed\n", 10);
        bench.planned("c", Workbench.ONE_STEP.replace("600M", "2000M"), 10);

        bench.submitAll();

        assertThat(tiles("b").request().memoryMiB()).isBetween(927, 1_080);
        assertThat(tiles("c").request().memoryMiB()).isEqualTo(2_000);
        assertThat(tiles("c").why()).startsWith("2000 MiB: the recipe's guess, no run yet");
    }

    /** A partition of a cluster that does not manage memory. */
    private static final Partition WITHOUT_MEMORY = new Partition("cpu", true, 3, 8, 0, 0, 0, Optional.empty());

    private List<NextRequests.Next> next(Sizing sizing) {
        NextRequests next = new NextRequests(sizing, bench.recipes()::find);
        return bench.ledger.read(session -> next.of(session, bench.cluster.capabilities, false));
    }

    @Test
    void the_report_has_the_next_request_of_each_step_and_how_many_of_its_runs_were_killed() throws IOException {
        bench.installRecipe("ndvi");
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);
        new Learning(bench.ledger, bench.cluster).learn();

        List<NextRequests.Next> next = next(new Sizing("", "", false, 0.02, 2, 2));

        assertThat(next).extracting(NextRequests.Next::runs).containsExactly(10L, 10L);
        assertThat(next.get(0).why()).matches("2\\d\\d MiB: .*\\(10 runs, 1 scene\\).*");
        assertThat(next.get(1).why()).startsWith("1 min: ");
        assertThat(next).extracting(NextRequests.Next::recentKills).containsOnly(0.0);
        limit(150);
        assertThat(next(new Sizing("", "", false, 0.02, 2, 2)).get(0).why()).startsWith("150 MiB: ");
        Sizing asTheRecipeSays = new Sizing("", "", false, 0.02, 2, 2, false, TileSettings.DEFAULT, Directives.NONE);
        assertThat(next(asTheRecipeSays))
                .extracting(NextRequests.Next::why)
                .satisfiesExactly(
                        why -> assertThat(why)
                                .startsWith(
                                        "600 MiB: as the recipe says, because sizing.learn is false; runs have taught: "
                                                + "150 MiB: "),
                        why -> assertThat(why)
                                .startsWith(
                                        "120 s: as the recipe says, because sizing.learn is false; runs have taught: "
                                                + "1 min: "));
    }

    @Test
    void a_step_that_will_not_run_again_has_no_next_request() throws IOException {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);
        new Learning(bench.ledger, bench.cluster).learn();
        Sizing sizing = new Sizing("", "", false, 0.02, 2, 2);

        assertThat(next(sizing)).as("the recipe was removed").isEmpty();

        bench.installRecipe("ndvi", Workbench.ONE_STEP.replace("name: ndvi", "name: index"));
        assertThat(next(sizing)).as("the step has another name").isEmpty();

        bench.installRecipe("ndvi", "steps: none\n");
        assertThat(next(sizing)).as("the recipe cannot be read").isEmpty();

        bench.installRecipe("ndvi");
        assertThat(next(sizing)).hasSize(2);
        bench.cluster.capabilities = new Capabilities("slurm 24.11.5", 1_001, List.of(WITHOUT_MEMORY));
        assertThat(next(sizing))
                .as("no memory is asked for")
                .extracting(NextRequests.Next::quantity)
                .containsExactly(Quantity.TIME);
    }

    @Test
    void a_damaged_text_is_learned_anew() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);
        new Learning(bench.ledger, bench.cluster).learn();
        Taught taught = taught("MEMORY").orElseThrow();
        bench.ledger.change(session -> session.learnedSizes()
                .save(new Taught(
                        taught.key(),
                        taught.quantity(),
                        taught.recipeHash(),
                        10,
                        taught.megabytes(),
                        "sizing 7 ?",
                        0)));
        bench.planned("b", Workbench.ONE_STEP, 10);

        bench.submitAll();
        assertThat(tiles("b").request().memoryMiB()).isEqualTo(600);
        succeed(tiles("b"), 200);
        new Learning(bench.ledger, bench.cluster).learn();

        assertThat(taught("MEMORY").orElseThrow().runs()).isEqualTo(10);
    }

    @Test
    void where_memory_is_not_managed_only_time_is_learned() {
        bench.cluster.capabilities = new Capabilities("slurm 24.11.5", 1_001, List.of(WITHOUT_MEMORY));
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);
        bench.planned("b", Workbench.ONE_STEP, 10);

        bench.submitAll();

        assertThat(tiles("b").request().memoryMiB()).isZero();
        assertThat(tiles("b").request().time()).isEqualTo(Duration.ofMinutes(1));
        assertThat(taught("MEMORY")).isEmpty();
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.OPEN);
    }
}
