package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.swath.model.Device;
import io.swath.submission.DeviceChoice.Share;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DeviceChoiceTest {
    private static final Map<Device, Integer> SPACE = Map.of(Device.CPU, 100_000, Device.GPU, 100_000);

    private static DeviceQueue queue(Device device, int slots, double seconds) {
        return new DeviceQueue(device, slots, 0, 0, OptionalDouble.of(seconds), 1_000);
    }

    private static DeviceQueue unknown(Device device) {
        return new DeviceQueue(device, 10, 0, 0, OptionalDouble.empty(), 1_000);
    }

    private static Map<Device, Integer> divide(int tiles, Map<Device, Integer> room, DeviceQueue... queues) {
        return new DeviceChoice(List.of(queues))
                .divide(tiles, room).stream().collect(Collectors.toMap(Share::device, Share::tiles));
    }

    /** 12 cores that take 40 s for a tile and 16 quarters of a GPU that take 12 s end 800 tiles in 490 s at best. */
    @Test
    void a_scene_is_split_so_that_both_devices_end_at_about_the_same_time() {
        DeviceQueue cpu = queue(Device.CPU, 12, 40);
        DeviceQueue gpu = queue(Device.GPU, 16, 12);
        Map<Device, Integer> tiles = divide(800, SPACE, cpu, gpu);
        assertThat(tiles.get(Device.CPU) + tiles.get(Device.GPU)).isEqualTo(800);
        assertThat(cpu.end(tiles.get(Device.CPU) - 1)).isCloseTo(gpu.end(tiles.get(Device.GPU) - 1), within(5.0));
        assertThat(Math.ceil(tiles.get(Device.CPU) / 12.0) * 40).isLessThan(521);
        assertThat(Math.ceil(tiles.get(Device.GPU) / 16.0) * 12).isLessThan(521);
    }

    @Test
    void a_few_tiles_all_go_to_the_faster_device() {
        assertThat(divide(16, SPACE, queue(Device.CPU, 12, 40), queue(Device.GPU, 16, 12)))
                .isEqualTo(Map.of(Device.GPU, 16));
    }

    @Test
    void tiles_go_to_the_slower_device_when_the_faster_one_has_much_work_in_front_of_them() {
        DeviceQueue cpu = queue(Device.CPU, 12, 40);
        DeviceQueue busy = new DeviceQueue(Device.GPU, 16, 16 * 300, 0, OptionalDouble.of(12), 1_000);
        assertThat(divide(16, SPACE, cpu, busy)).isEqualTo(Map.of(Device.CPU, 16));
    }

    @Test
    void tiles_go_to_the_slower_device_when_the_cluster_expects_to_start_them_late_on_the_faster_one() {
        DeviceQueue cpu = queue(Device.CPU, 12, 40);
        DeviceQueue late = new DeviceQueue(Device.GPU, 16, 0, 3_600, OptionalDouble.of(12), 1_000);
        assertThat(divide(16, SPACE, cpu, late)).isEqualTo(Map.of(Device.CPU, 16));
    }

    @Test
    void of_unknown_devices_two_tiles_are_tried_on_each_and_the_others_wait() {
        assertThat(divide(800, Map.of(Device.CPU, 2, Device.GPU, 2), unknown(Device.CPU), unknown(Device.GPU)))
                .isEqualTo(Map.of(Device.CPU, 2, Device.GPU, 2));
        assertThat(divide(800, Map.of(Device.CPU, 0, Device.GPU, 1), unknown(Device.CPU), unknown(Device.GPU)))
                .isEqualTo(Map.of(Device.GPU, 1));
    }

    @Test
    void where_one_device_is_known_two_tiles_are_tried_on_the_other() {
        assertThat(divide(
                        800, Map.of(Device.CPU, 2, Device.GPU, 1_000), unknown(Device.CPU), queue(Device.GPU, 16, 12)))
                .isEqualTo(Map.of(Device.CPU, 2, Device.GPU, 798));
    }

    @Test
    void tiles_for_a_device_without_space_wait_and_do_not_go_where_they_would_end_later() {
        Map<Device, Integer> room = Map.of(Device.CPU, 100_000, Device.GPU, 10);
        assertThat(divide(16, room, queue(Device.CPU, 12, 40), queue(Device.GPU, 16, 12)))
                .isEqualTo(Map.of(Device.GPU, 10));
    }

    @Test
    void the_reason_names_the_estimate_for_each_device() {
        List<Share> shares =
                new DeviceChoice(List.of(queue(Device.CPU, 12, 40), queue(Device.GPU, 16, 12))).divide(800, SPACE);
        assertThat(shares)
                .extracting(Share::why)
                .containsExactly(
                        "device cpu: a tile ends in 40 s on CPUs, a tile ends in 41 s on a GPU",
                        "device gpu: a tile ends in 12 s on a GPU, a tile ends in 40 s on CPUs");
        assertThat(new DeviceChoice(List.of(unknown(Device.CPU), queue(Device.GPU, 16, 12)))
                        .divide(10, Map.of(Device.CPU, 2, Device.GPU, 100)))
                .extracting(Share::why)
                .containsExactly(
                        "device cpu: tried, no run has shown how long a tile takes on CPUs, a tile ends in 12 s on a GPU",
                        "device gpu: a tile ends in 12 s on a GPU, no run has shown how long a tile takes on CPUs");
    }

    @Test
    void waiting_tiles_move_only_for_a_gain_of_more_than_a_fifth_and_of_more_than_30_seconds() {
        DeviceQueue cpu = queue(Device.CPU, 1, 100);
        assertThat(new DeviceChoice(List.of(cpu, queue(Device.GPU, 1, 69))).betterThan(Device.CPU, 1))
                .contains("they would end in 100 s there, and in 69 s elsewhere");
        assertThat(new DeviceChoice(List.of(cpu, queue(Device.GPU, 1, 71))).betterThan(Device.CPU, 1))
                .isEmpty();
        assertThat(new DeviceChoice(List.of(cpu, queue(Device.GPU, 1, 85))).betterThan(Device.CPU, 10))
                .isEmpty();
        assertThat(new DeviceChoice(List.of(cpu, queue(Device.GPU, 1, 69))).betterThan(Device.GPU, 1))
                .isEmpty();
        assertThat(new DeviceChoice(List.of(cpu, unknown(Device.GPU))).betterThan(Device.CPU, 100))
                .isEmpty();
        assertThat(new DeviceChoice(List.of(unknown(Device.CPU), queue(Device.GPU, 1, 1))).betterThan(Device.CPU, 100))
                .isEmpty();
    }
}
