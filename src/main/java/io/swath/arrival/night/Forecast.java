package io.swath.arrival.night;

import io.swath.job.OrthoStep;
import io.swath.ledger.Ledger;
import io.swath.ledger.Usage.Pace;
import io.swath.model.Device;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.Scene;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Estimates the CPU and GPU hours of reprocessing. The estimate is the product of three numbers: the time per pixel
 * that the recipe's steps took in the scenes delivered last, the scene's pixels, and the CPUs or GPUs that the recipe
 * requests. A step without a history counts its whole time limit for each tile, so the estimate is then too high.
 *
 * <p>It reads a recipe's history once, so make a new forecast for new figures. Not thread-safe.
 */
public final class Forecast {
    private static final int SCENES = 50;
    private static final String ASSEMBLY = "assemble";
    private static final double SECONDS_PER_HOUR = 3_600;

    /**
     * CPUs and GPUs, each times hours.
     *
     * @param guessed the steps without a history, as {@code recipe/step}
     */
    public record Estimate(double cpuHours, double gpuHours, Set<String> guessed) {
        public Estimate {
            guessed = Set.copyOf(guessed);
        }

        public static final Estimate NOTHING = new Estimate(0, 0, Set.of());

        /** The sum of both. */
        public Estimate plus(Estimate other) {
            Set<String> all = new LinkedHashSet<>(guessed);
            all.addAll(other.guessed);
            return new Estimate(cpuHours + other.cpuHours, gpuHours + other.gpuHours, all);
        }
    }

    private final Ledger ledger;
    private final Map<String, List<Pace>> paces = new HashMap<>();

    public Forecast(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Estimates the reprocessing of a scene: the preparation, all steps, that onto a map too, and the assembly. */
    public Estimate estimate(Scene scene, Recipe recipe) {
        List<Pace> known = paces.computeIfAbsent(
                recipe.name(), name -> ledger.read(session -> session.usage().pace(name, SCENES)));
        double pixels = (double) scene.plan().width() * scene.plan().height();
        double cpuSeconds = 0;
        double gpuSeconds = 0;
        Set<String> guessed = new LinkedHashSet<>();
        List<Step> steps = Stream.concat(recipe.prepare().stream(), OrthoStep.before(scene, recipe).steps().stream())
                .toList();
        for (Step step : steps) {
            double seconds = known.stream()
                    .filter(pace -> pace.step().equals(step.name()) && pace.pixels() > 0)
                    .mapToDouble(pace -> seconds(pace, pixels))
                    .findFirst()
                    .orElse(Double.NaN);
            if (Double.isNaN(seconds)) {
                guessed.add(recipe.name() + "/" + step.name());
                boolean once = recipe.prepare().filter(step::equals).isPresent();
                seconds = (double) step.time().toSeconds()
                        * (once ? 1 : Math.max(1, scene.plan().tileCount()));
            }
            cpuSeconds += seconds * step.cpus();
            gpuSeconds += step.device() == Device.CPU ? 0 : seconds * step.gpu();
        }
        cpuSeconds += known.stream()
                .filter(pace -> pace.step().equals(ASSEMBLY) && pace.pixels() > 0)
                .mapToDouble(pace -> seconds(pace, pixels) * pace.cpus())
                .sum();
        return new Estimate(cpuSeconds / SECONDS_PER_HOUR, gpuSeconds / SECONDS_PER_HOUR, guessed);
    }

    private static double seconds(Pace pace, double pixels) {
        return pace.millis() / 1_000.0 / pace.pixels() * pixels;
    }
}
