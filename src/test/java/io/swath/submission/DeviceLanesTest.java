package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Capabilities;
import io.swath.job.WorkLayout;
import io.swath.ledger.LearnedSizes.RunClass;
import io.swath.ledger.LearnedSizes.Taught;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Cause;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.submission.sizing.Learned;
import io.swath.submission.sizing.Observation;
import io.swath.submission.sizing.Observation.Ending;
import io.swath.submission.sizing.Quantity;
import io.swath.testing.FakeCluster;
import io.swath.testing.TaskEnd;
import io.swath.testing.WithWorkbench;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A step that runs on CPUs or on a quarter of a GPU. The cluster has 78 places on CPUs, and 16 of a quarter of a GPU. */
@Tag("resources")
class DeviceLanesTest extends WithWorkbench {
    private static final String ANY = """
            accepts: { bands: [red, nir] }
            tile: { size: 64 }
            steps:
              - { name: ndvi, run: step.sh, device: any, gpu: 0.25, request: { cpus: 1, memory: 600M, time: 2m } }
            retries: 2
            """;

    private void taught(String recipeHash, boolean gpu, double seconds) {
        Learned learned = Learned.of(Quantity.TIME, 600);
        for (int tile = 0; tile < 10; tile++) {
            learned.learn(new Observation(0.008, seconds, 1e6, Ending.FINISHED, "z/" + tile, "z", "node1"));
        }
        RunClass key = new RunClass("ndvi", "ndvi", gpu ? "gpu" : "cpu", gpu);
        bench.ledger.change(session -> session.learnedSizes()
                .save(new Taught(key, "TIME", recipeHash, learned.runs(), 0.008, learned.text(), 0)));
    }

    /** The hash of the recipe, which a scene that has run before had. */
    private String recipeHash() {
        bench.planned("first", ANY, 1);
        bench.submitAll();
        String hash = bench.batch("first", 1).recipeHash();
        bench.ledger.change(session -> session.scenes().hold("first", true)); // so its task is in front of no other
        return hash;
    }

    /**
     * How many seconds a tile takes on CPUs, and on a GPU.
     *
     * @return the hash of the recipe
     */
    private String bothKnown(double cpus, double gpu) {
        String hash = recipeHash();
        taught(hash, false, cpus);
        taught(hash, true, gpu);
        return hash;
    }

    private List<Batch> tiles(String scene) {
        return bench.batches(scene).stream().filter(batch -> !batch.assembly()).toList();
    }

    private int on(String scene, String partition) {
        return tiles(scene).stream()
                .filter(batch -> batch.request().partition().equals(partition))
                .mapToInt(Batch::size)
                .sum();
    }

    private long waiting(String scene) {
        return bench.ledger.read(session -> session.tiles().ofScene(scene)).stream()
                .filter(tile -> tile.state() == TileState.WAITING && tile.tile().index() >= 0)
                .count();
    }

    @Test
    void of_a_new_recipe_two_tiles_are_tried_on_each_device_and_the_others_wait() {
        bench.planned("a", ANY, 20);
        bench.submitAll();
        bench.submitAll();

        assertThat(on("a", "cpu")).isEqualTo(2);
        assertThat(on("a", "gpu")).isEqualTo(2);
        assertThat(waiting("a")).isEqualTo(16);
        assertThat(tiles("a").get(0).why())
                .startsWith(
                        "device cpu: tried, no run has shown how long a tile takes on CPUs, no run has shown how long a"
                                + " tile takes on a GPU; 600 MiB: the recipe's guess");
    }

    @Test
    void while_a_device_is_tried_no_more_tiles_go_to_the_other_than_can_run_at_once() {
        String hash = recipeHash();
        taught(hash, true, 12);
        bench.planned("a", ANY, 90);
        bench.submitAll();
        bench.submitAll();
        assertThat(on("first", "cpu") + on("a", "cpu")).isEqualTo(2);
        assertThat(on("a", "gpu")).isEqualTo(16);
    }

