package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.Submitted;
import io.swath.job.WorkLayout;
import io.swath.ledger.LearnedSizes.Ended;
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
import io.swath.testing.TaskEnd;
import io.swath.testing.WithWorkbench;
import io.swath.testing.Workbench;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
        new Learning(bench.ledger).learn();
        Sizing sizing = new Sizing("", "", false, 0.02, 2, 2, false);
        Scene scene = bench.planned("b", Workbench.ONE_STEP, 10);
        Recipe recipe =
                bench.plannedRecipes.find(WorkLayout.of(bench.storage, scene).recipes(), scene.recipe());

        LearnedRequests.Sized sized =
                bench.ledger.read(session -> new LearnedRequests(session, sizing, bench.cluster.capabilities())
                        .request(scene, recipe, 0, List.of(TileProgress.notSubmitted("b", Workbench.tile(0)))));

        assertThat(sized.request().memoryMiB()).isEqualTo(600);
        assertThat(sized.request().time()).isEqualTo(Duration.ofMinutes(2));
        assertThat(sized.why()).startsWith("600 MiB: as the recipe says, because sizing.learn is false; 120 s: ");
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
    void each_run_teaches_once() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);
        Learning learning = new Learning(bench.ledger);

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

        new Learning(bench.ledger).learn();

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

    @Test
    void the_report_has_the_next_request_of_each_step_and_how_many_of_its_runs_were_killed() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);
        new Learning(bench.ledger).learn();

        List<NextRequests.Next> next =
                bench.ledger.read(session -> NextRequests.of(session, bench.cluster.capabilities, 0.02));

        assertThat(next).extracting(NextRequests.Next::runs).containsExactly(10L, 10L);
        assertThat(next.get(0).why()).matches("2\\d\\d MiB: .*\\(10 runs, 1 scene\\).*");
        assertThat(next.get(1).why()).startsWith("1 min: ");
        assertThat(next).extracting(NextRequests.Next::recentKills).containsOnly(0.0);
    }

    @Test
    void a_damaged_text_is_learned_anew() {
        bench.planned("a", Workbench.ONE_STEP, 10);
        bench.submitAll();
        succeed(tiles("a"), 200);
        new Learning(bench.ledger).learn();
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
        new Learning(bench.ledger).learn();

        assertThat(taught("MEMORY").orElseThrow().runs()).isEqualTo(10);
    }

    @Test
    void where_memory_is_not_managed_only_time_is_learned() {
        bench.cluster.capabilities = new Capabilities(
                "slurm 24.11.5", 1_001, List.of(new Partition("cpu", true, 3, 8, 0, 0, 0, Optional.empty())));
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
