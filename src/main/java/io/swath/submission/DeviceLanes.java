package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.job.Directives;
import io.swath.ledger.DeviceLoads.Load;
import io.swath.ledger.LearnedSizes.RunClass;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.Device;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.submission.sizing.Quantity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.ToIntBiFunction;
import java.util.function.ToIntFunction;

/**
 * Divides a scene's tiles among the devices, where the recipe leaves it to Swath ({@code device: any}): by what runs have
 * taught, by the tasks in front of them, and by when the cluster expects to start them ({@link DeviceChoice}). A tile passes
 * all such steps of its recipe on the same device.
 *
 * <p>To be used within one transaction or read of the ledger. Not thread-safe.
 */
final class DeviceLanes {
    private static final String SEPARATOR = "; ";

    private final Session session;
    private final Sizing sizing;
    private final Capabilities cluster;

    DeviceLanes(Session session, Sizing sizing, Capabilities cluster) {
        this.session = session;
        this.sizing = sizing;
        this.cluster = cluster;
    }

    /**
     * Tiles that pass their steps on the same devices.
     *
     * @param recipe whose steps all have one device
     * @param why the device was chosen, for people; empty: the recipe says where its steps run
     */
    record Lane(Recipe recipe, List<TileProgress> tiles, String why) {
        /** What a batch of the lane says of its device: only a step for which it was chosen says something. */
        String whyOf(int stepIndex, Recipe whole) {
            return stepIndex >= 0 && whole.steps().get(stepIndex).onAnyDevice() && !why.isEmpty()
                    ? why + SEPARATOR
                    : "";
        }
    }

    /** The recipe with all steps on one device that may run on any. */
    static Recipe on(Recipe recipe, Device device) {
        return recipe.withSteps(recipe.steps().stream()
                .map(step -> step.onAnyDevice() ? step.on(device) : step)
                .toList());
    }

    /** The recipe as it was when the batch was written: with its steps on the batch's device. */
    static Recipe as(Recipe recipe, Batch batch) {
        return on(recipe, deviceOf(batch));
    }

    private static boolean hasChoice(Recipe recipe, int from) {
        return recipe.steps().subList(Math.max(0, from), recipe.steps().size()).stream()
                .anyMatch(Step::onAnyDevice);
    }

    /**
     * Divides tiles. Tiles in no lane are decided later.
     *
     * @param waiting tiles that are to be submitted, each for its next step
     * @param room for how many tiles there is space now, by the recipe of a lane
     * @throws SizingException when no device of the cluster can do a step
     */
    List<Lane> divide(Scene scene, Recipe recipe, List<TileProgress> waiting, ToIntFunction<Recipe> room) {
        return divide(scene, recipe, waiting, room, this::unseen);
    }

    private List<Lane> divide(
            Scene scene,
            Recipe recipe,
            List<TileProgress> waiting,
            ToIntFunction<Recipe> room,
            ToIntBiFunction<Request, List<Load>> bound) {
        int first = waiting.stream().mapToInt(TileProgress::step).min().orElse(0);
        if (waiting.isEmpty() || !hasChoice(recipe, first)) {
            List<TileProgress> tiles = waiting.subList(0, Math.min(waiting.size(), room.applyAsInt(recipe)));
            return tiles.isEmpty() ? List.of() : List.of(new Lane(recipe, tiles, ""));
        }
        Map<Device, List<Request>> possible = possible(recipe, first);
        Map<Device, Integer> rooms = new EnumMap<>(Device.class);
        List<DeviceQueue> queues = new ArrayList<>();
        possible.forEach((device, requests) -> {
            List<Load> ahead = ahead(scene, requests.get(0), "");
            queues.add(queue(scene, recipe, first, waiting.get(0), device, requests, ahead));
            rooms.put(device, Math.min(room.applyAsInt(on(recipe, device)), bound.applyAsInt(requests.get(0), ahead)));
        });
        List<Lane> lanes = new ArrayList<>();
        List<TileProgress> free = new ArrayList<>(waiting);
        if (possible.containsKey(Device.CPU) && possible.size() > 1) {
            List<TileProgress> safe = waiting.stream()
                    .filter(tile -> needsCpu(tile, recipe))
                    .limit(Math.max(0, rooms.get(Device.CPU)))
                    .toList();
            free.removeIf(tile -> needsCpu(tile, recipe));
            if (!safe.isEmpty()) {
                rooms.merge(Device.CPU, -safe.size(), Integer::sum);
                lanes.add(new Lane(
                        on(recipe, Device.CPU),
                        safe,
                        DeviceChoice.BEGIN + "cpu: for a last attempt, or after the memory of a GPU was too little"));
            }
        }
        int from = 0;
        for (DeviceChoice.Share share : new DeviceChoice(queues).divide(free.size(), rooms)) {
            List<TileProgress> tiles = free.subList(from, from + share.tiles());
            lanes.add(new Lane(on(recipe, share.device()), List.copyOf(tiles), share.why()));
            from += share.tiles();
        }
        return lanes;
    }

