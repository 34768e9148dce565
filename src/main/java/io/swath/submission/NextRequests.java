package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.MostPerJob;
import io.swath.job.AssemblyFiles;
import io.swath.job.OrthoStep;
import io.swath.ledger.LearnedSizes.RunClass;
import io.swath.ledger.LearnedSizes.Taught;
import io.swath.ledger.Session;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.Request;
import io.swath.recipes.RecipeException;
import io.swath.submission.LearnedAmounts.Question;
import io.swath.submission.sizing.Learned;
import io.swath.submission.sizing.Limits;
import io.swath.submission.sizing.Quantity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What the next runs will request, and why: for reports. Thread-safe if its recipes are.
 *
 * @param recipes the recipes as they are now, by name
 */
public record NextRequests(Sizing sizing, Function<String, Optional<Recipe>> recipes) {
    /**
     * What the next run of a class asks for, if it reads as much as the last, makes one tile, and is no urgent scene's.
     *
     * @param why the amount and its reason, in one sentence
     * @param runs from which it was learned
     * @param recentKills the share of the last runs that were killed at their limit
     * @param leftOut nodes that such runs avoid, each with the reason
     */
    public record Next(
            RunClass key, Quantity quantity, long runs, double recentKills, String why, Map<String, String> leftOut) {}

    /**
     * What the first run of a class asks for, of which nothing was learned.
     *
     * @param step empty: the assembly
     */
    private record First(Recipe recipe, Optional<Step> step, Request request) {
        /** How long an assembly takes depends on its scene, if the recipe does not say it. */
        boolean saysTime() {
            return step.isPresent() || recipe.assemble().request().time().isPresent();
        }
    }

    /**
     * Of each class that has run and can run again with the recipe as it is now.
     *
     * @param cluster what a request may be at most
     * @param night whether the runs are those of the nightly reprocessing, which may have a QOS of its own
     */
    public List<Next> of(Session ledger, Capabilities cluster, boolean night) {
        LearnedAmounts amounts = new LearnedAmounts(ledger, sizing.learn());
        List<Next> next = new ArrayList<>();
        Set<List<Object>> seen = new HashSet<>();
        for (Taught taught : ledger.learnedSizes().all()) { // the latest version of a recipe first
            Quantity quantity = Quantity.valueOf(taught.quantity());
            if (seen.add(List.of(taught.key(), quantity))) {
                first(taught.key(), cluster)
                        .filter(first -> says(amounts, taught, quantity, first, cluster))
                        .flatMap(first -> Learning.parse(taught)
                                .map(learned -> new Next(
                                        taught.key(),
                                        quantity,
                                        learned.runs(),
                                        learned.recentKills(),
                                        why(amounts, taught, learned, first, limits(taught, first, cluster, night)),
                                        learned.nodesLeftOut())))
                        .ifPresent(next::add);
            }
        }
        return next;
    }

    private Optional<First> first(RunClass key, Capabilities cluster) {
        try {
            return recipes.apply(key.recipe())
                    .flatMap(recipe -> firsts(recipe, key.step(), cluster)
                            .filter(first -> RunClass.of(recipe.name(), key.step(), first.request())
                                    .equals(key))
                            .findFirst());
        } catch (RecipeException | SizingException cannotRun) { // doctor and status say so
            return Optional.empty();
        }
    }

    private Stream<First> firsts(Recipe recipe, String name, Capabilities cluster) {
        if (name.equals(AssemblyFiles.STEP)) {
            Request request = sizing.assembly(recipe, 1, Sizing.ANY_TILE, cluster);
            return Stream.of(new First(recipe, Optional.empty(), request));
        }
        Stream<Step> steps = name.equals(OrthoStep.NAME)
                ? Stream.of(OrthoStep.of(recipe))
                : Stream.concat(recipe.prepare().stream(), recipe.steps().stream());
        return steps.filter(step -> step.name().equals(name))
                .flatMap(step -> sizing.onEachDevice(recipe, step, cluster).values().stream()
                        .map(request -> new First(recipe, Optional.of(step), request)));
    }

    /** Whether anything of this quantity is asked for, and it can be said before the scene is known. */
    private boolean says(LearnedAmounts amounts, Taught taught, Quantity quantity, First first, Capabilities cluster) {
        return switch (quantity) {
            case MEMORY ->
                cluster.partition(first.request().partition()).orElseThrow().managesMemory();
            case TIME ->
                first.saysTime()
                        || (sizing.learn()
                                && amounts.find(
                                                taught.key(),
                                                quantity,
                                                first.recipe().hash())
                                        .isPresent());
            case GPU_MEMORY, GPU_USE -> true;
        };
    }

    private Limits limits(Taught taught, First first, Capabilities cluster, boolean night) {
        Partition partition = cluster.partition(first.request().partition()).orElseThrow();
        MostPerJob most = sizing.most(first.request(), night, cluster);
        Quantity quantity = Quantity.valueOf(taught.quantity());
        return switch (quantity) {
            case MEMORY -> LearnedAmounts.limits(quantity, partition, most.memoryMiB());
            case TIME -> LearnedAmounts.limits(quantity, partition, most.seconds());
            case GPU_MEMORY -> new Limits(1, Math.max(1, taught.cardMiB()));
            case GPU_USE -> new Limits(1, 100);
        };
    }

    private String why(LearnedAmounts amounts, Taught taught, Learned learned, First first, Limits limits) {
        Quantity quantity = Quantity.valueOf(taught.quantity());
        double kills = quantity == Quantity.GPU_USE ? LearnedGpu.BUSIER : sizing.kills();
        String fromRuns = learned.ask(taught.megabytes(), limits, kills).why();
        return switch (quantity) {
            case MEMORY, TIME -> {
                Question question =
                        new Question(taught.key(), first.recipe().hash(), taught.megabytes(), sizing.kills(), false, 1);
                long guess = quantity == Quantity.TIME
                        ? first.request().time().toSeconds()
                        : first.request().memoryMiB();
                yield amounts.of(quantity, question, guess, Optional.empty(), limits)
                                .why()
                        + (sizing.learn() ? "" : "; runs have taught: " + fromRuns);
            }
            case GPU_MEMORY -> ofGpu(first) + "GPU memory, of " + taught.cardMiB() + " MiB, " + fromRuns;
            case GPU_USE -> ofGpu(first) + "use of the GPU " + fromRuns;
        };
    }

    private String ofGpu(First first) {
        boolean follows = sizing.learn()
                && sizing.sharesGpus()
                && first.step()
                        .filter(step -> LearnedGpu.applies(step, first.request().gpu()))
                        .isPresent();
        return follows ? "" : "GPU as the recipe and the settings say; runs have taught: ";
    }
}
