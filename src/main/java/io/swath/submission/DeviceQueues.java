package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.job.Directives;
import io.swath.ledger.DeviceLoads.Load;
import io.swath.ledger.LearnedSizes.RunClass;
import io.swath.ledger.Session;
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
import java.util.OptionalDouble;
import java.util.Set;

/**
 * The devices on which a tile can pass the steps that may run on any, and what it meets there: by what runs have taught, by the
 * tasks of Swath in the ledger, and by what the cluster has said about those that wait.
 *
 * <p>To be used within one transaction or read of the ledger. Not thread-safe.
 */
final class DeviceQueues {
    private final Session session;
    private final Sizing sizing;
    private final Capabilities cluster;

    DeviceQueues(Session session, Sizing sizing, Capabilities cluster) {
        this.session = session;
        this.sizing = sizing;
        this.cluster = cluster;
    }

    /**
     * The devices that can do all steps with a choice, from the given step on. One that can start no task now is left out if
     * another can.
     *
     * @throws SizingException when there is none
     */
    Set<Device> possible(Recipe recipe, int from) {
        return requests(recipe, from).keySet();
    }

    /**
     * What a tile meets on each of these devices.
     *
     * @param from the tile's next step
     * @param exceptBatch the token of a batch that does not count; empty: all count
     */
    List<DeviceQueue> of(Scene scene, Recipe recipe, int from, TileProgress tile, String exceptBatch) {
        Map<Device, List<Request>> possible = requests(recipe, from);
        Map<Device, OptionalDouble> seconds = new EnumMap<>(Device.class);
        possible.forEach((device, requests) -> seconds.put(device, seconds(scene, recipe, from, tile, requests)));
        boolean allKnown = seconds.values().stream().allMatch(OptionalDouble::isPresent);
        List<DeviceQueue> queues = new ArrayList<>();
        possible.forEach((device, requests) -> {
            Request request = requests.get(0);
            List<Load> ahead = session.deviceLoads()
                    .ahead(scene.priority(), request.partition(), device == Device.GPU, exceptBatch);
            int own = ahead.stream()
                    .filter(load -> load.recipe().equals(recipe.name()))
                    .mapToInt(Load::tasks)
                    .sum();
            // A few are tried on a device that is not known. Meanwhile no more go to another than can run there at
            // once,
            // because the others may end first where they are tried.
            int atOnce = seconds.get(device).isEmpty() ? DeviceChoice.TRIED : cluster.slots(request);
            int most = allKnown ? Integer.MAX_VALUE : Math.max(0, atOnce - own);
            queues.add(queue(device, request, seconds.get(device), ahead, most));
        });
        return queues;
    }

    /** What the first run of each step with a choice asks for, by device. */
    private Map<Device, List<Request>> requests(Recipe recipe, int from) {
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
        if (requests.values().stream().anyMatch(this::canStart)) {
            requests.values().removeIf(each -> !canStart(each));
        }
        return requests;
    }

    private boolean canStart(List<Request> requests) {
        return requests.stream().allMatch(request -> cluster.slots(request) > 0);
    }

    private DeviceQueue queue(Device device, Request request, OptionalDouble seconds, List<Load> ahead, int most) {
        double usual = seconds.orElse((double) request.time().toSeconds());
        double work = ahead.stream()
                .mapToDouble(load -> load.tasks() * usualSeconds(load, request, usual))
                .sum();
        int running = ahead.stream().mapToInt(Load::running).sum();
        int open = ahead.stream().mapToInt(Load::tasks).sum();
        int slots = Math.max(1, cluster.slots(request));
        // Where tasks wait although some run, others have the remaining places. Where none runs, the cluster says when,
        // and
        // until it has said so the first few find out.
        return new DeviceQueue(
                device,
                running > 0 && open > running ? Math.min(slots, running) : slots,
                work,
                running > 0 ? 0 : secondsUntilStart(ahead),
                seconds,
                running > 0
                        ? most
                        : Math.min(most, Math.max(0, Math.max(DeviceChoice.TRIED, cluster.free(request)) - open)));
    }

    /** As the cluster expects it. Where it has not said so, what waits is taken to wait as long again as it has waited. */
    private double secondsUntilStart(List<Load> ahead) {
        Instant now = session.now();
        return ahead.stream()
                .flatMap(load -> load.expectedStart().stream())
                .filter(start -> start.isAfter(now))
                .min(Instant::compareTo)
                .map(start -> Duration.between(now, start))
                .or(() -> ahead.stream()
                        .flatMap(load -> load.waitsSince().stream())
                        .min(Instant::compareTo)
                        .map(since -> Duration.between(since, now)))
                .map(wait -> (double) Math.max(0, wait.toSeconds()))
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

    /** What a task in front usually takes, whatever version of its recipe it runs. */
    private double usualSeconds(Load load, Request request, double unknown) {
        RunClass key = new RunClass(load.recipe(), load.step(), request.partition(), Directives.onGpu(request));
        return session.learnedSizes()
                .latest(key, Quantity.TIME.name())
                .flatMap(taught -> Learning.parse(taught).map(learned -> learned.expected(taught.megabytes())))
                .orElse(OptionalDouble.empty())
                .orElse(unknown);
    }
}
