package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.cluster.Capabilities;
import io.swath.cluster.ClusterException;
import io.swath.ledger.GpuUsage;
import io.swath.model.Placement;
import io.swath.model.Recipe;
import io.swath.model.Request;
import io.swath.submission.PlacementCheck;
import io.swath.submission.SizingException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks the cluster, and whether it can give what the recipes ask for. To be used once, from one thread. */
final class ClusterChecks {
    private final Pipeline pipeline;
    private final Findings findings;
    /** What trial jobs have shown: several steps may have the same problem. */
    private final Set<String> tried = new HashSet<>();

    ClusterChecks(Pipeline pipeline, Findings findings) {
        this.pipeline = pipeline;
        this.findings = findings;
    }

    void check() {
        Capabilities capabilities;
        try {
            capabilities = pipeline.access().capabilities();
        } catch (ClusterException e) {
            findings.bad("cluster", e.getMessage());
            return;
        }
        try {
            ClusterShape shape =
                    new ClusterShape(capabilities, pipeline.access().backlog());
            shape.lines().forEach(line -> findings.good("cluster", line));
            pipeline.access().notices().forEach(notice -> findings.good("cluster", notice));
            Set<String> used = new HashSet<>();
            gpuHours();
            pipeline.recipes().all().forEach(recipe -> used.addAll(recipe(recipe, capabilities)));
            pipeline.access().advice().forEach(advice -> findings.note("cluster", advice));
            shape.unused(used).forEach(unused -> findings.note("cluster", unused));
        } catch (ClusterException e) {
            findings.bad("cluster", e.getMessage());
        }
    }

    private void gpuHours() {
        List<GpuUsage.Total> totals =
                pipeline.ledger().read(session -> session.gpuUsage().totals());
        for (GpuHours.Line line : new GpuHours(totals).lines()) {
            if (line.advice()) {
                findings.note("gpu", line.text());
            } else {
                findings.good("gpu", line.text());
            }
        }
    }

    /**
     * Whether the cluster can give what a recipe asks for, and would let the jobs start now.
     *
     * @return the partitions that it uses
     */
    private Set<String> recipe(Recipe recipe, Capabilities capabilities) {
        try {
            Map<String, Request> requests = pipeline.sizing().firstRequests(recipe, capabilities);
            findings.good("recipe", recipe.name() + ": " + recipe.description());
            requests.forEach((step, request) -> obstacles(request, capabilities)
                    .forEach(obstacle -> findings.bad("recipe", recipe.name() + ", step " + step + ": " + obstacle)));
            requests.forEach((step, request) -> trialJob("recipe " + recipe.name() + ", step " + step, request));
            return requests.values().stream().map(Request::partition).collect(Collectors.toSet());
        } catch (SizingException e) {
            String problem = recipe.folder().resolve("recipe.yaml") + ": " + e.getMessage();
            if (e.clusterTooSmall()) {
                findings.note(
                        "recipe",
                        "this cluster is too small for " + recipe.name() + ", and its scenes would wait: " + problem);
            } else {
                findings.bad("recipe", problem);
            }
            return Set.of();
        }
    }

    private Set<String> obstacles(Request request, Capabilities capabilities) {
        Placement placement = pipeline.directives().placement(request, false);
        Set<String> obstacles =
                new LinkedHashSet<>(new PlacementCheck(pipeline.directives()).problems(request, false, capabilities));
        obstacles.addAll(pipeline.access().obstacles(request, placement));
        return obstacles;
    }

    /** Asks Slurm about a job as it would be sent by day, and by night where that has a QOS of its own. */
    private void trialJob(String step, Request request) {
        TrialJobs trial = new TrialJobs(pipeline.directives(), pipeline.access()::refusalOf);
        List<Boolean> times = pipeline.directives().nightQos().isEmpty() ? List.of(false) : List.of(false, true);
        for (boolean night : times) {
            trial.problem(request, night).filter(tried::add).ifPresent(what -> findings.bad("job", step + ": " + what));
        }
    }
}
