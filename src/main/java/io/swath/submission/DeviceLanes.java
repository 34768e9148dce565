package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.job.Directives;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.Device;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * Divides a scene's tiles among the devices, where the recipe leaves it to Swath ({@code device: any}), see {@link
 * DeviceChoice}. A tile passes all such steps of its recipe on the same device.
 *
 * <p>To be used within one transaction or read of the ledger. Not thread-safe.
 */
final class DeviceLanes {
    private static final String SEPARATOR = "; ";

    private final DeviceQueues queues;

    DeviceLanes(Session session, Sizing sizing, Capabilities cluster) {
        this.queues = new DeviceQueues(session, sizing, cluster);
    }

    /**
     * Tiles that pass their steps on the same devices.
     *
     * @param recipe whose steps all have one device
     * @param why the device was chosen, for people; empty: the recipe says where its steps run
     */
    record Lane(Recipe recipe, List<TileProgress> tiles, String why) {
        /**
         * What a batch of the lane says of its device: only a step for which it was chosen says something.
         *
         * @param whole the recipe as its author wrote it
         */
        String whyOf(int stepIndex, Recipe whole) {
            return isAny(whole, stepIndex) && !why.isEmpty() ? why + SEPARATOR : "";
        }
    }

    /** Whether a step of the recipe may run on any device; false for the preparation and the assembly. */
    static boolean isAny(Recipe recipe, int stepIndex) {
        return stepIndex >= 0 && recipe.steps().get(stepIndex).onAnyDevice();
    }

    /** The recipe with all steps on one device that may run on any. */
    private static Recipe on(Recipe recipe, Device device) {
        return recipe.withSteps(recipe.steps().stream()
                .map(step -> step.onAnyDevice() ? step.on(device) : step)
                .toList());
    }

    /** The recipe as it was when the batch was written: with its steps on the batch's device. */
    static Recipe as(Recipe recipe, Batch batch) {
        return on(recipe, deviceOf(batch));
    }

    static Device deviceOf(Batch batch) {
        return Directives.onGpu(batch.request()) ? Device.GPU : Device.CPU;
    }

    /**
     * Divides tiles. Tiles in no lane are decided later.
     *
     * @param waiting tiles that are to be submitted, each for its next step
     * @param room for how many tiles there is space now, by the recipe of a lane
     * @throws SizingException when no device of the cluster can do a step
     */
    List<Lane> divide(Scene scene, Recipe recipe, List<TileProgress> waiting, ToIntFunction<Recipe> room) {
        int from = firstStep(waiting);
        if (waiting.isEmpty() || !hasChoice(recipe, from)) {
            return lane(recipe, waiting.subList(0, Math.min(waiting.size(), room.applyAsInt(recipe))), "");
        }
        List<DeviceQueue> devices = queues.of(scene, recipe, from, waiting.get(0), "");
        Map<Device, Integer> rooms = new EnumMap<>(Device.class);
        devices.forEach(queue ->
                rooms.put(queue.device(), Math.min(queue.most(), room.applyAsInt(on(recipe, queue.device())))));
        return divide(recipe, waiting, devices, rooms);
    }

    /**
     * The recipes of the lanes that there may be.
     *
     * @param waiting tiles that are to be submitted, at least one
     * @throws SizingException when no device of the cluster can do a step
     */
    List<Recipe> choices(Recipe recipe, List<TileProgress> waiting) {
        int from = firstStep(waiting);
        return hasChoice(recipe, from)
                ? queues.possible(recipe, from).stream()
                        .map(device -> on(recipe, device))
                        .toList()
                : List.of(recipe);
    }

    /**
     * As {@link #divide(Scene, Recipe, List, ToIntFunction)}, where there is space for all tiles. Where nothing is known of a
     * device, and most tiles would wait for what the first teach, all have the same device: a GPU, if there is one.
     */
    List<Lane> divideAll(Scene scene, Recipe recipe, List<TileProgress> waiting) {
        int from = firstStep(waiting);
        if (waiting.isEmpty() || !hasChoice(recipe, from)) {
            return lane(recipe, waiting, "");
        }
        List<DeviceQueue> devices = queues.of(scene, recipe, from, waiting.get(0), "");
        Map<Device, Integer> rooms = new EnumMap<>(Device.class);
        devices.forEach(queue -> rooms.put(queue.device(), waiting.size()));
        if (devices.size() == 1
                || devices.stream().allMatch(queue -> queue.seconds().isPresent())) {
            return divide(recipe, waiting, devices, rooms);
        }
        return lane(
                on(recipe, Device.GPU),
                waiting,
                DeviceChoice.BEGIN + "any: " + DeviceChoice.TRIED
                        + " tiles are tried on each device, and then the others go where they end first");
    }

