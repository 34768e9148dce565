package io.swath.recipes;

import io.swath.model.Device;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.RecipeRequest;
import io.swath.untrusted.StrictFields;
import io.swath.untrusted.Texts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads one step of a recipe, and checks that its script can be run. Immutable. */
final class StepReader {
    private static final int DEFAULT_MEMORY_MIB = 1024;
    private static final Duration DEFAULT_TIME = Duration.ofMinutes(10);
    private static final List<String> DEVICES = List.of("CPU", "GPU", "ANY");
    private static final Pattern SCRIPT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*");

    private static final Map<String, String> RESERVED =
            Map.of("assemble", "assembles the tiles", "ortho", "puts the tiles onto a map");

    private final Path folder;

    StepReader(Path folder) {
        this.folder = folder;
    }

    /** @throws RecipeException when the step is not valid, or its script cannot be run */
    Step read(StrictFields step) {
        return read(step, name(step));
    }

    /**
     * The step that runs once for the scene. It has no name of its own.
     *
     * @throws RecipeException as {@link #read}
     */
    Step preparation(StrictFields step) {
        return read(step, Recipe.PREPARE);
    }

    private Step read(StrictFields step, String name) {
        String run = script(step);
        Device device = device(step);
        double gpu = gpu(step, device);
        RecipeRequest request = step.object("request")
                .map(fields -> RequestReader.read(fields, gpu))
                .orElse(RecipeRequest.NONE);
        step.nothingElse();
        return new Step(
                name,
                run,
                device,
                request.cpus().orElse(1),
                request.memoryMiB().orElse(DEFAULT_MEMORY_MIB),
                request.time().orElse(DEFAULT_TIME),
                gpu,
                request.placement());
    }

    private static String name(StrictFields step) {
        String name = step.text("name").orElseThrow(() -> step.missing("name", "Name the step, as in name: ndvi."));
        if (!Recipe.NAME.matcher(name).matches()) {
            throw step.wrong(
                    "step-has-a-name",
                    "name",
                    "a step's name has 1 to 32 of the characters a-z, 0-9 and -, and does not begin with -",
                    "Rename the step.");
        }
        if (RESERVED.containsKey(name)) {
            throw step.wrong(
                    "step-has-a-name",
                    "name",
                    "the step that " + RESERVED.get(name) + " has this name",
                    "Rename the step.");
        }
        return name;
    }

    private String script(StrictFields step) {
        String run = step.text("run")
                .orElseThrow(() -> step.missing("run", "Name the script to run, a file in the recipe's folder."));
        if (!SCRIPT.matcher(run).matches()) {
            throw step.wrong(
                    "script-can-be-run",
                    "run",
                    "\"" + Texts.shown(run) + "\" is not the name of a file in the recipe's folder",
                    "Name one script, without arguments, of letters, digits, dots, dashes and underscores.");
        }
        Path script = folder.resolve(run);
        if (!Files.isRegularFile(script)) {
            throw step.wrong(
                    "script-can-be-run", "run", "there is no file " + script, "Create it, or correct the name.");
        }
        if (!Files.isExecutable(script)) {
            throw step.wrong(
                    "script-can-be-run",
                    "run",
                    script + " is not executable",
                    "Run chmod +x on it, and begin it with #!.");
        }
        return run;
    }

    private static Device device(StrictFields step) {
        String fallback = step.has("gpu") || step.has("gpus") ? "GPU" : "CPU";
        return Device.valueOf(step.wordInAnyCase("device", DEVICES).orElse(fallback));
    }

    private static double gpu(StrictFields step, Device device) {
        boolean part = step.has("gpu");
        boolean several = step.has("gpus");
        if (part && several) {
            throw step.wrong(
                    "gpus-fit-the-device",
                    "gpus",
                    "a step asks for a part of a GPU or for whole ones",
                    "Remove gpu or gpus.");
        }
        if (device == Device.CPU) {
            if (part || several) {
                throw step.wrong(
                        "gpus-fit-the-device",
                        "device",
                        "a step on CPUs has no GPU",
                        "Write device: gpu, or remove gpu and gpus.");
            }
            return 0;
        }
        if (!part) {
            return step.integer("gpus", 1, 64).orElse(device == Device.GPU ? 1 : 0);
        }
        double gpu = step.number("gpu").orElseThrow();
        if (!(gpu > 0 && gpu <= 1)) {
            throw step.wrong(
                    "gpus-fit-the-device",
                    "gpu",
                    "it must be a part of one GPU: above 0, at most 1",
                    "For several write gpus: 2.");
        }
        return gpu;
    }
}
