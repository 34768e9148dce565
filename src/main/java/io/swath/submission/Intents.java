package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Recipe;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.storage.Sha256;
import io.swath.submission.DeviceLanes.Lane;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Writes the batches that are to be submitted into the ledger, each with its runs, before any batch is sent.
 *
 * <p>Works within the caller's transaction; stateless.
 */
final class Intents {
    private final Sizing sizing;
    private final Capabilities cluster;
    private final List<String> failingNodes;
    private final Instant now;

    /**
     * @param failingNodes excluded from every request, but never all nodes of a partition
     * @param now the time of the steady clock
     */
    Intents(Sizing sizing, Capabilities cluster, List<String> failingNodes, Instant now) {
        this.sizing = sizing;
        this.cluster = cluster;
        this.failingNodes = failingNodes;
        this.now = now;
    }

    /**
     * Writes the preparation as a batch; once it is done, the scene's waiting tiles; and the assembly as soon as it may be
     * queued.
     *
     * @param space how many more tasks may be queued; every step of a tile is a task
     * @return the number of tasks that were written
     * @throws SizingException when no partition can give what a step asks for
     */
    int write(Session ledger, Scene scene, Recipe recipe, QueueSpace space) {
        Optional<TileProgress> preparation =
                ledger.tiles().preparation(scene.id()).filter(tile -> tile.state() != TileState.DONE);
        LearnedRequests requests = new LearnedRequests(ledger, sizing, cluster);
        int waiting = Packing.allowed(recipe, sizing.tiles())
                ? ledger.tiles().counts(scene.id()).getOrDefault(TileState.WAITING, 0)
                : 0; // nobody needs to know
        Function<Recipe, Packing> packing =
                chosen -> new Packing(requests, cluster, scene, chosen, waiting, sizing.tiles());
        List<Lane> lanes = preparation.isPresent() ? List.of() : lanes(ledger, requests, scene, recipe, packing, space);
        BatchPlanner planner = new BatchPlanner(
                requests,
                cluster,
                failingNodes,
                scene,
                recipe,
                packing,
                ledger.batches().nextNumber(scene.id()),
                number -> token(scene, number),
                ledger.now());
        List<PlannedBatch> planned = new ArrayList<>();
        lanes.forEach(lane -> planned.addAll(planner.tiles(lane)));
        preparation
                .filter(tile -> mayBeSubmitted(ledger, tile) && space.free(scene) > 0)
                .ifPresent(tile -> planned.add(planner.preparation(tile)));
        planned.forEach(batch -> save(ledger, batch));
        int written = planned.stream().mapToInt(batch -> batch.batch().tasks()).sum();

        // The assembly needs to see in the ledger that no tile is waiting any more.
        Optional<PlannedBatch> assembly = assembly(ledger, planner, scene, recipe);
        assembly.ifPresent(batch -> save(ledger, batch));
        written += assembly.isPresent() ? 1 : 0;
        Stream.concat(planned.stream(), assembly.stream())
                .map(PlannedBatch::batch)
                .forEach(batch -> space.take(scene, batch));

        if (written > 0) {
            ledger.scenes().move(scene.id(), Set.of(SceneState.PLANNED), SceneState.PROCESSING, "");
        }
        return written;
    }

    /**
     * Whether the preparation waits, and tiles wait for it. A preparation that is made again may have another result, so
     * no tile may be open then: see {@link io.swath.ledger.Tiles#resetToFirstStep}.
     */
    private boolean mayBeSubmitted(Session ledger, TileProgress preparation) {
        if (preparation.state() != TileState.WAITING
                || ledger.tiles().isPaused(preparation.sceneId(), TileProgress.PREPARATION, now)
                || ledger.unsentBatches().isRefused(preparation.sceneId())) {
            return false;
        }
        Map<TileState, Integer> counts = ledger.tiles().counts(preparation.sceneId());
        return counts.containsKey(TileState.WAITING) && !counts.containsKey(TileState.OPEN);
    }

    /** The waiting tiles for which there is space, and on which devices they run. */
    private List<Lane> lanes(
            Session ledger,
            LearnedRequests requests,
            Scene scene,
            Recipe recipe,
            Function<Recipe, Packing> packing,
            QueueSpace space) {
        int steps = recipe.steps().size();
        List<TileProgress> waiting = ledger.tiles().waiting(scene.id(), now, tilesIn(space.free(scene), steps));
        if (waiting.isEmpty() || ledger.unsentBatches().isRefused(scene.id())) {
            return List.of(); // another batch of the scene would be refused like the one that waits
        }
        List<Integer> first =
                waiting.stream().map(TileProgress::step).distinct().toList();
        DeviceLanes devices = new DeviceLanes(ledger, sizing, cluster);
        int perTask = !Packing.allowed(recipe, sizing.tiles())
                ? 1
                : devices.choices(recipe, waiting).stream()
                        .mapToInt(chosen -> packing.apply(chosen).most(waiting))
                        .max()
                        .orElse(1);
        List<TileProgress> all =
                perTask > 1 ? ledger.tiles().waiting(scene.id(), now, waiting.size() * perTask) : waiting;
        return devices.divide(scene, recipe, all, chosen -> {
            int tasks = Math.min(
                    waiting.size(), // one for each task for which the scene has space
                    first.stream()
                            .mapToInt(step ->
                                    tilesFrom(step, requests, scene, recipe, chosen, waiting.subList(0, 1), space))
                            .min()
                            .orElse(0));
            return packing.apply(chosen).in(tasks, all).size();
        });
    }

