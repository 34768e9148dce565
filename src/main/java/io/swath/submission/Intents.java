package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes down what is to be submitted: one batch for each step and request size of a scene's waiting tiles, in arrays
 * that the cluster takes. The steps after a tile's next one are queued at once, each task behind its tile's task of the
 * step before; the assembly is queued behind all tiles.
 *
 * <p>Works within the caller's transaction; stateless.
 */
final class Intents {
    private final Sizing sizing;
    private final Capabilities cluster;
    private final List<String> failingNodes;
    private final Instant now;

    /**
     * @param failingNodes left out of every request, as far as the partition has others
     * @param now by the steady clock
     */
    Intents(Sizing sizing, Capabilities cluster, List<String> failingNodes, Instant now) {
        this.sizing = sizing;
        this.cluster = cluster;
        this.failingNodes = failingNodes;
        this.now = now;
    }

    private record Kind(int step, Request request) {}

    /**
     * @param room how many tasks may be queued
     * @return tasks that were written down
     */
    int write(Session ledger, Scene scene, Recipe recipe, int room) {
        int written = 0;
        int steps = recipe.steps().size();
        List<TileProgress> waiting = ledger.tiles().waiting(scene.id(), now, room > 0 ? Math.max(1, room / steps) : 0);
        Map<Kind, List<TileProgress>> kinds = new LinkedHashMap<>();
        for (TileProgress tile : waiting) {
            Step step = recipe.steps().get(tile.step());
            kinds.computeIfAbsent(
                            new Kind(tile.step(), spared(sizing.request(recipe, step, tile, cluster))),
                            kind -> new ArrayList<>())
                    .add(tile);
        }
        for (Map.Entry<Kind, List<TileProgress>> kind : kinds.entrySet()) {
            List<TileProgress> tiles = kind.getValue();
            for (int from = 0; from < tiles.size(); from += cluster.maxArraySize()) {
                List<TileProgress> array = tiles.subList(from, Math.min(tiles.size(), from + cluster.maxArraySize()));
                written += chain(ledger, scene, recipe, kind.getKey(), array);
            }
        }
        written += assembly(ledger, scene, recipe);
        if (written > 0) {
            ledger.scenes().move(scene.id(), Set.of(SceneState.PLANNED), SceneState.PROCESSING, "");
        }
        return written;
    }

    /** Without the sick nodes, but never without all nodes of the partition. */
    private Request spared(Request request) {
        int nodes = cluster.partition(request.partition())
                .map(Capabilities.Partition::nodes)
                .orElse(Integer.MAX_VALUE);
        Request spared = request;
        for (String node : failingNodes) {
            if (spared.excludedNodes().size() + 1 < nodes) {
                spared = spared.excludingNode(node);
            }
        }
        return spared;
    }

    private int chain(Session ledger, Scene scene, Recipe recipe, Kind kind, List<TileProgress> waiting) {
        List<TileProgress> tiles = waiting.stream().map(TileProgress::submitted).toList();
        List<String> before = List.of();
        for (int index = kind.step(); index < recipe.steps().size(); index++) {
            Step step = recipe.steps().get(index);
            Request request = index == kind.step()
                    ? kind.request()
                    : spared(sizing.request(
                            recipe,
                            step,
                            TileProgress.notSubmitted(scene.id(), tiles.get(0).tile()),
                            cluster));
            before = List.of(batch(ledger, scene, index, step.name(), request, before, tiles));
        }
        ledger.tiles().update(tiles);
        return tiles.size() * (recipe.steps().size() - kind.step());
    }

    /**
     * The first assembly is queued as soon as every tile is, so that it starts the moment they are through; when a
     * failed tile has ended it, the next one waits until all tiles are done, lest it be ended again and again.
     */
    private int assembly(Session ledger, Scene scene, Recipe recipe) {
        Optional<TileProgress> assembly = ledger.tiles()
                .assembly(scene.id())
                .filter(tile -> tile.state() == TileState.WAITING
                        && !ledger.tiles().isPaused(scene.id(), TileProgress.ASSEMBLY, now));
        Map<TileState, Integer> counts = ledger.tiles().counts(scene.id());
        boolean allQueued = !counts.containsKey(TileState.WAITING) && !counts.containsKey(TileState.FAILED);
        boolean allDone = allQueued && !counts.containsKey(TileState.OPEN);
        if (assembly.isEmpty() || !allQueued || (assembly.get().attempts() > 0 && !allDone)) {
            return 0;
        }
        TileProgress tile = assembly.get().submitted();
        long pixels = (long) scene.plan().width() * scene.plan().height();
        List<String> behind = allDone ? List.of() : openBatches(ledger, scene, recipe);
        batch(
                ledger,
                scene,
                Batch.ASSEMBLY,
                Submission.ASSEMBLE,
                spared(sizing.assembly(recipe, pixels, tile, cluster)),
                behind,
                List.of(tile));
        ledger.tiles().update(List.of(tile));
        return 1;
    }

    private static List<String> openBatches(Session ledger, Scene scene, Recipe recipe) {
        return ledger.batches().ofScene(scene.id()).stream()
                .filter(batch -> batch.stepIndex() == recipe.steps().size() - 1 && batch.state() != BatchState.DONE)
                .map(Batch::token)
                .toList();
    }

    private static String batch(
            Session ledger,
            Scene scene,
            int stepIndex,
            String step,
            Request request,
            List<String> dependsOn,
            List<TileProgress> tiles) {
        int number = ledger.batches().nextNumber(scene.id());
        String token = token(scene, number);
        ledger.batches()
                .add(new Batch(
                        token,
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
                        ledger.now(),
                        Instant.EPOCH,
                        scene.version()));
        List<Run> runs = new ArrayList<>(tiles.size());
        for (TileProgress tile : tiles) {
            runs.add(new Run(
                    token,
                    /* index= */ runs.size(),
                    scene.id(),
                    stepIndex,
                    step,
                    tile.tile().index(),
                    tile.attempts(),
                    RunState.INTENT,
                    Optional.empty(),
                    "",
                    Run.Facts.NONE));
        }
        ledger.runs().add(runs);
        return token;
    }

    /** A job name that is ours alone, also beside other ledgers: letters, digits and dashes. */
    static String token(Scene scene, int number) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((scene.id() + "@" + scene.arrival().acceptedAt().toEpochMilli())
                            .getBytes(StandardCharsets.UTF_8));
            return "swath-" + HexFormat.of().formatHex(digest, 0, 6) + "-" + number;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
