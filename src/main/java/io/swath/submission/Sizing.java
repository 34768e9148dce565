package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.MostPerJob;
import io.swath.job.AssemblyFiles;
import io.swath.job.Directives;
import io.swath.job.OrthoStep;
import io.swath.model.Device;
import io.swath.model.GpuRequest;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.RecipeRequest;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.Tile;
import io.swath.model.TileProgress;
import io.swath.model.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a tile's next run goes and on which devices, and how much memory and time it asks for as long as no run has taught
 * that ({@link LearnedRequests}): what the recipe says, or more if that was too little for the tile.
 *
 * <p>A pure function of its arguments; thread-safe.
 *
 * @param cpuPartition for steps without a GPU; empty: a partition without GPUs, the default partition if it is one
 * @param gpuPartition for steps with a GPU; empty: the first partition that has GPUs
 * @param wholeGpus whether the settings name a type of GPU, so that no part of a GPU is asked for: Slurm cannot choose the type
 *     of GPU of a shard (gres.html)
 * @param kills the share of runs that may be killed because they asked for too little memory
 * @param memoryGrowth how many times the memory that was too little is asked for, as long as no run has taught more
 * @param timeGrowth the same of the time
 * @param learn whether requests follow what runs have taught; false: they stay as the recipe says
 * @param tiles how long tasks should last, and how many tiles they make
 * @param directives where the settings let jobs run, and on whose account
 */
