package io.swath.cluster.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Placement;
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
    void the_tasks_of_all_nodes_of_a_step_share_the_machine() {
        Request wide = new Request("", 1, 100, Duration.ofMinutes(1), 1, 0, List.of(), Placement.of(6, 2));
        Machine machine = new Machine("here", 4, 300, 1);
        Machine.Free free = new Machine.Free(machine);
        assertThat(free.take(wide)).as("6 CPUs are all of 4").contains(List.of(0));
        free.giveBack(wide, List.of(0));
        assertThat(free.take(new Request("", 4, 300, Duration.ofMinutes(1), 1, 0, List.of())))
                .as("all was given back")
                .isPresent();
        assertThat(new Machine("here", 4, 199, 1).rejection(wide))
                .hasValueSatisfying(why -> assertThat(why).contains("200 MiB"));
    }

    @Test
    void this_machine_reports_its_cpus_and_memory() {
        Machine machine = Machine.here();
        assertThat(machine.cpus()).isPositive();
        assertThat(machine.memoryMiB()).isPositive();
    }
}
