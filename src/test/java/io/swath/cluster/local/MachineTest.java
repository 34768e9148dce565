package io.swath.cluster.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Request;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class MachineTest {
    private static Request request(int cpus, int gpus, int shards) {
        return new Request("", cpus, 100, Duration.ofMinutes(1), gpus, shards, List.of());
    }

    @Test
    void a_gpu_is_given_out_whole_or_in_shards_but_never_twice() {
        Machine.Free free = new Machine.Free(new Machine("here", 16, 10_000, 2));
        assertThat(free.take(request(1, 0, 3))).contains(List.of(0));
        assertThat(free.take(request(1, 1, 0))).contains(List.of(1));
        assertThat(free.take(request(1, 0, 1))).contains(List.of(0));
        assertThat(free.take(request(1, 0, 1))).isEmpty();
        free.giveBack(request(1, 1, 0), List.of(1));
        assertThat(free.take(request(1, 2, 0))).isEmpty();
        assertThat(free.take(request(1, 0, 4))).contains(List.of(1));
    }

    @Test
    void without_a_gpu_a_gpu_task_takes_only_cpus() {
        Machine machine = new Machine("here", 2, 10_000, 0);
        assertThat(machine.rejection(request(1, 4, 0))).isEmpty();
        assertThat(new Machine.Free(machine).take(request(1, 4, 0))).contains(List.of());
    }

    @Test
    void a_task_that_requests_too_many_cpus_gets_all_cpus() {
        Machine.Free free = new Machine.Free(new Machine("here", 2, 10_000, 0));
        assertThat(free.take(request(8, 0, 0))).isPresent();
        assertThat(free.take(request(1, 0, 0))).isEmpty();
    }

    @Test
    void this_machine_reports_its_cpus_and_memory() {
        Machine machine = Machine.here();
        assertThat(machine.cpus()).isPositive();
        assertThat(machine.memoryMiB()).isPositive();
    }
}
