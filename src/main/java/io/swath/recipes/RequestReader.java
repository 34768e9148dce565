package io.swath.recipes;

import io.swath.model.Placement;
import io.swath.model.RecipeRequest;
import io.swath.untrusted.StrictFields;
import io.swath.untrusted.Units;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads a {@code request} of a recipe: of a step, the preparation or the assembly. It throws as {@link StrictFields} does. */
final class RequestReader {
    private static final long MOST_MEMORY_MIB = 16L * 1024 * 1024;
    private static final int MOST_CPUS = 1024;
    private static final int MOST_DAYS = 30;

    private RequestReader() {}

    /**
     * Of a step or the preparation.
     *
     * @param gpus what the step has: 0 for none, less than 1 for a part of one, or a whole number
     */
    static RecipeRequest read(StrictFields request, double gpus) {
        Optional<Integer> cpus = request.integer("cpus", 1, MOST_CPUS);
        Optional<Integer> memoryMiB = memoryMiB(request);
        Optional<Duration> time = time(request);
        Placement placement = PlacementReader.read(request, gpus);
        request.nothingElse();
        return new RecipeRequest(optional(cpus), optional(memoryMiB), time, placement);
    }

    /** Of the assembly. It refuses every field about GPUs with the reason, because users know these fields from steps. */
    static RecipeRequest ofAssembly(StrictFields assemble) {
        refuseGpu(assemble, List.of("device", "gpu", "gpus"));
        return assemble.object("request")
                .map(request -> {
                    refuseGpu(request, List.of("gpu", "gpus", "gpu-type"));
                    if (request.json().path("bind").has("gpu")) {
                        throw noGpu(request, "bind.gpu");
                    }
                    return read(request, 0);
                })
                .orElse(RecipeRequest.NONE);
    }

    private static void refuseGpu(StrictFields fields, List<String> keys) {
        keys.stream().filter(fields::has).findFirst().ifPresent(key -> {
            throw noGpu(fields, key);
        });
    }

    private static RuntimeException noGpu(StrictFields fields, String key) {
        return fields.wrong(
                "assembly-has-no-gpu",
                key,
                "an assembly copies and compresses pixels, and no part of it can use a GPU",
                "Remove it. What a GPU is to compute belongs into a step of the recipe, which may have gpu or gpus.");
    }

    private static OptionalInt optional(Optional<Integer> number) {
        return number.map(OptionalInt::of).orElse(OptionalInt.empty());
    }

    private static Optional<Integer> memoryMiB(StrictFields request) {
        return request.parsed(
                "memory",
                text -> Units.memoryMiB(text)
                        .filter(mebibytes -> mebibytes >= 1 && mebibytes <= MOST_MEMORY_MIB)
                        .map(Math::toIntExact),
                "memory-has-a-unit",
                "memory must be 1M to 16T, with its unit",
                "Write it as 600M, 2G or 1.5G.");
    }

    private static Optional<Duration> time(StrictFields request) {
        return request.parsed(
                "time",
                text -> Units.duration(text).filter(time -> time.toSeconds() >= 1 && time.toDays() <= MOST_DAYS),
                "time-has-a-unit",
                "time must be from 1s to 30d, with its unit",
                "Write it as 90s, 2m, 1h30m or PT2M.");
    }
}
