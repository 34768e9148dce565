package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.MostPerJob;
import io.swath.job.AssemblyFiles;
import io.swath.ledger.LearnedSizes.RunClass;
import io.swath.ledger.Session;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.submission.KilledOn.Kill;
import io.swath.submission.LearnedAmounts.Amount;
import io.swath.submission.LearnedAmounts.Question;
import io.swath.submission.sizing.Quantity;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Sizes requests. Where a task runs and on which devices is the recipe's word ({@link Sizing}); how much memory and time it
 * asks for is what earlier runs of the same class have taught. Without such a run, it is the recipe's guess.
 *
 * <p>To be used within one transaction or read of the ledger. Not thread-safe.
 */
final class LearnedRequests {
    /** Of an urgent scene's runs a quarter as many may be killed, because a second run makes the scene late. */
    private static final double URGENT = 0.25;

    private final Session session;
    private final Sizing sizing;
    private final Capabilities cluster;
    private final LearnedAmounts amounts;

    /**
     * A request.
     *
     * @param because why it asks for this memory, time and part of a GPU
     * @param runs how many runs have taught how much that is
     * @param badNodes nodes on which such runs use more than elsewhere, or are killed with more than they need elsewhere
     */
    record Sized(Request request, Because because, long runs, Set<String> badNodes) {
        /** Why it asks for so much, for people. */
        String why() {
            return because.text();
        }
    }

    LearnedRequests(Session session, Sizing sizing, Capabilities cluster) {
        this.session = session;
        this.sizing = sizing;
        this.cluster = cluster;
        this.amounts = new LearnedAmounts(session, sizing.learn());
    }

    /**
     * One request that is enough for each of these tiles at a step. A request for each tile would need more arrays, and only
     * the tiles at a scene's edges are smaller than the others.
     *
     * @param index of the step; for {@link io.swath.model.Batch#ASSEMBLY} the assembly
     * @param tiles at least one. The history of those whose next step this is counts
     * @throws SizingException when no partition can give what the step asks for
     */
    Sized request(Scene scene, Recipe recipe, int index, List<TileProgress> tiles) {
        return request(scene, recipe, index, tiles, 1);
    }

    /**
     * The same for tasks that make several of these tiles one after the other.
     *
     * @param perTask how many at most
     */
    Sized request(Scene scene, Recipe recipe, int index, List<TileProgress> tiles, int perTask) {
        KilledOn killedOn = KilledOn.find(session, scene.id(), index, tiles);
        return different(scene, index, tiles, killedOn).stream()
                .map(tile -> request(scene, recipe, index, tile, killedOn, perTask))
                .reduce(this::larger)
                .orElseThrow();
    }

    /** Whether nodes have what a task asks for, where the settings let it run, be they ready now or not. */
    boolean everFits(Scene scene, Request request) {
        return sizing.everFits(scene, request, cluster);
    }

    /** How long a step of a tile takes on average; empty while no run of it has ended. */
    OptionalDouble expectedSeconds(Scene scene, Recipe recipe, int index, TileProgress tile) {
        Request guess = sizing.request(recipe, recipe.step(index), tile, cluster);
        RunClass key = RunClass.of(recipe.name(), recipe.step(index).name(), guess);
        return amounts.find(key, Quantity.TIME, recipe.hash())
                .map(known -> known.learned()
                        .expected(scene.plan().megabytes(tile.tile().read())))
                .orElse(OptionalDouble.empty());
    }

    /** One of each kind of tile that may ask for something else. */
    private static Collection<TileProgress> different(
            Scene scene, int index, List<TileProgress> tiles, KilledOn killedOn) {
        Map<List<Object>, TileProgress> kinds = new LinkedHashMap<>();
        for (TileProgress each : tiles) {
            TileProgress tile = each.step() == index ? each : TileProgress.notSubmitted(scene.id(), each.tile());
            kinds.putIfAbsent(List.of(tile.tile().read().pixels(), tile.history(), killedOn.nodes(tile)), tile);
        }
        return kinds.values();
    }

    private Sized request(Scene scene, Recipe recipe, int index, TileProgress tile, KilledOn killedOn, int perTask) {
        if (index == TileProgress.ASSEMBLY) {
            long pixels = (long) scene.plan().width() * scene.plan().height();
            Request guess = sizing.assembly(recipe, pixels, tile, cluster);
            return sized(scene, recipe, AssemblyFiles.STEP, tile, guess, killedOn, 1);
        }
        Step step = recipe.step(index);
        Request guess = sizing.request(recipe, step, tile, cluster);
        Sized sized = sized(scene, recipe, step.name(), tile, guess, killedOn, perTask);
        return sizing.learn() && sizing.sharesGpus() && LearnedGpu.applies(step, guess.gpu())
                ? withPart(sized, scene, recipe, step, tile)
                : sized;
    }

