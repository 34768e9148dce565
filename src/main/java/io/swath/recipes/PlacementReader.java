package io.swath.recipes;

import io.swath.model.Placement;
import io.swath.model.Placement.Bind;
import io.swath.untrusted.StrictFields;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads what a step's {@code request} says of nodes, tasks and accounts. It checks the form alone: whether a cluster has what
 * is named is checked where jobs are sized. It throws as {@link StrictFields} does.
 */
final class PlacementReader {
    private static final String NAMES =
            "Write one name of letters, digits, dots, dashes and underscores, 64 at most, that does not begin with a dash.";

    private PlacementReader() {}

    /** @param gpus what the step has: 0 for none, less than 1 for a part of one, or a whole number */
    static Placement read(StrictFields request, double gpus) {
        int nodes = request.integer("nodes", 1, Placement.MOST_NODES).orElse(1);
        int tasks = request.integer("tasks", 1, Placement.MOST_TASKS).orElse(nodes);
        if (tasks % nodes != 0) {
            throw request.wrong(
                    "tasks-fill-the-nodes",
                    "tasks",
                    tasks + " tasks cannot be spread evenly over " + nodes + " nodes",
                    "Write a multiple of nodes.");
        }
        if (nodes > 1 && gpus > 0 && gpus < 1) {
            throw request.wrong(
                    "gpus-fit-the-nodes",
                    "nodes",
                    "a part of one GPU is on one node",
                    "Write gpus: 1, which is one GPU of each node, in place of gpu; or remove nodes.");
        }
        return new Placement(
                constraint(request),
                name(request, "reservation"),
                name(request, "account"),
                name(request, "qos"),
                request.flag("exclusive").orElse(false),
                gpuType(request, gpus),
                tasks,
                nodes,
                request.object("bind")
                        .map(bind -> bind(bind, tasks / nodes, gpus))
                        .orElse(Bind.USUAL));
    }

    private static String name(StrictFields request, String key) {
        return text(request, key, Placement.NAME, "name-has-a-form", NAMES);
    }

    private static String text(StrictFields request, String key, Pattern pattern, String rule, String remedy) {
        return request.text(key, pattern, rule, remedy).orElse("");
    }

    private static String constraint(StrictFields request) {
        String remedy = "Write names of features, joined by & or |, as in \"avx512&ssd\" or \"[rack1|rack2]\".";
        String constraint = text(request, "constraint", Placement.CONSTRAINT, "constraint-has-a-form", remedy);
        int depth = 0;
        for (int at = 0; at < constraint.length() && depth >= 0; at++) {
            depth += "([".indexOf(constraint.charAt(at)) >= 0 ? 1 : 0;
            depth -= ")]".indexOf(constraint.charAt(at)) >= 0 ? 1 : 0;
        }
        if (depth != 0) {
            throw request.wrong("constraint-has-a-form", "constraint", "its brackets do not match", remedy);
        }
        return constraint;
    }

    private static String gpuType(StrictFields request, double gpus) {
        String type = text(
                request,
                "gpu-type",
                Placement.GPU_TYPE,
                "gpu-type-has-a-form",
                "Write the type as sinfo -o %G shows it, such as a100; the number is in gpus.");
        if (!type.isEmpty() && gpus == 0) {
            throw request.wrong(
                    "gpus-fit-the-device",
                    "gpu-type",
                    "the step has no GPU",
                    "Give the step gpus: 1, or remove gpu-type.");
        }
        return type;
    }

    private static Bind bind(StrictFields bind, int tasksPerNode, double gpus) {
        String cpu = bind.word("cpu", Bind.CPU).orElse("");
        Optional<String> gpu = bind.word("gpu", Bind.GPU);
        bind.nothingElse();
        if (gpu.isPresent() && gpus == 0) {
            throw bind.wrong("gpus-fit-the-device", "gpu", "the step has no GPU", "Give it gpus: 1, or remove gpu.");
        }
        if (gpu.filter("map"::equals).isPresent() && gpus > tasksPerNode) {
            throw bind.wrong(
                    "gpus-fit-the-tasks",
                    "gpu",
                    "map gives each task one GPU, and " + (int) gpus + " GPUs of a node have " + tasksPerNode
                            + " tasks",
                    "Write as many tasks as there are GPUs, or gpu: closest.");
        }
        return new Bind(cpu, gpu.orElse(""));
    }
}