    private static List<Lane> divide(
            Recipe recipe, List<TileProgress> waiting, List<DeviceQueue> devices, Map<Device, Integer> rooms) {
        List<Lane> lanes = new ArrayList<>();
        List<TileProgress> free = new ArrayList<>(waiting);
        Set<Device> known = devices.stream()
                .filter(queue -> queue.seconds().isPresent())
                .map(DeviceQueue::device)
                .collect(Collectors.toUnmodifiableSet());
        if (rooms.containsKey(Device.CPU) && rooms.size() > 1) {
            Predicate<TileProgress> safeOnCpus = tile ->
                    needsCpu(tile, recipe) && (tile.gpu().isPresent() || known.isEmpty() || known.contains(Device.CPU));
            List<TileProgress> safe = waiting.stream()
                    .filter(safeOnCpus)
                    .limit(Math.max(0, rooms.get(Device.CPU)))
                    .toList();
            free.removeIf(safeOnCpus);
            rooms.merge(Device.CPU, -safe.size(), Integer::sum);
            String why = DeviceChoice.BEGIN + "cpu: for a last attempt, or after the memory of a GPU was too little";
            lanes.addAll(lane(on(recipe, Device.CPU), safe, why));
        }
        List<TileProgress> tried = toTry(free, known);
        rooms.replaceAll((device, room) -> known.contains(device) ? room : Math.min(room, tried.size()));
        List<DeviceChoice.Share> shares = new DeviceChoice(devices).divide(free.size(), rooms);
        Map<Device, List<TileProgress>> chosen = new EnumMap<>(Device.class);
        for (DeviceChoice.Share share : shares) {
            if (!known.contains(share.device())) {
                chosen.put(share.device(), take(tried, share.tiles()));
                free.removeAll(chosen.get(share.device()));
            }
        }
        for (DeviceChoice.Share share : shares) {
            chosen.computeIfAbsent(share.device(), device -> take(free, share.tiles()));
            lanes.addAll(lane(on(recipe, share.device()), chosen.get(share.device()), share.why()));
        }
        return lanes;
    }

    /**
     * The tiles that may be tried on a device that no run has shown. A tile of which an attempt has failed would lose another
     * attempt there; it is tried only where no device is known and no other tile waits.
     */
    private static List<TileProgress> toTry(List<TileProgress> free, Set<Device> known) {
        List<TileProgress> fresh =
                free.stream().filter(tile -> tile.faults() == 0).toList();
        return new ArrayList<>(fresh.isEmpty() && known.isEmpty() ? free : fresh);
    }

    /** Removes the first tiles from a list. */
    private static List<TileProgress> take(List<TileProgress> tiles, int most) {
        List<TileProgress> first = tiles.subList(0, Math.min(most, tiles.size()));
        List<TileProgress> taken = List.copyOf(first);
        first.clear();
        return taken;
    }

    private static List<Lane> lane(Recipe recipe, List<TileProgress> tiles, String why) {
        return tiles.isEmpty() ? List.of() : List.of(new Lane(recipe, List.copyOf(tiles), why));
    }

    private static int firstStep(List<TileProgress> tiles) {
        return tiles.stream().mapToInt(TileProgress::step).min().orElse(0);
    }

    private static boolean hasChoice(Recipe recipe, int from) {
        return recipe.steps().subList(from, recipe.steps().size()).stream().anyMatch(Step::onAnyDevice);
    }

    /** Whether a tile should not run on a GPU again: it was too small for it, or this is the last attempt. */
    static boolean needsCpu(TileProgress tile, Recipe recipe) {
        return isAny(recipe, tile.step())
                && (tile.isLastAttempt(recipe.retries()) || tile.gpu().isPresent());
    }

    /** What a batch's reason says of its device, with what separates it from the rest; empty: nothing. */
    static String deviceWords(String why) {
        int end = why.indexOf(SEPARATOR);
        return why.startsWith(DeviceChoice.BEGIN) && end > 0 ? why.substring(0, end + SEPARATOR.length()) : "";
    }
}
