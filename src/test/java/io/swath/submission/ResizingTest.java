package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.ledger.LearnedSizes.Ended;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Tres;
import io.swath.testing.TaskEnd;
import io.swath.testing.Workbench;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A scene of 20 tiles waits in the cluster with the recipe's guess, 600 MiB, while runs of another one end. */
@Tag("resources")
class ResizingTest {
    private Workbench bench;
    private Submission submission;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
        bench.planned("first", Workbench.ONE_STEP, 10);
        bench.planned("waits", Workbench.ONE_STEP, 20);
        submission = bench.submission(100_000);
        submit();
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void submit() {
        submission.due().forEach(submission::send);
    }

    private Batch tiles(String scene) {
        return bench.batch(scene, 1);
    }

    private void firstNeeds(int peakMiB) {
        for (int index = 0; index < 10; index++) {
            TaskEnd.SUCCESS.peak(peakMiB).one(bench, tiles("first"), index);
        }
    }

    private void nextLook() {
        bench.pass(Duration.ofSeconds(30));
        submit();
    }

    @Test
    void what_waits_asks_for_less_once_runs_have_taught_that_it_needs_less_and_says_why() {
        firstNeeds(200);
        nextLook();

        Batch batch = tiles("waits");
        assertThat(batch.request().memoryMiB()).isBetween(205, 240);
        assertThat(batch.request().time()).isEqualTo(Duration.ofMinutes(2)); // the job script knows it
        assertThat(batch.why()).contains("10 runs");
        assertThat(bench.cluster.resized)
                .containsEntry(batch.clusterId(), List.of(batch.request().memoryMiB()));
    }

    @Test
    void what_waits_asks_for_more_once_runs_have_taught_that_it_needs_more() {
        firstNeeds(900);
        nextLook();

        assertThat(tiles("waits").request().memoryMiB()).isGreaterThan(900);
    }

    @Test
    void a_batch_that_the_cluster_refuses_to_change_does_not_keep_others_from_it() {
        bench.planned("later", Workbench.ONE_STEP, 20);
        submit();
        firstNeeds(200);
        bench.cluster.refusesToResize = tiles("waits").clusterId();
        nextLook();

        assertThat(tiles("waits").request().memoryMiB()).isEqualTo(600);
        assertThat(tiles("later").request().memoryMiB()).isLessThan(300);
        bench.cluster.refusesToResize = "";
        nextLook();
        assertThat(tiles("waits").request().memoryMiB())
                .as("left alone for ten minutes")
                .isEqualTo(600);
        bench.pass(Duration.ofMinutes(10));
        submit();
        assertThat(tiles("waits").request().memoryMiB()).isLessThan(300);
    }

    /** Adds older batches to the cluster that wait and ask for no memory, so that nothing of them can change. */
    private void olderOnesWait(int batches) {
        Batch like = tiles("first");
        bench.ledger.change(session -> {
            for (int number = 100; number < 100 + batches; number++) {
                Batch batch = new Batch(
                        "swath-older-" + number,
                        like.sceneId(),
                        number,
                        like.stepIndex(),
                        like.step(),
                        1,
                        1,
                        like.request().withMemoryMiB(0),
                        List.of(),
                        BatchState.INTENT,
                        "",
                        0,
                        like.createdAt().minusSeconds(1),
                        Instant.EPOCH,
                        1,
                        like.recipeHash(),
                        "");
                session.batches().add(batch);
                session.runs()
                        .add(List.of(new Run(
                                batch.token(),
                                0,
                                batch.sceneId(),
                                0,
                                batch.step(),
                                0,
                                1,
                                RunState.INTENT,
                                Optional.empty(),
                                "",
                                Run.Facts.NONE)));
                session.batches().submitted(batch.token(), "9" + number, bench.clock.instant());
            }
        });
    }

    @Test
    void a_batch_behind_hundreds_that_wait_has_its_turn_and_so_have_all_again_afterwards() {
        olderOnesWait(450);
        firstNeeds(200);
        nextLook();
        nextLook();
        assertThat(tiles("waits").request().memoryMiB()).isEqualTo(600);
        nextLook();
        assertThat(tiles("waits").request().memoryMiB()).isLessThan(300);

        Batch changed = tiles("waits");
        bench.ledger.change(session -> session.batches().resizeQueued(changed.token(), 600, "as before"));
        nextLook();
        nextLook();
        nextLook();
        assertThat(tiles("waits").request().memoryMiB()).isLessThan(300);
    }

    @Test
    void when_more_need_a_change_than_are_changed_at_once_the_next_look_goes_on_behind_them() {
        for (int scene = 0; scene < 7; scene++) {
            bench.planned("s" + scene, Workbench.ONE_STEP, 1);
        }
        submit();
        submit();
        firstNeeds(200);
        nextLook();
        assertThat(bench.cluster.resized).hasSize(5);
        nextLook();
        assertThat(bench.cluster.resized).hasSize(8);
    }

    @Test
    void a_small_difference_changes_nothing() {
        firstNeeds(520);
        nextLook();

        assertThat(tiles("waits").request().memoryMiB()).isEqualTo(600);
        assertThat(bench.cluster.resized).isEmpty();
    }

    @Test
    void a_batch_is_changed_at_most_every_30_seconds_and_once_for_the_same_need() {
        firstNeeds(200);
        nextLook();
        submit();
        nextLook();
        nextLook();

        assertThat(bench.cluster.resized.get(tiles("waits").clusterId())).hasSize(1);
    }

    @Test
    void when_swath_ends_between_the_cluster_and_the_ledger_the_next_look_changes_both() {
        firstNeeds(200);
        nextLook();
        Batch changed = tiles("waits");
        bench.ledger.change(session -> session.batches().resizeQueued(changed.token(), 600, "as before"));
        submission = bench.submission(100_000);
        nextLook();

        assertThat(tiles("waits").request()).isEqualTo(changed.request());
        assertThat(bench.cluster.resized.get(changed.clusterId())).hasSize(2);
    }

    @Test
    void a_cluster_that_refuses_leaves_everything_as_it_is_and_is_asked_again_after_ten_minutes() {
        bench.cluster.resizeProblem = "Access/permission denied";
        firstNeeds(200);
        nextLook();
        assertThat(tiles("waits").request().memoryMiB()).isEqualTo(600);
        assertThat(bench.incidents.open()).isEmpty();
        bench.cluster.resizeProblem = null;
        nextLook();
        assertThat(bench.cluster.resized).isEmpty();

        bench.pass(Duration.ofMinutes(10));
        submit();

        assertThat(tiles("waits").request().memoryMiB()).isBetween(205, 240);
    }

    @Test
    void a_task_that_had_started_before_its_batch_was_resized_counts_with_the_memory_that_it_had() {
        Tres started = new Tres("billing=1,cpu=1,mem=600M,node=1", "billing=1,cpu=1,mem=600M,node=1");
        firstNeeds(200);
        nextLook();
        Batch batch = tiles("waits");

        TaskEnd.failure(Cause.OUT_OF_MEMORY, "").peak(590).requested(started).one(bench, batch, 0);

        List<Ended> ended = bench.ledger.read(session -> session.learnedSizes().ended(100));
        assertThat(ended)
                .filteredOn(run -> run.ref().token().equals(batch.token()))
                .singleElement()
                .satisfies(run -> assertThat(run.requestedMiB()).isEqualTo(600));
        assertThat(bench.run(batch, 0).facts().asked(batch.request()).memoryMiB())
                .isEqualTo(600);
    }
}
