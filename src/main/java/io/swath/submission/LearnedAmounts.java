package io.swath.submission;

import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.MostPerJob;
import io.swath.ledger.LearnedSizes.RunClass;
import io.swath.ledger.LearnedSizes.Taught;
import io.swath.ledger.Session;
import io.swath.submission.KilledOn.Kill;
import io.swath.submission.sizing.Asked;
import io.swath.submission.sizing.Learned;
import io.swath.submission.sizing.Limits;
import io.swath.submission.sizing.Quantity;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How much memory or time a task asks for by what runs of its class have taught; without such a run, the recipe's guess.
 *
 * <p>To be used within one transaction or read of the ledger. Not thread-safe.
 */
final class LearnedAmounts {
    private static final double LEAST_MIB = 64;
    private static final double LEAST_SECONDS = 60;
    /** A number of runs with which no task waits for another to teach it. */
    private static final long NOT_AWAITED = 1;

    private final Session session;
    private final boolean learns;
    private final Map<Subject, Optional<LearnedGpu.Known>> known = new HashMap<>();

    private record Subject(RunClass key, Quantity quantity, String recipeHash) {}

    /**
     * Of one quantity, in its unit.
     *
     * @param avoid a node with which the amount would be too little; empty: none
     */
    record Amount(long asked, String why, long runs, Set<String> badNodes, String avoid) {
        /** Of a class of which no node is known to be bad. */
        Amount(long asked, String why, long runs) {
            this(asked, why, runs, Set.of(), "");
        }
    }

    /**
     * What an amount is asked for.
     *
     * @param megabytes what a tile of the task reads
     * @param kills the share of runs that may be killed
     * @param last whether it is the tile's last attempt
     * @param perTask how many such tiles the task makes one after the other
     */
    record Question(RunClass key, String recipeHash, double megabytes, double kills, boolean last, int perTask) {}

    /** @param learns false: amounts stay as the recipe says */
    LearnedAmounts(Session session, boolean learns) {
        this.session = session;
        this.learns = learns;
    }

    /**
     * Between which amounts a request in a partition lies.
     *
     * @param job how much one job may ask for
     */
    static Limits limits(Quantity quantity, Partition partition, MostPerJob.Amount job) {
        boolean time = quantity == Quantity.TIME;
        double most = time
                ? partition
                        .maxTime()
                        .map(Duration::toSeconds)
                        .map(Long::doubleValue)
                        .orElse(Double.POSITIVE_INFINITY)
                : partition.managesMemory() ? partition.memoryMiBPerNode() : Double.POSITIVE_INFINITY;
        return new Limits(Math.min(time ? LEAST_SECONDS : LEAST_MIB, most), most).under(job.asDouble(), job.shared());
    }

    /**
     * How much of a quantity a task asks for.
     *
     * @param ofTile what the recipe asks for a tile, or more after attempts with too little
     * @param killed the attempt that was killed with the most
     */
    Amount of(Quantity quantity, Question question, long ofTile, Optional<Kill> killed, Limits limits) {
        String unit = quantity == Quantity.TIME ? " s: " : " MiB: ";
        long guess = quantity == Quantity.TIME ? ofTile * question.perTask() : ofTile;
        // What a recipe asks for is asked for, whatever the limits: the cluster's answer names them.
        long asFirst = Math.max(killed.isPresent() ? 0 : ofTile, (long) Math.min((double) guess, limits.most()));
        boolean last = killed.isPresent() && question.last(); // all that a job can have, whatever is known
        if (!learns && !last) {
            String why = killed.isPresent() ? "more than was too little" : "as the recipe says";
            return new Amount(asFirst, asFirst + unit + why + ", because sizing.learn is false", NOT_AWAITED);
        }
        Optional<Learned> learned =
                find(question.key(), quantity, question.recipeHash()).map(LearnedGpu.Known::learned);
        if (last || learned.filter(known -> known.runs() > 0).isPresent()) {
            return learned(learned.orElseGet(() -> Learned.of(quantity, (double) guess)), question, killed, limits);
        }
        Optional<Asked> more = learned.or(() -> session.learnedSizes()
                        .latest(question.key(), quantity.name())
                        .flatMap(Learning::parse))
                .map(known -> ask(known, question, limits))
                .filter(asked -> asked.amount() > guess);
        if (more.isPresent()) {
            String since = learned.isPresent() ? "" : "; the recipe was changed since, and no run has ended";
            return new Amount((long) Math.ceil(more.get().amount()), more.get().why() + since, 0);
        }
        String why = killed.isPresent()
                ? "more than was too little, and no run has ended"
                : "the recipe's guess, no run yet";
        return new Amount(asFirst, asFirst + unit + why, 0);
    }

    private Amount learned(Learned learned, Question question, Optional<Kill> killed, Limits limits) {
        Asked asked = killed.map(kill -> learned.askAgain(
                        question.megabytes(), kill.limit(), kill.node(), question.last(), limits, question.kills()))
                .orElseGet(() -> ask(learned, question, limits));
        Set<String> bad = learned.nodesLeftOut().keySet();
        return new Amount(
                (long) Math.ceil(asked.amount()),
                asked.why(),
                Math.max(learned.runs(), learns ? 0 : NOT_AWAITED),
                bad,
                killed.map(Kill::node)
                        .filter(node -> !question.last() && bad.contains(node))
                        .orElse(""));
    }

    private static Asked ask(Learned learned, Question question, Limits limits) {
        return learned.askInTurn(question.megabytes(), question.perTask(), limits, question.kills());
    }

    /** What was learned of a quantity with this version of a recipe. */
    Optional<LearnedGpu.Known> find(RunClass key, Quantity quantity, String recipeHash) {
        return known.computeIfAbsent(
                new Subject(key, quantity, recipeHash),
                subject -> session.learnedSizes()
                        .find(key, quantity.name(), recipeHash)
                        .flatMap(taught -> known(taught, false)));
    }

    /** @param before whether it was learned with the version before */
    static Optional<LearnedGpu.Known> known(Taught taught, boolean before) {
        return Learning.parse(taught).map(learned -> new LearnedGpu.Known(learned, taught.cardMiB(), before));
    }
}
