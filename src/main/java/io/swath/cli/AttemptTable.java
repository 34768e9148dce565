package io.swath.cli;

import io.swath.model.Batch;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.TileProgress;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A scene's attempts at its tiles, for people: what each asked for, where it ran and how it ended. */
record AttemptTable(List<Batch> batches, List<Run> runs) {
    private static final int SHOWN = 20;

    /**
     * @param all tells of every attempt; else of the first of those that did not go smoothly
     * @return empty when there are none
     */
    String text(String sceneId, boolean all) {
        List<Run> told = runs.stream()
                .filter(run ->
                        all || run.state() == RunState.FAILED || run.facts().restarts() > 0)
                .toList();
        if (told.isEmpty()) {
            return "";
        }
        Map<String, Request> asked = batches.stream().collect(Collectors.toMap(Batch::token, Batch::request));
        Function<Run, String> asking = run -> text(asked.get(run.token()));
        Table table = new Table(
                "tile", "step", "attempt", "state", "cause", "task", "node", "slurm", "elapsed", "asked", "detail");
        told.stream()
                .limit(all ? told.size() : SHOWN)
                .forEach(run -> table.row(
                        run.tile() == TileProgress.ASSEMBLY ? TileProgress.label(run.tile()) : run.tile(),
                        run.step(),
                        run.attempt(),
                        run.state(),
                        run.cause().map(Enum::name).orElse("-"),
                        run.facts().jobId(),
                        run.facts().allocation().node(),
                        run.facts().clusterState(),
                        run.facts()
                                .timing()
                                .elapsedSeconds()
                                .map(seconds -> seconds + " s")
                                .orElse("-"),
                        asking.apply(run),
                        run.detail()));
        return all || told.size() <= SHOWN
                ? table + "\n"
                : table + "" + (told.size() - SHOWN) + " more: ./swath status " + sceneId + " --runs\n\n";
    }

    private static String text(Request request) {
        String gpu = request.shards() > 0 ? " " + request.shards() + " shards" : "";
        String gpus = request.gpus() > 0 ? " " + request.gpus() + " GPUs" : gpu;
        String without =
                request.excludedNodes().isEmpty() ? "" : " without " + String.join(",", request.excludedNodes());
        return request.memoryMiB() + "M " + request.time().toSeconds() + "s" + gpus + without;
    }
}
