package io.swath.recipes;

import io.swath.model.Device;
import io.swath.model.Recipe.Step;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads one step of a recipe, and checks that its script can be run. Immutable. */
final class StepReader {
    private static final int MEMORY_MIB = 1024;
    private static final Duration TIME = Duration.ofMinutes(10);
    private static final Pattern SCRIPT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*");

    private final Path folder;

    StepReader(Path folder) {
        this.folder = folder;
    }

    Step read(Fields fields) {
        for (String later : List.of("tasks", "nodes")) {
            if (fields.has(later)) {
                throw fields.wrong(
                        later,
                        "steps of several tasks or nodes are not supported yet",
                        "Remove the field; use cpus for threads and gpus for several GPUs of one node.");
            }
        }
        String name = fields.requiredText("name", "Name the step, as in name: ndvi.");
        if (!RecipeBook.NAME.matcher(name).matches()) {
            throw fields.wrong(
                    "name",
                    "a step's name has 1 to 32 of the characters a-z, 0-9 and -, and does not begin with -",
                    "Rename the step.");
        }
        if (name.equals("assemble")) {
            throw fields.wrong("name", "the step that puts the tiles together has this name", "Rename the step.");
        }
        String run = fields.requiredText("run", "Name the script to run, a file in the recipe's folder.");
        checkScript(fields, run);
        boolean wantsGpu = fields.has("gpu") || fields.has("gpus");
        Device device = Device.valueOf(fields.word("device", wantsGpu ? "GPU" : "CPU", List.of("CPU", "GPU", "ANY")));
        double gpu = gpu(fields, device);
        Optional<Fields> request = fields.mapping("request");
        int cpus = request.map(asked -> asked.integer("cpus", 1, 1, 1024)).orElse(1);
        int memoryMiB =
                request.map(asked -> asked.memoryMiB("memory", MEMORY_MIB)).orElse(MEMORY_MIB);
        Duration time = request.map(asked -> asked.time("time", TIME)).orElse(TIME);
        request.ifPresent(Fields::nothingElse);
        fields.nothingElse();
        return new Step(name, run, device, cpus, memoryMiB, time, gpu);
    }

    private void checkScript(Fields fields, String run) {
        if (!SCRIPT.matcher(run).matches()) {
            throw fields.wrong(
                    "run",
                    "\"" + run + "\" is not the name of a file in the recipe's folder",
                    "Name one script, without arguments, of letters, digits, dots, dashes and underscores.");
        }
        Path script = folder.resolve(run);
        if (!Files.isRegularFile(script)) {
            throw fields.wrong("run", "there is no file " + script, "Create it, or correct the name.");
        }
        if (!Files.isExecutable(script)) {
            throw fields.wrong("run", script + " is not executable", "Run chmod +x on it, and begin it with #!.");
        }
    }

    private static double gpu(Fields fields, Device device) {
        boolean part = fields.has("gpu");
        boolean several = fields.has("gpus");
        if (part && several) {
            throw fields.wrong("gpus", "a step asks for a part of a GPU or for whole ones", "Remove gpu or gpus.");
        }
        if (device == Device.CPU) {
            if (part || several) {
                throw fields.wrong("device", "a step on CPUs has no GPU", "Write device: gpu, or remove gpu and gpus.");
            }
            return 0;
        }
        if (part) {
            double gpu = fields.number("gpu");
            if (!(gpu > 0 && gpu <= 1)) {
                throw fields.wrong("gpu", "it is a part of one GPU: above 0, at most 1", "For several write gpus: 2.");
            }
            return gpu;
        }
        return fields.integer("gpus", 1, 1, 64);
    }
}