    /** How many tiles fit into this number of tasks: at least one tile, if one task fits. */
    private static int tilesIn(int tasks, int steps) {
        return tasks > 0 ? Math.max(1, tasks / steps) : 0;
    }

    /**
     * For how many tiles there is space in all their steps, from the given step on.
     *
     * @param recipe as its author wrote it
     * @param chosen the recipe with a device for each step
     */
    private int tilesFrom(
            int first,
            LearnedRequests requests,
            Scene scene,
            Recipe recipe,
            Recipe chosen,
            List<TileProgress> example,
            QueueSpace space) {
        Map<String, Integer> steps = new HashMap<>();
        Map<String, Integer> free = new HashMap<>();
        int index = first;
        for (Recipe.Step step : recipe.steps().subList(first, recipe.steps().size())) {
            LearnedRequests.Sized sized = requests.request(scene, chosen, index++, example);
            String partition = sized.request().partition();
            boolean tried = step.onAnyDevice() && sized.runs() == 0;
            int slots = Math.min(cluster.slots(sized.request()), tried ? DeviceChoice.TRIED : Integer.MAX_VALUE);
            steps.merge(partition, 1, Integer::sum);
            free.merge(
                    partition,
                    Math.min(space.free(LimitScope.of(scene, partition)), space.free(scene, step.name(), sized, slots)),
                    Math::min);
        }
        return steps.entrySet().stream()
                .mapToInt(partition -> tilesIn(free.get(partition.getKey()), partition.getValue()))
                .min()
                .orElse(0);
    }

    /**
     * The first assembly is queued as soon as all tiles are queued, so that it can start when the last tile succeeds.
     * If a failed tile has cancelled an assembly, the next assembly waits until all tiles are done. Otherwise every
     * further failure would cancel it again.
     */
    private Optional<PlannedBatch> assembly(Session ledger, BatchPlanner planner, Scene scene, Recipe recipe) {
        Optional<TileProgress> assembly = ledger.tiles()
                .assembly(scene.id())
                .filter(tile -> tile.state() == TileState.WAITING
                        && !ledger.tiles().isPaused(scene.id(), TileProgress.ASSEMBLY, now));
        if (assembly.isEmpty()) {
            return Optional.empty(); // the tiles are counted only for an assembly that waits
        }
        Map<TileState, Integer> counts = ledger.tiles().counts(scene.id());
        if (counts.containsKey(TileState.WAITING) || counts.containsKey(TileState.FAILED)) {
            return Optional.empty();
        }
        int open = counts.getOrDefault(TileState.OPEN, 0);
        if (open == 0) {
            return assembly.map(tile -> planner.assembly(tile, List.of()));
        }
        int lastStep = recipe.steps().size() - 1;
        return assembly.filter(tile -> tile.attempts() == 0)
                // otherwise the last step of a tile waits for space
                .filter(tile -> ledger.unsentBatches().tilesQueued(scene.id(), lastStep) == open)
                .map(tile -> planner.assembly(tile, openBatches(ledger, scene, recipe)));
    }

    /** The batches of the last step that have not ended: the assembly waits for them. */
    private static List<String> openBatches(Session ledger, Scene scene, Recipe recipe) {
        return ledger.batches().ofScene(scene.id()).stream()
                .filter(batch -> batch.stepIndex() == recipe.steps().size() - 1 && batch.state() != BatchState.DONE)
                .map(Batch::token)
                .toList();
    }

    private static void save(Session ledger, PlannedBatch planned) {
        Batch batch = planned.batch();
        ledger.batches().add(batch);
        List<Run> runs = new ArrayList<>(batch.size());
        for (TileProgress tile : planned.tiles()) {
            runs.add(new Run(
                    batch.token(),
                    /* index= */ runs.size(),
                    batch.sceneId(),
                    batch.stepIndex(),
                    batch.step(),
                    tile.tile().index(),
                    tile.attempts(),
                    RunState.INTENT,
                    Optional.empty(),
                    "",
                    Run.Facts.NONE));
        }
        ledger.runs().add(runs);
        if (batch.assembly() || batch.dependsOn().isEmpty()) { // batches of later steps have the same tiles
            ledger.tiles().update(planned.tiles());
        }
    }

    /**
     * A batch's token, which is the job's name: letters, digits and dashes. It contains the time of acceptance, because
     * another ledger may have a scene with the same id.
     */
    static String token(Scene scene, int number) {
        String digest =
                Sha256.hex(scene.id() + "@" + scene.arrival().acceptedAt().toEpochMilli());
        return "swath-" + digest.substring(0, 12) + "-" + number;
    }
}
