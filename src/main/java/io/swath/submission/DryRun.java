package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.cluster.JobArray.DependencyType;
import io.swath.job.JobScript;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.Tile;
import io.swath.model.TileProgress;
import io.swath.model.Window;
import io.swath.storage.Storage;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans the jobs of a scene with the code that submits them, but writes and sends nothing. It assumes that the queue limit
 * allows all tasks and that no node fails. Stateless.
 */
public final class DryRun {
    private final Sizing sizing;
    private final JobScript scripts;
    private final Storage storage;

    public DryRun(Sizing sizing, JobScript scripts, Storage storage) {
        this.sizing = sizing;
        this.scripts = scripts;
        this.storage = storage;
    }

    /**
     * One job array as it would be sent.
     *
     * @param batch the tokens are {@code swath-plan-1}, {@code swath-plan-2} …; real tokens depend on the time of
     *     arrival
     * @param dependencyType how the job waits for the batches in {@code batch.dependsOn()}
     * @param script the text of job.sh
     */
    public record Job(Batch batch, DependencyType dependencyType, String script) {}

    /**
     * The jobs in the order in which they would be sent, the preparation first and the assembly last.
     *
     * @param ledger what was learned about the needs of each step
     * @param scene as planning leaves it: its plan has the size in pixels
     * @param tiles the tiles that are queued, without those that the header shows to be empty
     * @throws SizingException when no partition can give what a step asks for
     */
    public List<Job> jobs(Session ledger, Scene scene, Recipe recipe, List<Tile> tiles, Capabilities cluster) {
        LearnedRequests requests = new LearnedRequests(ledger, sizing, cluster);
        BatchPlanner planner = new BatchPlanner(
                requests,
                cluster,
                List.of(),
                scene,
                recipe,
                chosen -> new Packing(requests, cluster, scene, chosen, tiles.size(), sizing.tiles()),
                1,
                number -> "swath-plan-" + number,
                scene.arrival().acceptedAt());
        Window whole = new Window(0, 0, scene.plan().width(), scene.plan().height());
        List<PlannedBatch> planned = new ArrayList<>();
        if (recipe.prepare().isPresent() && !tiles.isEmpty()) {
            Tile preparation = new Tile(TileProgress.PREPARATION, whole, whole);
            planned.add(planner.preparation(TileProgress.notSubmitted(scene.id(), preparation)));
        }
        List<TileProgress> waiting = tiles.stream()
                .map(tile -> TileProgress.notSubmitted(scene.id(), tile))
                .toList();
        new DeviceLanes(ledger, sizing, cluster)
                .divideAll(scene, recipe, waiting)
                .forEach(lane -> planned.addAll(planner.tiles(lane)));
        List<String> lastStep = planned.stream()
                .map(PlannedBatch::batch)
                .filter(batch -> batch.stepIndex() == recipe.steps().size() - 1)
                .map(Batch::token)
                .toList();
        Tile assembly = new Tile(TileProgress.ASSEMBLY, whole, whole);
        planned.add(planner.assembly(TileProgress.notSubmitted(scene.id(), assembly), lastStep));
        return planned.stream().map(batch -> job(scene, recipe, batch.batch())).toList();
    }

    private Job job(Scene scene, Recipe recipe, Batch batch) {
        JobScript.Script script = JobScript.Script.of(storage, scene, batch, recipe);
        return new Job(batch, PlannedBatch.dependencyType(batch), scripts.render(scene, batch, script));
    }
}