    /**
     * As {@link #divide}, where there is space for all tiles. Where a device is unknown, and most tiles would wait for what the
     * first teach, they are shown with the device that the cluster has for them, the GPU first.
     */
    List<Lane> divideAll(Scene scene, Recipe recipe, List<TileProgress> waiting) {
        List<Lane> lanes =
                divide(scene, recipe, waiting, chosen -> Integer.MAX_VALUE, (request, ahead) -> Integer.MAX_VALUE);
        int divided = lanes.stream().mapToInt(lane -> lane.tiles().size()).sum();
        if (divided == waiting.size()) {
            return lanes;
        }
        Device first = possible(recipe, 0).containsKey(Device.GPU) ? Device.GPU : Device.CPU;
        return List.of(new Lane(
                on(recipe, first),
                waiting,
                DeviceChoice.BEGIN + "any: " + DeviceChoice.TRIED
                        + " tiles are tried on each device, and then the others go where they end first"));
    }

    /** Whether a tile must not run on a GPU again: it was too small for it, or this is the last attempt. */
    static boolean needsCpu(TileProgress tile, Recipe recipe) {
        boolean last = tile.faults() > 0 && tile.faults() >= recipe.retries();
        return recipe.steps().get(tile.step()).onAnyDevice()
                && (last || tile.gpu().isPresent());
    }

    /**
     * Of how many tasks more it would not be known when they start. Where no task of Swath runs, others may have all the
     * places: the first few find out.
     */
    private int unseen(Request request, List<Load> ahead) {
        boolean runs = ahead.stream().anyMatch(load -> load.running() > 0);
        int open = ahead.stream().mapToInt(Load::tasks).sum();
        return runs ? Integer.MAX_VALUE : Math.max(0, Math.max(DeviceChoice.TRIED, cluster.free(request)) - open);
    }

    /** The requests of the steps that have a choice, on each device that can do all of them. */
    private Map<Device, List<Request>> possible(Recipe recipe, int from) {
        Map<Device, List<Request>> requests = new EnumMap<>(Device.class);
        Set<Device> devices = EnumSet.of(Device.CPU, Device.GPU);
        for (Step step : recipe.steps().subList(from, recipe.steps().size())) {
            if (step.onAnyDevice()) {
                Map<Device, Request> one = sizing.onEachDevice(recipe, step, cluster);
                devices.retainAll(one.keySet());
                one.forEach((device, request) -> requests.computeIfAbsent(device, key -> new ArrayList<>())
                        .add(request));
            }
        }
        if (devices.isEmpty()) {
            throw new SizingException("recipe " + recipe.name() + ": no device can do all steps with device: any; write"
                    + " device: gpu or device: cpu for each");
        }
        requests.keySet().retainAll(devices);
        return requests;
    }

    private List<Load> ahead(Scene scene, Request request, String exceptBatch) {
        return session.deviceLoads()
                .ahead(scene.priority(), request.partition(), Directives.onGpu(request), exceptBatch);
    }