    @Test
    void a_scene_is_split_over_both_devices_and_each_batch_says_both_estimates() throws IOException {
        bothKnown(40, 12);
        bench.planned("a", ANY, 90);
        bench.submitAll();

        assertThat(on("a", "gpu"))
                .as("no more than can start, before it is seen that they do")
                .isEqualTo(16);
        assertThat(on("a", "cpu")).isBetween(30, 45);
        assertThat(waiting("a")).as("they would end first on a GPU").isEqualTo(74L - on("a", "cpu"));
        assertThat(tiles("a"))
                .extracting(batch -> batch.request().gpus() + batch.request().shards())
                .containsExactly(0, 1);
        assertThat(tiles("a").get(0).why())
                .startsWith("device cpu: a tile ends in 40 s on CPUs, a tile ends in ")
                .contains(" s on a GPU; ");
        assertThat(tiles("a").get(1).why())
                .startsWith("device gpu: a tile ends in 12 s on a GPU, a tile ends in 40 s on CPUs; ");
        assertThat(script(tiles("a").get(0))).contains("device='cpu'").contains("# Requested: device cpu");
        assertThat(script(tiles("a").get(1))).contains("device='gpu'").contains("# Requested: device gpu");
    }

    @Test
    void the_assembly_waits_for_the_tiles_on_both_devices() {
        bothKnown(12, 11.9);
        bench.planned("a", ANY, 20);
        bench.submitAll();
        List<Batch> batches = bench.batches("a");
        assertThat(on("a", "cpu")).isPositive();
        assertThat(on("a", "gpu")).isPositive();
        assertThat(batches.get(2).assembly()).isTrue();
        assertThat(batches.get(2).dependsOn())
                .containsExactlyElementsOf(tiles("a").stream().map(Batch::token).toList());
    }

    private String script(Batch batch) throws IOException {
        return Files.readString(
                bench.storage.batch(batch.sceneId(), batch.token()).resolve("job.sh"));
    }

    @Test
    void tiles_go_where_no_others_are_in_front_of_them() {
        bothKnown(40, 39.9);
        bench.planned("a", ANY, 16);
        bench.submitAll();
        assertThat(on("a", "gpu")).isEqualTo(16);
        bench.planned("b", ANY, 16);
        bench.submitAll();
        assertThat(on("b", "cpu")).isEqualTo(16);
    }

    @Test
    void tiles_do_not_go_where_the_cluster_expects_to_start_them_late() {
        bothKnown(40, 12);
        bench.planned("a", ANY, 2);
        bench.submitAll();
        assertThat(on("a", "gpu")).isEqualTo(2);
        Optional<Instant> late = Optional.of(bench.clock.instant().plus(Duration.ofHours(1)));
        bench.ledger.change(
                session -> session.runs().setPendingReason(tiles("a").get(0).token(), List.of(), "Resources", late));
        bench.planned("b", ANY, 10);
        bench.submitAll();
        assertThat(on("b", "cpu")).isEqualTo(10);
        assertThat(tiles("b").get(0).why()).contains("a tile ends in 3612 s on a GPU");
    }

    @Test
    void tiles_do_not_wait_for_a_device_that_starts_nothing_and_says_nothing() {
        bothKnown(40, 12);
        bench.planned("a", ANY, 2);
        bench.submitAll();
        assertThat(on("a", "gpu")).isEqualTo(2);
        bench.pass(Duration.ofHours(1));
        bench.planned("b", ANY, 10);
        bench.submitAll();
        assertThat(on("b", "cpu")).isEqualTo(10);
        assertThat(waiting("b")).isZero();
    }

