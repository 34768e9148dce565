package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.job.AssemblyFiles;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Sorts a scene's tiles into batches: one batch for each step and request size, split where the cluster's limit for
 * arrays is lower. All remaining steps of a tile are planned at once. Each task waits for its tile's task of the step
 * before.
 *
 * <p>Reads and writes nothing, so a dry run plans exactly what a submission sends. The object numbers its batches: use
 * it once, from one thread.
 */
final class BatchPlanner {
    private final Sizing sizing;
    private final Capabilities cluster;
    private final List<String> failingNodes;
    private final Scene scene;
    private final Recipe recipe;
    private final IntFunction<String> tokens;
    private final Instant createdAt;
    private int number;

    /**
     * @param failingNodes excluded from every request, but never all nodes of a partition
     * @param firstNumber the number of the first batch that is planned
     * @param tokens the token for a batch's number
     */
    BatchPlanner(
            Sizing sizing,
            Capabilities cluster,
            List<String> failingNodes,
            Scene scene,
            Recipe recipe,
            int firstNumber,
            IntFunction<String> tokens,
            Instant createdAt) {
        this.sizing = sizing;
        this.cluster = cluster;
        this.failingNodes = failingNodes;
        this.scene = scene;
        this.recipe = recipe;
        this.number = firstNumber;
        this.tokens = tokens;
        this.createdAt = createdAt;
    }

    private record Group(int step, Request request) {}

    /**
     * The batches of tiles.
     *
     * @param waiting tiles that are to be submitted, each for its next step
     * @throws SizingException when no partition can give what a step asks for
     */
    List<PlannedBatch> tiles(List<TileProgress> waiting) {
        Map<Group, List<TileProgress>> groups = new LinkedHashMap<>();
        for (TileProgress tile : waiting) {
            Request request = request(recipe.steps().get(tile.step()), tile);
            groups.computeIfAbsent(new Group(tile.step(), request), group -> new ArrayList<>())
                    .add(tile);
        }
        List<PlannedBatch> batches = new ArrayList<>();
        groups.forEach((group, tiles) -> {
            for (int from = 0; from < tiles.size(); from += cluster.maxArraySize()) {
                int to = Math.min(tiles.size(), from + cluster.maxArraySize());
                batches.addAll(stepsOf(group, tiles.subList(from, to)));
            }
        });
        return batches;
    }

    /** One array per step, from the group's step on. Each array waits for the array of the step before. */
    private List<PlannedBatch> stepsOf(Group group, List<TileProgress> waiting) {
        List<TileProgress> tiles = waiting.stream().map(TileProgress::submitted).toList();
        List<PlannedBatch> batches = new ArrayList<>();
        List<String> dependsOn = List.of();
        for (int index = group.step(); index < recipe.steps().size(); index++) {
            Step step = recipe.steps().get(index);
            // A tile's history applies only to its next step.
            Request request = index == group.step()
                    ? group.request()
                    : request(
                            step,
                            TileProgress.notSubmitted(scene.id(), tiles.get(0).tile()));
            PlannedBatch planned = batch(index, step.name(), request, dependsOn, tiles);
            batches.add(planned);
            dependsOn = List.of(planned.batch().token());
        }
        return batches;
    }

    /**
     * The batch of the preparation.
     *
     * @param preparation its progress before the submission
     */
    PlannedBatch preparation(TileProgress preparation) {
        Step step = recipe.step(Batch.PREPARATION);
        return batch(
                Batch.PREPARATION,
                step.name(),
                request(step, preparation),
                List.of(),
                List.of(preparation.submitted()));
    }

    /**
     * The batch of the assembly.
     *
     * @param assembly its progress before the submission
     * @param dependsOn tokens of the batches whose tiles it needs
     */
    PlannedBatch assembly(TileProgress assembly, List<String> dependsOn) {
        long pixels = (long) scene.plan().width() * scene.plan().height();
        TileProgress submitted = assembly.submitted();
        Request request = withoutFailingNodes(sizing.assembly(recipe, pixels, submitted, cluster));
        return batch(Batch.ASSEMBLY, AssemblyFiles.STEP, request, dependsOn, List.of(submitted));
    }

    private Request request(Step step, TileProgress tile) {
        return withoutFailingNodes(sizing.request(recipe, step, tile, cluster));
    }

    private Request withoutFailingNodes(Request request) {
        int nodes = cluster.partition(request.partition())
                .map(Capabilities.Partition::nodes)
                .orElse(Integer.MAX_VALUE);
        Request reduced = request;
        for (String node : failingNodes) {
            if (reduced.excludedNodes().size() + 1 < nodes) {
                reduced = reduced.excludingNode(node);
            }
        }
        return reduced;
    }

    private PlannedBatch batch(
            int stepIndex, String step, Request request, List<String> dependsOn, List<TileProgress> tiles) {
        Batch batch = new Batch(
                tokens.apply(number),
                scene.id(),
                number,
                stepIndex,
                step,
                tiles.size(),
                request,
                dependsOn,
                BatchState.INTENT,
                "",
                0,
                createdAt,
                Instant.EPOCH,
                scene.version());
        number++;
        return new PlannedBatch(batch, tiles);
    }
}