    private DeviceQueue queue(
            Scene scene,
            Recipe recipe,
            int from,
            TileProgress tile,
            Device device,
            List<Request> requests,
            List<Load> ahead) {
        Request request = requests.get(0);
        OptionalDouble seconds = seconds(scene, recipe, from, tile, requests);
        double usual = seconds.orElse((double) request.time().toSeconds());
        double work = ahead.stream()
                .mapToDouble(load -> load.tasks() * usualSeconds(load, request, usual))
                .sum();
        int running = ahead.stream().mapToInt(Load::running).sum();
        boolean waits = ahead.stream().mapToInt(Load::tasks).sum() > running;
        int slots = Math.max(1, cluster.slots(request));
        // Where tasks wait although some run, others have the remaining places. Where none runs, the cluster says when.
        return new DeviceQueue(
                device,
                running > 0 && waits ? Math.min(slots, running) : slots,
                work,
                running > 0 ? 0 : secondsUntilStart(ahead),
                seconds);
    }

    private double secondsUntilStart(List<Load> ahead) {
        return ahead.stream()
                .flatMap(load -> load.expectedStart().stream())
                .min(Instant::compareTo)
                .map(start -> (double)
                        Math.max(0, Duration.between(session.now(), start).toSeconds()))
                .orElse(0.0);
    }

    /** What the tile's steps take together that have a choice; empty: of one of them nothing is known. */
    private OptionalDouble seconds(Scene scene, Recipe recipe, int from, TileProgress tile, List<Request> requests) {
        double megabytes = scene.plan().megabytes(tile.tile().read());
        double all = 0;
        int next = 0;
        for (Step step : recipe.steps().subList(from, recipe.steps().size())) {
            if (step.onAnyDevice()) {
                RunClass key = RunClass.of(recipe.name(), step.name(), requests.get(next++));
                OptionalDouble expected = session.learnedSizes()
                        .find(key, Quantity.TIME.name(), recipe.hash())
                        .flatMap(Learning::parse)
                        .map(learned -> learned.expected(megabytes))
                        .orElse(OptionalDouble.empty());
                if (expected.isEmpty()) {
                    return expected;
                }
                all += expected.getAsDouble();
            }
        }
        return OptionalDouble.of(all);
    }

    private double usualSeconds(Load load, Request request, double unknown) {
        RunClass key = RunClass.of(load.recipe(), load.step(), request);
        return session.learnedSizes()
                .latest(key, Quantity.TIME.name())
                .flatMap(taught -> Learning.parse(taught).map(learned -> learned.expected(taught.megabytes())))
                .orElse(OptionalDouble.empty())
                .orElse(unknown);
    }

    /** Whether the cluster has the device on which the batch was to run. */
    boolean isPossible(Recipe recipe, Batch batch) {
        return possible(recipe, batch.stepIndex()).containsKey(deviceOf(batch));
    }

    /**
     * Why the tiles of a batch that was not sent would end much earlier on another device; empty: they would not.
     *
     * @param recipe as its author wrote it
     * @param tile one of the batch
     */
    Optional<String> betterDevice(Scene scene, Recipe recipe, Batch batch, TileProgress tile) {
        List<DeviceQueue> queues = new ArrayList<>();
        possible(recipe, batch.stepIndex())
                .forEach((device, requests) -> queues.add(queue(
                        scene,
                        recipe,
                        batch.stepIndex(),
                        tile,
                        device,
                        requests,
                        ahead(scene, requests.get(0), batch.token()))));
        return new DeviceChoice(queues).betterThan(deviceOf(batch), batch.size());
    }

    /** What a batch's reason says of its device, with what separates it from the rest. */
    static String deviceWords(String why) {
        int end = why.indexOf(SEPARATOR);
        return why.startsWith(DeviceChoice.BEGIN) && end > 0 ? why.substring(0, end + SEPARATOR.length()) : "";
    }

    private static Device deviceOf(Batch batch) {
        return Directives.onGpu(batch.request()) ? Device.GPU : Device.CPU;
    }
}
