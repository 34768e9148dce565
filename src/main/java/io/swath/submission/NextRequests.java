package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.ledger.LearnedSizes.RunClass;
import io.swath.ledger.LearnedSizes.Taught;
import io.swath.ledger.Session;
import io.swath.submission.sizing.Learned;
import io.swath.submission.sizing.Limits;
import io.swath.submission.sizing.Quantity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the next runs will request, and why: for reports. Stateless. */
public final class NextRequests {
    private NextRequests() {}

    /**
     * What the next run of a class asks for, if it reads as much as the last.
     *
     * @param why the amount and its reason, in one sentence
     * @param runs from which it was learned
     * @param recentKills the share of the last runs that were killed at their limit
     * @param leftOut nodes that such runs avoid, each with the reason
     */
    public record Next(
            RunClass key, Quantity quantity, long runs, double recentKills, String why, Map<String, String> leftOut) {}

    /**
     * Of each class that has run with the latest version of its recipe.
     *
     * @param cluster what a request may be at most
     * @param kills the share of runs that may be killed because they asked for too little
     */
    public static List<Next> of(Session ledger, Capabilities cluster, double kills) {
        List<Next> next = new ArrayList<>();
        Set<List<Object>> seen = new HashSet<>();
        for (Taught taught : ledger.learnedSizes().all()) { // the latest version of a recipe first
            Quantity quantity = Quantity.valueOf(taught.quantity());
            if (seen.add(List.of(taught.key(), quantity))) {
                cluster.partition(taught.key().partition())
                        .flatMap(partition -> Learning.parse(taught)
                                .map(learned -> next(taught, quantity, learned, partition, kills)))
                        .ifPresent(next::add);
            }
        }
        return next;
    }

    private static String ask(Taught taught, Quantity quantity, Learned learned, Partition partition, double kills) {
        return switch (quantity) {
            case MEMORY, TIME ->
                learned.ask(taught.megabytes(), LearnedAmounts.limits(quantity, partition), kills)
                        .why();
            case GPU_MEMORY ->
                "GPU memory, of " + taught.cardMiB() + " MiB, "
                        + learned.ask(taught.megabytes(), new Limits(1, Math.max(1, taught.cardMiB())), kills)
                                .why();
            case GPU_USE ->
                "use of the GPU "
                        + learned.ask(taught.megabytes(), new Limits(1, 100), LearnedGpu.BUSIER)
                                .why();
        };
    }

    private static Next next(Taught taught, Quantity quantity, Learned learned, Partition partition, double kills) {
        return new Next(
                taught.key(),
                quantity,
                learned.runs(),
                learned.recentKills(),
                ask(taught, quantity, learned, partition, kills),
                learned.nodesLeftOut());
    }
}