    private Sized withPart(Sized sized, Scene scene, Recipe recipe, Step step, TileProgress tile) {
        RunClass key = RunClass.of(recipe.name(), step.name(), sized.request());
        LearnedGpu.Part part = LearnedGpu.part(
                step,
                tile.gpu(),
                cluster.partition(sized.request().partition()).orElseThrow(),
                new LearnedGpu.Question(
                        amounts.find(key, Quantity.GPU_MEMORY, recipe.hash())
                                .or(() -> session.learnedSizes()
                                        .latest(key, Quantity.GPU_MEMORY.name())
                                        .flatMap(taught -> LearnedAmounts.known(taught, true))),
                        amounts.find(key, Quantity.GPU_USE, recipe.hash()),
                        scene.plan().megabytes(tile.tile().read()),
                        kills(scene)));
        return new Sized(
                sized.request().withGpu(part.request()),
                new Because(sized.because().memory(), sized.because().time(), part.why()),
                sized.runs(),
                union(sized.badNodes(), part.badNodes()));
    }

    private double kills(Scene scene) {
        return sizing.kills() * (scene.priority() == Priority.URGENT ? URGENT : 1);
    }

    /** The kill, without its node if no other node has as much memory. */
    private Kill avoidable(Scene scene, Kill kill, Request retry, int mebibytes, Partition partition) {
        Kill avoided = kill.avoidedBy(retry, partition);
        Request elsewhere = retry.excludingNode(avoided.node()).withMemoryMiB(mebibytes);
        return everFits(scene, elsewhere) ? avoided : new Kill(kill.limit(), "");
    }

    private Sized sized(
            Scene scene, Recipe recipe, String step, TileProgress tile, Request guess, KilledOn killedOn, int perTask) {
        Partition partition = cluster.partition(guess.partition()).orElseThrow();
        RunClass key = RunClass.of(recipe.name(), step, guess);
        Question question = new Question(
                key,
                recipe.hash(),
                scene.plan().megabytes(tile.tile().read()),
                kills(scene),
                tile.asksForAll(recipe.retries()),
                perTask);
        MostPerJob most = sizing.most(guess, scene.priority() == Priority.NIGHT, cluster);
        Amount memory = partition.managesMemory()
                ? amounts.of(
                        Quantity.MEMORY,
                        question,
                        guess.memoryMiB(),
                        killedOn.memory(tile)
                                .map(kill -> avoidable(scene, kill, guess, (int) Math.ceil(kill.limit()), partition)),
                        LearnedAmounts.limits(Quantity.MEMORY, partition, most.memoryMiB()))
                : new Amount(0, "no memory: the cluster does not manage it", 0);
        Request elsewhere = guess.excludingNode(memory.avoid());
        Amount time = amounts.of(
                Quantity.TIME,
                question,
                guess.time().toSeconds(),
                killedOn.time(tile).map(kill -> avoidable(scene, kill, elsewhere, (int) memory.asked(), partition)),
                LearnedAmounts.limits(Quantity.TIME, partition, most.seconds()));
        return new Sized(
                elsewhere
                        .excludingNode(time.avoid())
                        .withMemoryMiB((int) memory.asked())
                        .withTime(Duration.ofSeconds(time.asked())),
                new Because(memory.why(), time.why(), ""),
                Math.max(
                        memory.runs(), time.runs()), // where memory cannot be measured, waiting for that would not help
                union(memory.badNodes(), time.badNodes()));
    }

    /** As much memory, time and GPU as either asks for, each with its reason, on nodes that neither excludes. */
    private Sized larger(Sized first, Sized second) {
        Sized memory = first.request().memoryMiB() >= second.request().memoryMiB() ? first : second;
        Sized time = first.request().time().compareTo(second.request().time()) >= 0 ? first : second;
        Sized gpu = first.request().gpu().part() >= second.request().gpu().part() ? first : second;
        int nodes =
                cluster.partition(memory.request().partition()).orElseThrow().nodes();
        return new Sized(
                first.request()
                        .excludingNodes(second.request().excludedNodes(), nodes)
                        .withMemoryMiB(memory.request().memoryMiB())
                        .withTime(time.request().time())
                        .withGpu(gpu.request().gpu()),
                new Because(
                        memory.because().memory(),
                        time.because().time(),
                        gpu.because().gpu()),
                Math.min(first.runs(), second.runs()),
                union(first.badNodes(), second.badNodes()));
    }

    private static Set<String> union(Set<String> first, Set<String> second) {
        return Stream.concat(first.stream(), second.stream()).collect(Collectors.toUnmodifiableSet());
    }
}
