package io.swath.cluster.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.cluster.ClusterException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class NodeThreadTest {
    private final NodeThread thread = new NodeThread(Duration.ofMillis(300));

    @AfterEach
    void close() {
        thread.close();
    }

    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_call_to_a_thread_that_stands_still_fails_with_the_place_and_never_runs_later() {
        CountDownLatch end = new CountDownLatch(1);
        AtomicBoolean ran = new AtomicBoolean();
        thread.later(Duration.ZERO, () -> {
            try {
                end.await();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });
        assertThatThrownBy(() -> thread.run("submit", () -> ran.set(true)))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("Tried to submit on the local cluster, but: its thread has not answered")
                .hasMessageContaining("it stands in io.swath.cluster.local.NodeThreadTest")
                .hasMessageContaining("restart Swath");
        end.countDown();
        assertThat(thread.call("find", () -> 3)).isEqualTo(3);
        assertThat(ran).isFalse();
    }
}
