package io.swath.submission;

import io.swath.cluster.Capabilities.Partition;
import io.swath.model.GpuRequest;
import io.swath.model.Recipe.Step;
import io.swath.submission.GpuParts.Chosen;
import io.swath.submission.GpuParts.Need;
import io.swath.submission.sizing.Asked;
import io.swath.submission.sizing.Learned;
import io.swath.submission.sizing.Limits;
import java.util.Optional;
import java.util.Set;

/**
 * Which part of a GPU the tasks of a step request: the memory and the use of a GPU that runs of their class have needed, or the
 * recipe's guess as long as none was measured. Only for steps that ask for a part of one GPU.
 *
 * <p>A pure function of its arguments; thread-safe.
 */
final class LearnedGpu {
    /** The share of runs that may use the GPU more than they request: they take longer, and are not killed. */
    static final double BUSIER = 0.1;

    private LearnedGpu() {}

    /**
     * What was learned of a class.
     *
     * @param cardMiB the smallest GPU on which one of its runs was measured, in MiB; 0: none was
     * @param before whether these were runs of the recipe's version before
     */
    record Known(Learned learned, int cardMiB, boolean before) {}

    /**
     * @param memory what runs have needed of a GPU's memory; empty: none was measured
     * @param use how much of the time runs have used a GPU
     * @param megabytes what the task reads
     * @param kills the share of runs that may be killed
     */
    record Question(Optional<Known> memory, Optional<Known> use, double megabytes, double kills) {}

    /** @param badNodes nodes on which such runs need more than elsewhere */
    record Part(GpuRequest request, String why, Set<String> badNodes) {}

    /** Whether a step asks for a part of one GPU, and got one or a whole GPU in its place. */
    static boolean applies(Step step, GpuRequest guess) {
        return step.gpu() > 0
                && step.gpu() < 1
                && guess.any()
                && step.placement().gpuType().isEmpty();
    }

    /**
     * @param retry the least part of a GPU that a retry asks for; empty: no attempt failed for the memory of a GPU
     */
    static Part part(Step step, Optional<Double> retry, Partition partition, Question question) {
        Optional<Known> known = question.memory().filter(memory -> memory.cardMiB() > 0);
        if (known.isEmpty()) {
            Chosen chosen = GpuParts.choose(partition, Need.guess(retry.orElse(step.gpu())));
            String why = retry.isPresent() ? "more than was too little" : "the recipe's guess";
            return new Part(chosen.request(), chosen.text() + ": " + why + ", and no run was measured", Set.of());
        }
        double card = known.get().cardMiB();
        Limits limits = new Limits(1, card);
        Learned memory = known.get().learned();
        Asked alone = memory.ask(question.megabytes(), limits, question.kills());
        // A task that needs more than its shards or its MPS takes it from its neighbours, so fewer may.
        double neighbours = Math.max(1, Math.floor(card / alone.amount()));
        Asked asked = memory.ask(question.megabytes(), limits, question.kills() / neighbours);
        Optional<Asked> use = question.use()
                .filter(busy -> busy.learned().runs() > 0)
                .map(busy -> busy.learned().ask(question.megabytes(), new Limits(1, 100), BUSIER));
        double least = known.get().before() ? step.gpu() : 0;
        Need need = new Need(
                Math.max(least, retry.orElse(0.0)),
                asked.amount(),
                card,
                use.map(Asked::amount).orElse(0.0) / 100);
        Chosen chosen = GpuParts.choose(partition, need);
        return new Part(
                chosen.request(),
                chosen.text() + ": " + because(need, asked, use, retry)
                        + (known.get().before() ? "; the recipe was changed since, and no run was measured" : ""),
                memory.nodesLeftOut().keySet());
    }

    private static String because(Need need, Asked memory, Optional<Asked> use, Optional<Double> retry) {
        String ofMemory = "of its " + (int) need.cardMiB() + " MiB, " + memory.why();
        if (need.share() > 0 && need.part() == need.share()) {
            String least = retry.isPresent() ? "more than was too little for this tile" : "the recipe's guess";
            return least + "; " + ofMemory;
        }
        return use.filter(busy -> need.part() == need.use())
                        .map(busy -> "use of the GPU " + busy.why() + "; ")
                        .orElse("")
                + ofMemory;
    }
}
