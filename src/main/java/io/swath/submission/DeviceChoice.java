package io.swath.submission;

import io.swath.model.Device;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Chooses for each tile of a step with {@code device: any} where it ends first. A pure function of its arguments.
 *
 * <p>On a device that no run has shown yet, a few tiles are tried, for which the caller leaves room ({@link #TRIED}); the others
 * wait until one of them has ended, or go where it is known how long they take.
 *
 * @param queues of the devices on which the step can run, at least one
 */
record DeviceChoice(List<DeviceQueue> queues) {
    /** So many tiles are sent to a device to find out about it. */
    static final int TRIED = 2;

    /** How each sentence about a device begins. */
    static final String BEGIN = "device ";

    /** What waits for one device is moved to another only for this much of its time, and for so many seconds. */
    private static final double WORTH_MOVING = 0.2;

    private static final double WORTH_MOVING_SECONDS = 30;

    DeviceChoice {
        queues = List.copyOf(queues);
    }

    /**
     * Tiles for one device.
     *
     * @param tiles how many
     * @param why the choice and the estimates for the first of them, for people
     */
    record Share(Device device, int tiles, String why) {}

    /**
     * Divides tiles among the devices. A tile that would end first on a device without space is in no share: it waits for that
     * device, and is decided again.
     *
     * @param room how many tasks each device takes now
     */
    List<Share> divide(int tiles, Map<Device, Integer> room) {
        Map<Device, Integer> taken = new EnumMap<>(Device.class);
        Map<Device, Share> shares = new EnumMap<>(Device.class);
        for (int done = 0; done < tiles; done++) {
            Optional<DeviceQueue> next = next(taken, room);
            if (next.isEmpty()) {
                break;
            }
            Device device = next.get().device();
            int before = taken.getOrDefault(device, 0);
            if (before < room.getOrDefault(device, 0)) {
                String why = before > 0 ? shares.get(device).why() : why(next.get(), taken);
                shares.put(device, new Share(device, before + 1, why));
            }
            taken.put(device, before + 1);
        }
        return List.copyOf(shares.values());
    }

    private Optional<DeviceQueue> next(Map<Device, Integer> taken, Map<Device, Integer> room) {
        Optional<DeviceQueue> tried = queues.stream()
                .filter(queue -> queue.seconds().isEmpty()
                        && taken.getOrDefault(queue.device(), 0) < room.getOrDefault(queue.device(), 0))
                .findFirst();
        return tried.or(() -> queues.stream()
                .filter(queue -> queue.seconds().isPresent())
                .min(Comparator.comparing(queue -> queue.end(taken.getOrDefault(queue.device(), 0)))));
    }

    private String why(DeviceQueue chosen, Map<Device, Integer> taken) {
        List<String> others = queues.stream()
                .filter(queue -> !queue.equals(chosen))
                .map(queue -> estimate(queue, taken.getOrDefault(queue.device(), 0)))
                .toList();
        return sentence(chosen, others, estimate(chosen, taken.getOrDefault(chosen.device(), 0)));
    }

    private static String sentence(DeviceQueue chosen, List<String> others, String estimate) {
        String device = BEGIN + chosen.device().name().toLowerCase(Locale.ROOT) + ": ";
        if (others.isEmpty()) {
            return device + "the only one that the cluster has for this step";
        }
        return device + (chosen.seconds().isEmpty() ? "tried, " : "") + estimate + ", " + String.join(", ", others);
    }

    private static String estimate(DeviceQueue queue, int before) {
        String where = queue.device() == Device.GPU ? " on a GPU" : " on CPUs";
        return queue.seconds().isEmpty()
                ? "no run has shown how long a tile takes" + where
                : "a tile ends in " + Math.round(queue.end(before)) + " s" + where;
    }

    /**
     * Why tiles that wait for a device would end much earlier on another; empty: they would not, or nobody knows.
     *
     * @param from the device for which they wait; they do not count in its queue
     * @param tiles how many
     */
    Optional<String> betterThan(Device from, int tiles) {
        Optional<DeviceQueue> now = known(from);
        return queues.stream()
                .filter(queue -> queue.device() != from && queue.seconds().isPresent())
                .min(Comparator.comparing(queue -> queue.end(tiles - 1)))
                .filter(other -> now.filter(queue -> isWorthMoving(queue.end(tiles - 1), other.end(tiles - 1)))
                        .isPresent())
                .map(other -> "they would end in " + Math.round(now.get().end(tiles - 1)) + " s there, and in "
                        + Math.round(other.end(tiles - 1)) + " s elsewhere");
    }

    private Optional<DeviceQueue> known(Device device) {
        return queues.stream()
                .filter(queue -> queue.device() == device && queue.seconds().isPresent())
                .findFirst();
    }

    private static boolean isWorthMoving(double here, double there) {
        return here - there > WORTH_MOVING_SECONDS && here - there > WORTH_MOVING * here;
    }
}
