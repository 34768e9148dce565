package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.job.WorkLayout;
import io.swath.model.Batch;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.storage.Sha256;
import io.swath.submission.Submission;
import io.swath.testing.TaskRow;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("resources")
class PreparationTest extends TrackingBench {
    private Batch preparation() {
        bench.planned("a", Workbench.PREPARED, 2);
        bench.submitAll();
        return bench.batch("a", 1);
    }

    /** The preparation succeeds with this file, and is recorded. */
    private void prepares(Batch preparation, String content) {
        bench.cluster.rows.clear();
        bench.leavesOutput(preparation, 0, content);
        accountingReports(TaskRow.task(preparation, 0).is(Phase.COMPLETED));
        cycle();
    }

    private void notPrepared(Batch batch, int index) {
        bench.evidence(batch, index, "{\"outcome\": \"not-prepared\", \"exit\": 77, \"detail\": \"it was changed\"}");
        bench.cluster.rows.add(
                TaskRow.task(batch, index).is(Phase.FAILED).exit(77, 0).row());
    }

    private List<String> steps() {
        return bench.batches("a").stream().map(Batch::step).toList();
    }

    private TileState preparationState() {
        return bench.tile("a", TileProgress.PREPARATION).state();
    }

    private String script(Batch batch) throws IOException {
        return Files.readString(bench.storage.batch("a", batch.token()).resolve("job.sh"));
    }

    private Path preparedFile() {
        return WorkLayout.of(bench.storage, bench.scene("a")).prepared();
    }

