package io.swath.cli;

import io.swath.model.Batch;
import io.swath.model.Placement;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.TileProgress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The table of a scene's runs: what each run requested, where it ran and how it ended. */
record AttemptTable(List<Batch> batches, List<Run> runs) {
    private static final int SHOWN = 20;

    /**
     * @param all lists every run; otherwise the first {@value #SHOWN} that failed or that the cluster restarted
     * @return empty when there are no runs to list
     */
    String text(String sceneId, boolean all) {
        List<Run> listed = runs.stream()
                .filter(run ->
                        all || run.state() == RunState.FAILED || run.facts().restarts() > 0)
                .toList();
        if (listed.isEmpty()) {
            return "";
        }
        Map<String, Request> requests = batches.stream().collect(Collectors.toMap(Batch::token, Batch::request));
        Table table = new Table(
                "tile",
                "step",
                "attempt",
                "state",
                "cause",
                "task",
                "node",
                "cluster state",
                "elapsed",
                "request",
                "detail");
        listed.stream()
                .limit(all ? listed.size() : SHOWN)
                .forEach(run -> table.row(
                        run.tile() < 0 ? TileProgress.label(run.tile()) : run.tile(),
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
                        text(requests.get(run.token())),
                        run.detail()));
        return all || listed.size() <= SHOWN
                ? table + "\n" + (all ? reasons() : "")
                : table + "" + (listed.size() - SHOWN) + " more: ./swath status " + sceneId + " --runs\n\n";
    }

    /** Why each step's last batch in each partition requests so much. */
    private String reasons() {
        Map<List<String>, Batch> last = new LinkedHashMap<>();
        batches.forEach(batch -> last.put(List.of(batch.step(), batch.request().partition()), batch));
        last.values().removeIf(batch -> batch.why().isEmpty());
        StringBuilder lines = new StringBuilder();
        last.values()
                .forEach(batch -> lines.append("request of ")
                        .append(batch.step())
                        .append(": ")
                        .append(batch.why())
                        .append('\n'));
        return lines.isEmpty() ? "" : lines.append('\n').toString();
    }

    private static String text(Request request) {
        String gpus = request.gpu().any() ? " " + request.gpu().text() : "";
        String without =
                request.excludedNodes().isEmpty() ? "" : " without " + String.join(",", request.excludedNodes());
        return (request.memoryMiB() > 0 ? request.memoryMiB() + "M " : "")
                + request.time().toSeconds() + "s" + gpus + without
                + (request.placement().equals(Placement.NONE)
                        ? ""
                        : " " + request.placement().text());
    }
}
