package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.job.AssemblyFiles;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Recipe;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.submission.DeviceLanes.Lane;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * Sorts a scene's tiles into batches: one batch for each step and request size, split where the cluster's limit for
 * arrays is lower; a task makes one tile or several ({@link Packing}). All remaining steps of a tile are planned at once. Each task waits for its tile's task of the step
 * before.
 *
 * <p>Reads and writes nothing, so a dry run plans exactly what a submission sends. The object numbers its batches: use
 * it once, from one thread.
 */
final class BatchPlanner {
    /** Of so many batches, one may use the nodes that are bad for its step, to find out whether they are well again. */
    private static final int TRIED_AGAIN = 20;

    private final LearnedRequests requests;
    private final Capabilities cluster;
    private final List<String> failingNodes;
    private final Scene scene;
    private final Recipe recipe;
    private final Function<Recipe, Packing> packing;
    private final Lane whole;
    private final IntFunction<String> tokens;
    private final Instant createdAt;
    private int number;

    /**
     * @param failingNodes excluded from every request, but never all nodes of a partition
     * @param packing how many tiles a task makes
     * @param firstNumber the number of the first batch that is planned
     * @param tokens the token for a batch's number
     */
    BatchPlanner(
            LearnedRequests requests,
            Capabilities cluster,
            List<String> failingNodes,
            Scene scene,
            Recipe recipe,
            Function<Recipe, Packing> packing,
            int firstNumber,
            IntFunction<String> tokens,
            Instant createdAt) {
        this.requests = requests;
        this.cluster = cluster;
        this.failingNodes = failingNodes;
        this.scene = scene;
        this.recipe = recipe;
        this.packing = packing;
        this.whole = new Lane(recipe, List.of(), "");
        this.number = firstNumber;
        this.tokens = tokens;
        this.createdAt = createdAt;
    }

    /**
     * Tiles that share their arrays.
     *
     * @param all whether each asks for all that a job can have
     */
    private record Group(int step, TileProgress.History history, boolean alone, boolean all) {}

    /**
     * The batches of tiles.
     *
     * @param lane tiles that are to be submitted, each for its next step, and the devices of their steps
     * @throws SizingException when no partition can give what a step asks for
     */
    List<PlannedBatch> tiles(Lane lane) {
        Map<Group, List<TileProgress>> groups = new LinkedHashMap<>();
        Packing inTasks = packing.apply(lane.recipe());
        for (TileProgress tile : lane.tiles()) {
            boolean all = tile.asksForAll(recipe.retries());
            Group kind = new Group(tile.step(), asksAsFirst(tile), inTasks.alone(tile), all);
            groups.computeIfAbsent(kind, group -> new ArrayList<>()).add(tile);
        }
        List<PlannedBatch> batches = new ArrayList<>();
        groups.forEach((group, tiles) -> {
            int perTask = Math.min(tiles.size(), inTasks.tilesPerTask(tiles.get(0)));
            int most = (int) Math.min(Integer.MAX_VALUE, (long) cluster.maxArraySize() * perTask);
            for (int from = 0; from < tiles.size(); from += Math.min(most, tiles.size())) {
                int to = from + Math.min(most, tiles.size() - from);
                batches.addAll(stepsOf(lane, group, perTask, tiles.subList(from, to)));
            }
        });
        return batches;
    }

    /** What of a tile's history decides its request. */
    private static TileProgress.History asksAsFirst(TileProgress tile) {
        TileProgress.History history = tile.history();
        return new TileProgress.History(
                0,
                0,
                history.tooLittleMiB(),
                history.tooShort(),
                history.gpu(),
                history.excludedNodes().stream().sorted().toList());
    }

    /** One array per step, from the group's step on. Each array waits for the array of the step before. */
    private List<PlannedBatch> stepsOf(Lane lane, Group group, int perTask, List<TileProgress> waiting) {
        List<TileProgress> tiles = waiting.stream().map(TileProgress::submitted).toList();
        List<PlannedBatch> batches = new ArrayList<>();
        List<String> dependsOn = List.of();
        for (int index = group.step(); index < recipe.steps().size(); index++) {
            PlannedBatch planned = batch(lane, index, recipe.steps().get(index).name(), perTask, dependsOn, tiles);
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
        return batch(
                whole,
                Batch.PREPARATION,
                recipe.step(Batch.PREPARATION).name(),
                1,
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
        return batch(whole, Batch.ASSEMBLY, AssemblyFiles.STEP, 1, dependsOn, List.of(assembly.submitted()));
    }

    /**
     * The request without nodes, but not without all that have what it asks for, be they ready now or not.
     *
     * @param bad nodes that are bad for runs of this step only
     */
    private Request withoutNodes(Request request, Set<String> bad) {
        int nodes = cluster.partition(request.partition())
                .map(Capabilities.Partition::nodes)
                .orElse(Integer.MAX_VALUE);
        Request reduced = request;
        for (String node :
                Stream.concat(failingNodes.stream(), bad.stream().sorted()).toList()) {
            Request less = reduced.excludingNode(node);
            boolean othersHaveIt = requests.everFits(scene, less) || !requests.everFits(scene, reduced);
            if (less.excludedNodes().size() < nodes && othersHaveIt) {
                reduced = less;
            }
        }
        return reduced;
    }

    private PlannedBatch batch(
            Lane lane, int stepIndex, String step, int perTask, List<String> dependsOn, List<TileProgress> tiles) {
        LearnedRequests.Sized sized = requests.request(scene, lane.recipe(), stepIndex, tiles, perTask);
        String token = tokens.apply(number);
        // By the token and not by the number, which begins at 1 for each scene.
        boolean triesBadNodes = Math.floorMod(token.hashCode(), TRIED_AGAIN) == 0;
        Request request = withoutNodes(sized.request(), triesBadNodes ? Set.of() : sized.badNodes());
        Batch batch = new Batch(
                token,
                scene.id(),
                number,
                stepIndex,
                step,
                tiles.size(),
                perTask,
                request,
                dependsOn,
                BatchState.INTENT,
                "",
                0,
                createdAt,
                Instant.EPOCH,
                scene.version(),
                recipe.hash(),
                lane.whyOf(stepIndex, recipe) + sized.why());
        number++;
        return new PlannedBatch(batch, tiles);
    }
}
