package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.MostPerJob;
import io.swath.job.AssemblyFiles;
import io.swath.ledger.LearnedSizes.RunClass;
import io.swath.ledger.LearnedSizes.Taught;
import io.swath.ledger.Session;
import io.swath.model.Recipe;
import io.swath.model.Request;
import io.swath.model.TileProgress;
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
     * What the next run of a class asks for, if it reads as much as the last, and is no urgent scene's.
     *
     * @param why the amount and its reason, in one sentence
     * @param runs from which it was learned
     * @param recentKills the share of the last runs that were killed at their limit
     * @param leftOut nodes that such runs avoid, each with the reason
     */
    public record Next(
            RunClass key, Quantity quantity, long runs, double recentKills, String why, Map<String, String> leftOut) {}

    /** What the first run of a class asks for, which nothing was learned of. */
    private record First(Recipe recipe, Request request) {}

    /**
     * Of each class that has run and will run again: whose recipe there is, with the step, and would use the partition.
     *
     * @param cluster what a request may be at most
     */
    public List<Next> of(Session ledger, Capabilities cluster) {
        LearnedAmounts amounts = new LearnedAmounts(ledger, sizing.learn());
        List<Next> next = new ArrayList<>();
        Set<List<Object>> seen = new HashSet<>();
        for (Taught taught : ledger.learnedSizes().all()) { // the latest version of a recipe first
            Quantity quantity = Quantity.valueOf(taught.quantity());
            if (seen.add(List.of(taught.key(), quantity))) {
                first(taught.key(), cluster)
                        .flatMap(first -> Learning.parse(taught)
                                .map(learned -> new Next(
                                        taught.key(),
                                        quantity,
                                        learned.runs(),
                                        learned.recentKills(),
                                        why(amounts, taught, quantity, learned, first, cluster),
                                        learned.nodesLeftOut())))
                        .ifPresent(next::add);
            }
        }
        return next;
    }

    private Optional<First> first(RunClass key, Capabilities cluster) {
        return recipes.apply(key.recipe())
                .flatMap(recipe -> requests(recipe, key.step(), cluster)
                        .filter(request ->
                                RunClass.of(recipe.name(), key.step(), request).equals(key))
                        .findFirst()
                        .map(request -> new First(recipe, request)));
    }

    private Stream<Request> requests(Recipe recipe, String step, Capabilities cluster) {
        try {
            Map<String, Request> all = sizing.firstRequests(recipe, cluster);
            String assembly = TileProgress.label(TileProgress.ASSEMBLY);
            return Stream.of(step, step + Sizing.ON_CPUS, step.equals(AssemblyFiles.STEP) ? assembly : step)
                    .map(all::get)
                    .filter(request -> request != null);
        } catch (SizingException cannotRun) { // doctor says so
            return Stream.empty();
        }
    }

    private String why(
            LearnedAmounts amounts,
            Taught taught,
            Quantity quantity,
            Learned learned,
            First first,
            Capabilities cluster) {
        Limits limits = limits(taught, quantity, first.request(), cluster);
        double kills = quantity == Quantity.GPU_USE ? LearnedGpu.BUSIER : sizing.kills();
        String fromRuns = learned.ask(taught.megabytes(), limits, kills).why();
        return switch (quantity) {
            case MEMORY, TIME -> {
                long guess = quantity == Quantity.TIME
                        ? first.request().time().toSeconds()
                        : first.request().memoryMiB();
                Question question =
                        new Question(taught.key(), first.recipe().hash(), taught.megabytes(), kills, false, 1);
                yield amounts.of(quantity, question, guess, Optional.empty(), limits)
                                .why()
                        + (sizing.learn() ? "" : "; runs have taught: " + fromRuns);
            }
            case GPU_MEMORY -> ofGpu("GPU memory, of " + taught.cardMiB() + " MiB, ", fromRuns);
            case GPU_USE -> ofGpu("use of the GPU ", fromRuns);
        };
    }

    private String ofGpu(String what, String fromRuns) {
        return (sizing.learn() ? "" : "GPU as the recipe says, because sizing.learn is false; runs have taught: ")
                + what
                + fromRuns;
    }

    private Limits limits(Taught taught, Quantity quantity, Request first, Capabilities cluster) {
        Partition partition = cluster.partition(first.partition()).orElseThrow();
        MostPerJob most = sizing.most(first, false, cluster);
        return switch (quantity) {
            case MEMORY -> LearnedAmounts.limits(quantity, partition, most.memoryMiB());
            case TIME -> LearnedAmounts.limits(quantity, partition, most.seconds());
            case GPU_MEMORY -> new Limits(1, Math.max(1, taught.cardMiB()));
            case GPU_USE -> new Limits(1, 100);
        };
    }
}