    @Test
    void what_waits_in_swath_is_moved_once_when_another_device_has_become_much_faster() {
        String hash = bothKnown(400, 12);
        bench.planned("a", ANY, 4);
        Submission submission = bench.submission(100_000);
        submission.due();
        assertThat(on("a", "gpu")).isEqualTo(4);

        taught(hash, true, 900);
        bench.submitAll();
        bench.submitAll();
        assertThat(on("a", "cpu")).isEqualTo(4);
        assertThat(tiles("a")).extracting(Batch::state).containsOnly(BatchState.SUBMITTED);
        assertThat(bench.cluster.submissions)
                .as("no tile is sent twice")
                .filteredOn(array -> array.token().equals(tiles("a").get(0).token()))
                .hasSize(1);
    }

    @Test
    void a_tile_that_was_moved_stays_where_it_is() {
        String hash = bothKnown(400, 12);
        bench.planned("a", ANY, 4);
        bench.submission(100_000).due();
        bench.ledger.change(session -> session.deviceLoads().markMoved("a", Set.of(0, 1, 2, 3)));
        taught(hash, true, 900);
        bench.submitAll();
        assertThat(on("a", "gpu")).isEqualTo(4);
    }

    @Test
    void a_tile_for_which_the_memory_of_a_gpu_was_too_little_runs_on_cpus() {
        bothKnown(400, 12);
        bench.planned("a", ANY, 4);
        TileProgress failed = bench.tile("a", 1).retry(true).withGpu(0.5);
        bench.ledger.change(session -> session.tiles().update(List.of(failed)));
        bench.submitAll();
        assertThat(on("a", "cpu")).isEqualTo(1);
        assertThat(on("a", "gpu")).isEqualTo(3);
        assertThat(tiles("a").get(0).why())
                .startsWith("device cpu: for a last attempt, or after the memory of a GPU was too little; ");
    }

    @Test
    void a_cluster_without_a_gpu_runs_everything_on_cpus() {
        bench.cluster.capabilities = new Capabilities("slurm 24.11.5", 1_001, List.of(FakeCluster.CPU));
        String hash = recipeHash();
        taught(hash, false, 40);
        bench.planned("a", ANY, 20);
        bench.submitAll();
        assertThat(on("a", "cpu")).isEqualTo(20);
        assertThat(tiles("a").get(0).why()).startsWith("device cpu: the only one that the cluster has for this step; ");
    }

    private static final Capabilities NO_GPU_NOW = new Capabilities(
            "slurm 24.11.5",
            1_001,
            List.of(FakeCluster.CPU, new Capabilities.Partition("gpu", false, 0, 16, 64_000, 2, 4, Optional.empty())));

    @Test
    void tiles_go_to_cpus_while_no_task_can_start_on_a_gpu() {
        bothKnown(400, 12);
        bench.cluster.capabilities = NO_GPU_NOW;
        bench.planned("a", ANY, 4);
        bench.submitAll();
        assertThat(on("a", "cpu")).isEqualTo(4);
    }

    @Test
    void what_waits_in_swath_for_a_gpu_is_moved_when_no_task_can_start_there_any_more() {
        bothKnown(400, 12);
        bench.planned("a", ANY, 4);
        bench.submission(100_000).due();
        assertThat(on("a", "gpu")).isEqualTo(4);
        bench.cluster.capabilities = NO_GPU_NOW;
        bench.submitAll();
        bench.submitAll();
        assertThat(on("a", "cpu")).isEqualTo(4);
        assertThat(on("a", "gpu")).isZero();
    }

    @Test
    void the_last_attempt_at_a_tile_runs_on_cpus() {
        bothKnown(400, 12);
        bench.planned("a", ANY, 4);
        TileProgress failed = bench.tile("a", 1).retry(true);
        bench.ledger.change(session -> session.tiles().update(List.of(failed)));
        bench.submitAll();
        assertThat(on("a", "gpu")).as("the second of three attempts").isEqualTo(4);

        bench.planned("b", ANY, 4);
        TileProgress again = bench.tile("b", 1).retry(true).retry(true);
        bench.ledger.change(session -> session.tiles().update(List.of(again)));
        bench.submitAll();
        assertThat(on("b", "cpu")).isEqualTo(1);
    }

