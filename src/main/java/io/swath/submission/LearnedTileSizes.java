package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.ClusterException;
import io.swath.ledger.LearnedSizes.RunClass;
import io.swath.ledger.Ledger;
import io.swath.ledger.Session;
import io.swath.model.Recipe;
import io.swath.model.Request;
import io.swath.model.TileChoice;
import io.swath.model.TileCut;
import io.swath.submission.sizing.Learned;
import io.swath.submission.sizing.Limits;
import io.swath.submission.sizing.Quantity;
import io.swath.submission.sizing.TileRule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the size of a scene's tiles by what earlier runs of its recipe have taught, and by what is free in the cluster
 * ({@link TileRule}). Thread-safe if its parts are.
 *
 * @param cluster what the cluster offers now
 */
public record LearnedTileSizes(Ledger ledger, Sizing sizing, Supplier<Capabilities> cluster) {
    private static final Logger log = LoggerFactory.getLogger(LearnedTileSizes.class);

    /** A step of the recipe, one of its devices, and what its runs have taught. */
    private record StepClass(String step, Request request, Learned time, Optional<Learned> memory) {
        double seconds(TileCut cut) {
            return time.inProportion(cut.megabytes()).orElseThrow();
        }
    }

    /**
     * Chooses one of several sizes.
     *
     * @param possible the largest side first, at least one
     * @return empty if a step of the recipe has taught nothing or cannot run, or the cluster cannot be asked
     */
    public Optional<TileChoice> choose(Recipe recipe, List<TileCut> possible) {
        try {
            Capabilities now = cluster.get();
            return ledger.read(session -> choose(session, recipe, possible, now));
        } catch (ClusterException | SizingException e) {
            log.info(
                    "the size of tiles is chosen without what was learned recipe={}: {}",
                    recipe.name(),
                    e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<TileChoice> choose(Session session, Recipe recipe, List<TileCut> possible, Capabilities now) {
        Comparator<StepClass> byTime = Comparator.comparing(each -> each.seconds(possible.get(0)));
        List<StepClass> classes = new ArrayList<>();
        List<StepClass> fastest = new ArrayList<>();
        for (Recipe.Step step : recipe.steps()) {
            List<StepClass> onDevices = sizing.onEachDevice(recipe, step, now).values().stream()
                    .flatMap(request -> known(session, recipe, step.name(), request).stream())
                    .toList();
            if (onDevices.isEmpty()) {
                return Optional.empty();
            }
            classes.addAll(onDevices);
            // Of the devices of a step the fastest: tasks last long enough on the others then, too.
            fastest.add(onDevices.stream().min(byTime).orElseThrow());
        }
        StepClass slowest = fastest.stream().max(byTime).orElseThrow();
        List<TileRule.Option> options = possible.stream()
                .map(cut -> new TileRule.Option(
                        cut,
                        slowest.seconds(cut),
                        classes.stream().allMatch(each -> fits(each, cut, now)),
                        classes.stream().allMatch(each -> fitsItsShare(each, cut, now))))
                .toList();
        return Optional.of(new TileRule(
                        slowest.step(),
                        slowest.request().partition(),
                        free(session, slowest, now),
                        sizing.tiles().taskTime())
                .choose(options));
    }

    private static Optional<StepClass> known(Session session, Recipe recipe, String step, Request request) {
        RunClass key = RunClass.of(recipe.name(), step, request);
        Optional<Learned> memory = learned(session, key, Quantity.MEMORY, recipe.hash());
        return learned(session, key, Quantity.TIME, recipe.hash())
                .map(time -> new StepClass(step, request, time, memory));
    }

    /** Of this version of the recipe, or else of the version before. */
    private static Optional<Learned> learned(Session session, RunClass key, Quantity quantity, String recipeHash) {
        return session.learnedSizes()
                .find(key, quantity.name(), recipeHash)
                .or(() -> session.learnedSizes().latest(key, quantity.name()))
                .flatMap(Learning::parse)
                .filter(learned -> learned.runs() > 0);
    }

    /** Whether a job can have the memory that a task of the step needs. */
    private boolean fits(StepClass step, TileCut cut, Capabilities now) {
        return needed(step, cut, now)
                <= sizing.most(step.request(), /* night= */ false, now)
                        .memoryMiB()
                        .asDouble();
    }

    /** Whether a task of the step needs no greater share of a node's memory than of its CPUs. */
    private boolean fitsItsShare(StepClass step, TileCut cut, Capabilities now) {
        Partition partition = partition(step, now);
        return needed(step, cut, now)
                <= (double) partition.memoryMiBPerNode() * step.request().cpusPerNode() / partition.cpusPerNode();
    }

    /** In MiB; 0 where it is not known, or where the cluster does not manage memory. */
    private double needed(StepClass step, TileCut cut, Capabilities now) {
        return step.memory()
                .filter(memory -> partition(step, now).managesMemory())
                .map(memory -> memory.ask(cut.megabytes(), new Limits(1, Double.POSITIVE_INFINITY), sizing.kills())
                        .amount())
                .orElse(0.0);
    }

    private static Partition partition(StepClass step, Capabilities now) {
        return now.partition(step.request().partition()).orElseThrow();
    }

    /** How many tasks of the step could start now: neither other users nor tasks of Swath have their places. */
    private static int free(Session session, StepClass step, Capabilities now) {
        String partition = step.request().partition();
        int own = new OpenTasks(session.unsentBatches().openRuns(), true).planned(partition);
        return Math.max(0, Math.min(now.free(step.request()), now.slots(step.request()) - own));
    }
}