    @Test
    void tiles_are_submitted_after_the_preparation_with_the_sha256_of_its_file() throws IOException {
        Batch preparation = preparation();
        assertThat(steps()).containsExactly("prepare");
        assertThat(preparation.size()).isEqualTo(1);
        assertThat(script(preparation)).contains("output_window='file'").contains("prepared=''");

        prepares(preparation, "weights");
        bench.submitAll();
        assertThat(steps()).containsExactly("prepare", "ndvi", "assemble");
        assertThat(bench.batch("a", 2).dependsOn()).isEmpty();
        assertThat(script(bench.batch("a", 2))).contains("prepared='" + Sha256.hex("weights") + "'");
        assertThat(script(bench.batch("a", 3))).contains("prepared=''");

        succeeds(bench.batch("a", 2), 0);
        succeeds(bench.batch("a", 2), 1);
        succeeds(bench.batch("a", 3), 0);
        cycle();
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ASSEMBLING);
    }

    @Test
    void nothing_is_submitted_twice_if_swath_ends_after_any_step() {
        bench.planned("a", Workbench.PREPARED, 2);
        Submission killed = bench.submission(100_000);
        killed.due(); // the intent is written, and nothing is sent
        Submission next = bench.submission(100_000);
        next.recover();
        next.due().forEach(next::send);
        Batch preparation = bench.batch("a", 1);
        assertThat(bench.cluster.submissions).hasSize(1);

        bench.leavesOutput(preparation, 0, "weights");
        accountingReports(TaskRow.task(preparation, 0).is(Phase.COMPLETED));
        restart(Duration.ZERO);
        cycle();
        restart(Duration.ZERO);
        cycle();
        for (int start = 0; start < 3; start++) {
            Submission again = bench.submission(100_000);
            again.recover();
            again.due().forEach(again::send);
        }
        assertThat(steps()).containsExactly("prepare", "ndvi", "assemble");
        assertThat(bench.cluster.submissions)
                .extracting(array -> array.token())
                .doesNotHaveDuplicates()
                .hasSize(3);
    }

    @Test
    void a_failed_preparation_is_retried_and_fails_the_scene_when_its_retries_are_used_up() {
        bench.planned("a", Workbench.PREPARED, 2);
        for (int attempt = 1; attempt <= 3; attempt++) {
            bench.submitAll();
            bench.cluster.rows.clear();
            accountingReports(
                    TaskRow.task(bench.batch("a", attempt), 0).is(Phase.FAILED).exit(9, 0));
            cycle();
        }
        assertThat(steps()).containsExactly("prepare", "prepare", "prepare");
        assertThat(preparationState()).isEqualTo(TileState.FAILED);
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.FAILED);
        assertThat(bench.scene("a").reason()).startsWith("the preparation failed: preparation EXIT (exit 9");
        bench.ledger.change(session -> session.tiles().retryFailed("a"));
        assertThat(preparationState()).isEqualTo(TileState.WAITING);
    }

    @Test
    void more_memory_and_time_are_asked_for_by_cause() {
        Batch preparation = preparation();
        accountingReports(TaskRow.task(preparation, 0).is(Phase.OUT_OF_MEMORY));
        cycle();
        bench.submitAll();
        assertThat(bench.batch("a", 2).request().memoryMiB())
                .isEqualTo(2 * preparation.request().memoryMiB());
    }

    @Test
    void a_file_that_is_not_what_the_evidence_says_is_not_prepared() throws IOException {
        Batch preparation = preparation();
        bench.leavesOutput(preparation, 0, "weights");
        Files.writeString(preparedFile(), "another");
        accountingReports(TaskRow.task(preparation, 0).is(Phase.COMPLETED));
        cycles(Duration.ofMinutes(3));
        Run run = bench.run(preparation, 0);
        assertThat(run.cause()).contains(Cause.BAD_OUTPUT);
        assertThat(bench.scene("a").plan().prepared()).isEmpty();
        assertThat(preparationState()).isEqualTo(TileState.WAITING);
    }

    @Test
    void the_evidence_of_a_success_without_a_file_is_not_enough() {
        Batch preparation = preparation();
        bench.evidence(preparation, 0, "{\"outcome\": \"empty\", \"exit\": 0}");
        accountingReports(TaskRow.task(preparation, 0).is(Phase.COMPLETED));
        cycles(Duration.ofMinutes(3));
        assertThat(bench.run(preparation, 0).cause()).contains(Cause.BAD_OUTPUT);
    }

    @Test
    void another_task_cannot_forge_what_the_preparation_made() throws IOException {
        Batch preparation = preparation();
        prepares(preparation, "weights");
        bench.leavesOutput(preparation, 0, "forged"); // the file and its evidence, which every job may write
        bench.submitAll();
        assertThat(script(bench.batch("a", 2))).contains("prepared='" + Sha256.hex("weights") + "'");
    }

    @Test
    void a_lost_file_is_made_again_after_the_open_tiles_and_tiles_that_are_done_stay() {
        prepares(preparation(), "weights");
        bench.submitAll();
        Batch tiles = bench.batch("a", 2);
        bench.cluster.rows.clear();
        notPrepared(tiles, 0);
        cycle();
        bench.submitAll();
        assertThat(preparationState()).isEqualTo(TileState.WAITING); // tile 1 is open
        assertThat(bench.run(tiles, 0).cause()).contains(Cause.LOST);

        succeeds(tiles, 1);
        cycle();
        bench.submitAll();
        assertThat(preparationState()).isEqualTo(TileState.OPEN);
        Batch again = bench.batches("a").get(bench.batches("a").size() - 1);
        assertThat(again.step()).isEqualTo("prepare");
        prepares(again, "weights");
        assertThat(bench.tile("a", 1).state()).isEqualTo(TileState.DONE);
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.WAITING);
    }

    @Test
    void all_tiles_are_made_again_if_a_repeated_preparation_has_another_result() throws IOException {
        prepares(preparation(), "weights");
        bench.submitAll();
        Batch tiles = bench.batch("a", 2);
        bench.cluster.rows.clear();
        notPrepared(tiles, 0);
        succeeds(tiles, 1);
        cycle();
        bench.submitAll();
        prepares(bench.batches("a").get(bench.batches("a").size() - 1), "others");
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.WAITING);
        assertThat(bench.tile("a", 1).state()).isEqualTo(TileState.WAITING);
        bench.submitAll();
        Batch last = bench.batches("a").stream()
                .filter(batch -> batch.step().equals("ndvi"))
                .reduce((first, second) -> second)
                .orElseThrow();
        assertThat(last.size()).isEqualTo(2);
        assertThat(script(last)).contains("prepared='" + Sha256.hex("others") + "'");
    }

    @Test
    void a_task_of_a_batch_before_the_last_preparation_does_not_repeat_it() {
        prepares(preparation(), "weights");
        bench.submitAll();
        Batch tiles = bench.batch("a", 2);
        assertThat(bench.ledger.<Boolean>write(session -> session.tiles().redoPreparation(tiles)))
                .isTrue();
        bench.ledger.change(session -> session.tiles()
                .update(List.of(bench.tile("a", TileProgress.PREPARATION).withState(TileState.DONE))));
        Batch later = new Batch(
                "later",
                "a",
                9,
                Batch.PREPARATION,
                "prepare",
                1,
                1,
                tiles.request(),
                List.of(),
                tiles.state(),
                "",
                0,
                tiles.createdAt(),
                tiles.submittedAt(),
                tiles.version(),
                "0123abcd",
                "");
        bench.ledger.change(session -> session.batches().add(later));
        assertThat(bench.ledger.<Boolean>write(session -> session.tiles().redoPreparation(tiles)))
                .isFalse();
    }

    @Test
    void a_scene_without_pixels_is_not_prepared() {
        bench.planned("a", Workbench.PREPARED, 0);
        bench.submitAll();
        assertThat(steps()).containsExactly("assemble");
    }
}