    /** The first tiles of a scene, of which an attempt has failed. */
    private void failOnce(String scene, int tiles) {
        bench.ledger.change(session -> session.tiles()
                .update(IntStream.range(0, tiles)
                        .mapToObj(index -> bench.tile(scene, index).retry(true))
                        .toList()));
    }

    private List<Integer> tilesOn(String scene, String partition) {
        return tiles(scene).stream()
                .filter(batch -> batch.request().partition().equals(partition))
                .flatMap(batch -> bench.ledger.read(session -> session.runs().open(batch.token())).stream())
                .map(run -> run.tile())
                .toList();
    }

    @Test
    void a_tile_that_has_failed_is_not_tried_on_a_device_that_is_not_known() {
        String hash = recipeHash();
        taught(hash, false, 40);
        bench.planned("a", ANY, 6);
        failOnce("a", 3);
        bench.submitAll();

        assertThat(tilesOn("a", "gpu")).containsExactly(3, 4);
        assertThat(tilesOn("a", "cpu")).containsExactlyInAnyOrder(0, 1, 2, 5);
    }

    @Test
    void where_all_tiles_have_failed_none_is_tried_as_long_as_a_device_is_known() {
        String hash = recipeHash();
        taught(hash, false, 40);
        bench.planned("a", ANY, 2);
        failOnce("a", 2);
        bench.submitAll();

        assertThat(tilesOn("a", "gpu")).isEmpty();
        assertThat(tilesOn("a", "cpu")).containsExactly(0, 1);
    }

    @Test
    void tiles_that_have_failed_are_tried_where_no_device_is_known_and_no_other_tile_waits() {
        bench.planned("a", ANY, 2);
        failOnce("a", 1);
        bench.submitAll();
        assertThat(tilesOn("a", "cpu")).containsExactly(1);
        assertThat(waiting("a")).isOne();

        failOnce("a", 2);
        tiles("a").forEach(batch -> TaskEnd.failure(Cause.EXIT, "").all(bench, batch));
        bench.submitAll();
        assertThat(waiting("a")).isZero();
    }

    @Test
    void a_last_attempt_runs_on_the_gpu_while_nobody_knows_the_cpus() {
        String hash = recipeHash();
        taught(hash, true, 12);
        bench.planned("a", ANY, 4);
        bench.ledger.change(session ->
                session.tiles().update(List.of(bench.tile("a", 0).retry(true).retry(true))));
        bench.submitAll();

        assertThat(tilesOn("a", "gpu")).contains(0);
        assertThat(tilesOn("a", "cpu")).doesNotContain(0);
    }

    @Test
    void a_dry_run_shows_all_tiles() {
        String hash = recipeHash();
        bench.planned("a", ANY, 90);
        assertThat(planned("a")).singleElement().satisfies(lane -> {
            assertThat(lane.tiles()).hasSize(90);
            assertThat(lane.why()).startsWith("device any: 2 tiles are tried on each device");
        });
        taught(hash, false, 40);
        taught(hash, true, 12);
        assertThat(planned("a")).hasSize(2);
        assertThat(planned("a").stream().mapToInt(lane -> lane.tiles().size()).sum())
                .isEqualTo(90);
    }

    private List<DeviceLanes.Lane> planned(String id) {
        Scene scene = bench.scene(id);
        Recipe recipe =
                bench.plannedRecipes.find(WorkLayout.of(bench.storage, scene).recipes(), scene.recipe());
        return bench.ledger.read(session -> new DeviceLanes(
                        session, new Sizing("", "", false, 0.02, 2, 2), bench.cluster.capabilities)
                .divideAll(scene, recipe, session.tiles().waiting(id, bench.clock.instant(), 1_000)));
    }
}