public record Sizing(
        String cpuPartition,
        String gpuPartition,
        boolean wholeGpus,
        double kills,
        double memoryGrowth,
        double timeGrowth,
        boolean learn,
        TileSettings tiles,
        Directives directives) {
    /** A tile of which no attempt was made, whatever its scene. */
    static final TileProgress ANY_TILE =
            TileProgress.notSubmitted("", new Tile(0, new Window(0, 0, 1, 1), new Window(0, 0, 1, 1)));

    private static final int ASSEMBLY_CPUS = 2;
    private static final int ASSEMBLY_MEMORY_MIB = 1_000;
    /** For each CPU beyond {@link #ASSEMBLY_CPUS}: it converts a part of the product by itself. */
    private static final int ASSEMBLY_MEMORY_MIB_EACH_CPU = 250;

    private static final long ASSEMBLY_PIXELS_PER_SECOND = 500_000;

    /** Polygons take as long as so many bands: 10980 x 10980 pixels with 4 million polygons, 6 min of CPU. */
    private static final int BANDS_FOR_POLYGONS = 3;

    /** A sizing that follows what runs have taught, where the settings name no account and no nodes. */
    public Sizing(
            String cpuPartition,
            String gpuPartition,
            boolean wholeGpus,
            double kills,
            double memoryGrowth,
            double timeGrowth) {
        this(
                cpuPartition,
                gpuPartition,
                wholeGpus,
                kills,
                memoryGrowth,
                timeGrowth,
                true,
                TileSettings.DEFAULT,
                Directives.NONE);
    }

    /**
     * The most memory and time that a job with this request may be given, where Swath chooses how much.
     *
     * @param night whether the scene has the priority of the night
     */
    MostPerJob most(Request request, boolean night, Capabilities cluster) {
        return MostPerJob.of(placed(request, night), cluster);
    }

    /** Whether nodes have what a task of a scene asks for, where the settings let it run, be they ready now or not. */
    boolean everFits(Scene scene, Request request, Capabilities cluster) {
        return cluster.everFits(placed(request, scene.priority() == Priority.NIGHT));
    }

    /** The request as the cluster sees it: with what the settings add. */
    private Request placed(Request request, boolean night) {
        return directives.placed(request, night);
    }

    /**
     * What the first run of each step asks for, by the step's name, and what the assembly of a small scene does. A step that
     * may run on any device has a request for each that the cluster has.
     *
     * @throws SizingException when no partition can give what a step asks for
     */
    public Map<String, Request> firstRequests(Recipe recipe, Capabilities cluster) {
        Map<String, Request> requests = new LinkedHashMap<>();
        recipe.prepare().ifPresent(step -> requests.put(step.name(), request(recipe, step, ANY_TILE, cluster)));
        if (recipe.accepts().onMap() && recipe.prepare().isEmpty()) {
            requests.put(OrthoStep.NAME, request(recipe, OrthoStep.of(recipe), ANY_TILE, cluster));
        }
        recipe.steps()
                .forEach(step -> onEachDevice(recipe, step, cluster)
                        .forEach((device, request) -> requests.put(
                                step.name() + (step.onAnyDevice() && device == Device.CPU ? " on CPUs" : ""),
                                request)));
        requests.put(TileProgress.label(TileProgress.ASSEMBLY), assembly(recipe, 1, ANY_TILE, cluster));
        return requests;
    }

    /**
     * The request of a tile's step, checked against what the partition has.
     *
     * @throws SizingException when the partition cannot give what the recipe asks for
     */
    public Request request(Recipe recipe, Step asked, TileProgress tile, Capabilities cluster) {
        boolean onGpu = asked.device() == Device.GPU || asked.onAnyDevice();
        Partition partition = onGpu ? gpu(recipe, asked, cluster) : cpu(recipe, cluster);
        // Nobody can ask for less in a step of Swath's own.
        Step step = asked.name().equals(OrthoStep.NAME) ? within(partition, asked) : asked;
        String where = "recipe " + recipe.name() + ", step " + step.name() + ": request.";
        int memoryMiB = memory(tile, partition, step.memoryMiB());
        if (partition.managesMemory() && step.memoryMiB() > partition.memoryMiBPerNode()) {
            throw new SizingException(where + "memory " + step.memoryMiB() + "M is more than the "
                    + partition.memoryMiBPerNode() + "M of a node in partition " + partition.name()
                    + "; ask for less, or name another partition in the settings");
        }
        boolean local = cluster.name().equals(Capabilities.LOCAL); // there the tasks of all nodes share this machine
        if (step.placement().nodes() > partition.nodes() && !local) {
            throw new SizingException(
                    where + "nodes " + step.placement().nodes() + " is more than the "
                            + partition.nodes() + " of partition " + partition.name()
                            + "; ask for fewer, or name another partition in the settings",
                    true);
        }
        int cpus = step.cpus() * (local ? 1 : step.placement().tasksPerNode());
        if (cpus > partition.cpusPerNode()) {
            throw new SizingException(where + "cpus " + cpus + " is more than the " + partition.cpusPerNode()
                    + " of a node in partition " + partition.name()
                    + "; ask for fewer, or name another partition in the settings");
        }
        Duration time = time(tile, partition, step.time());
        if (partition.maxTime().isPresent()
                && step.time().compareTo(partition.maxTime().get()) > 0) {
            throw new SizingException(where + "time " + step.time() + " is more than partition " + partition.name()
                    + " allows (" + partition.maxTime().get() + "); ask for less, or name another partition");
        }
        double share = tile.gpu().orElse(step.gpu());
        GpuRequest gpu = onGpu && partition.gpusPerNode() > 0 ? gpu(partition, step, share) : GpuRequest.NONE;
        if (gpu.whole() > partition.gpusPerNode()) {
            throw new SizingException(where + "gpus " + gpu.whole() + " is more than the " + partition.gpusPerNode()
                    + " of a node in partition " + partition.name() + "; ask for fewer");
        }
        return new Request(partition.name(), step.cpus(), memoryMiB, time, gpu, excludedNodes(tile), step.placement());
    }

    private GpuRequest gpu(Partition partition, Step step, double share) {
        boolean part =
                step.gpu() < 1 && sharesGpus() && step.placement().gpuType().isEmpty();
        return part
                ? GpuParts.choose(partition, GpuParts.Need.guess(share)).request()
                : GpuRequest.whole((int) Math.ceil(share));
    }

    /** Whether a part of a GPU may be asked for. */
    boolean sharesGpus() {
        return !wholeGpus;
    }

    /**
     * What the first run of a step asks for, on each device that the recipe allows and the cluster has.
     *
     * @throws SizingException when there is none
     */
    Map<Device, Request> onEachDevice(Recipe recipe, Step step, Capabilities cluster) {
        if (!step.onAnyDevice()) {
            return Map.of(step.device(), request(recipe, step, ANY_TILE, cluster));
        }
        Map<Device, Request> possible = new EnumMap<>(Device.class);
        List<SizingException> impossible = new ArrayList<>();
        for (Device device : List.of(Device.CPU, Device.GPU)) {
            try {
                Request request = request(recipe, step.on(device), ANY_TILE, cluster);
                // A GPU step runs on CPUs where no GPU is needed.
                if (Directives.onGpu(request) == (device == Device.GPU)) {
                    possible.put(device, request);
                }
            } catch (SizingException notThere) {
                impossible.add(notThere);
            }
        }
        if (possible.isEmpty()) {
            throw impossible.get(0);
        }
        return possible;
    }

    private static Step within(Partition partition, Step step) {
        return new Step(
                step.name(),
                step.run(),
                step.device(),
                step.cpus(),
                Math.min(step.memoryMiB(), partition.memoryMiBPerNode()),
                shortest(step.time(), partition),
                step.gpu());
    }

    private static Duration shortest(Duration time, Partition partition) {
        return partition.maxTime().filter(most -> most.compareTo(time) < 0).orElse(time);
    }

    /**
     * The request of an assembly: what the recipe says, and else a usual one, whose time grows with the number of pixels.
     *
     * @throws SizingException when the partition cannot give what the recipe asks for
     */
    public Request assembly(Recipe recipe, long pixels, TileProgress tile, Capabilities cluster) {
        Partition partition = cpu(recipe, cluster);
        RecipeRequest asked = recipe.assemble().request();
        int tasks = asked.placement().tasksPerNode();
        int bands = recipe.output().map(Recipe.Output::bands).orElse(4)
                + (recipe.assemble().polygons() ? BANDS_FOR_POLYGONS : 0);
        Duration time = shortest(Duration.ofMinutes(2 + pixels * bands / (60 * ASSEMBLY_PIXELS_PER_SECOND)), partition);
        int cpus = asked.cpus().orElse(Math.max(1, Math.min(ASSEMBLY_CPUS, partition.cpusPerNode() / tasks)));
        int more = Math.max(0, cpus * tasks - ASSEMBLY_CPUS) * ASSEMBLY_MEMORY_MIB_EACH_CPU;
        int memoryMiB = asked.memoryMiB().orElse(Math.min(ASSEMBLY_MEMORY_MIB + more, partition.memoryMiBPerNode()));
        Step step = new Step(
                AssemblyFiles.STEP,
                "",
                Device.CPU,
                cpus,
                memoryMiB,
                asked.time().orElse(time),
                0,
                asked.placement());
        return request(recipe, step, tile, cluster);
    }

    /** The guess, or more if that was too little; 0 where the cluster does not manage memory. */
    private int memory(TileProgress tile, Partition partition, int guessMiB) {
        if (!partition.managesMemory()) {
            return 0;
        }
        double more = tile.tooLittleMiB().orElse(0) * memoryGrowth;
        return (int) Math.max(guessMiB, Math.min(partition.memoryMiBPerNode(), Math.ceil(more)));
    }

    private Duration time(TileProgress tile, Partition partition, Duration guess) {
        Duration more = Duration.ofSeconds(
                Math.round(tile.tooShort().orElse(Duration.ZERO).toSeconds() * timeGrowth));
        return shortest(more.compareTo(guess) > 0 ? more : guess, partition);
    }

    /** Sorted, so that tiles which exclude the same nodes have equal requests and share an array. */
    private static List<String> excludedNodes(TileProgress tile) {
        return tile.excludedNodes().stream().sorted().toList();
    }

    private Partition cpu(Recipe recipe, Capabilities cluster) {
        if (!cpuPartition.isEmpty()) {
            return named(recipe, cpuPartition, "slurm.partition.cpu", cluster);
        }
        return cluster.partitions().stream()
                .min(Comparator.comparing((Partition partition) -> partition.gpusPerNode() > 0)
                        .thenComparing(partition -> !partition.byDefault()))
                .orElseThrow(() -> new SizingException(cluster.name() + " has no partition that is up"));
    }

    private Partition gpu(Recipe recipe, Step step, Capabilities cluster) {
        if (!gpuPartition.isEmpty()) {
            return named(recipe, gpuPartition, "slurm.partition.gpu", cluster);
        }
        Optional<Partition> found = cluster.partitions().stream()
                .filter(partition -> partition.gpusPerNode() > 0)
                .findFirst();
        if (found.isPresent() || !cluster.needsGpus()) {
            return found.orElseGet(() -> cpu(recipe, cluster));
        }
        throw new SizingException("recipe " + recipe.name() + ", step " + step.name()
                + ": device gpu, but no partition of " + cluster.name()
                + " has a GPU; name one in slurm.partition.gpu, or give the step device: cpu without gpu and gpus");
    }

    private static Partition named(Recipe recipe, String name, String setting, Capabilities cluster) {
        return cluster.partition(name)
                .orElseThrow(() -> new SizingException("recipe " + recipe.name() + " needs partition " + name + " ("
                        + setting + "), which " + cluster.name() + " does not have"));
    }
}
