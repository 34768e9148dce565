package io.swath.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.broker.BrokerClient;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of announcements at once, of scenes that are still missing: all are recorded, and few are in memory at a time.
 * {@code -Dburst=10000} sends more; each announcement is two writes to the disk.
 */
@Tag("resources")
class StationBurstTest {
    private static final int MESSAGES = Integer.getInteger("burst", 2_000);
    /** The consumer's prefetch, and the messages that it has just received. */
    private static final long MOST_IN_MEMORY = 2 * BrokerClient.PREFETCH;

    @TempDir
    Path folder;

    @Test
    void a_burst_is_recorded_without_loss_and_with_few_messages_in_memory() throws Exception {
        try (StationHarness harness = new StationHarness(folder, Duration.ZERO);
                Connection station = harness.station()) {
            long start = System.nanoTime();
            CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> burst(station));
            long[] most = new long[2];
            Awaitility.await()
                    .atMost(Duration.ofMinutes(8))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> {
                        most[0] = Math.max(most[0], harness.broker.unacknowledged("swath.scenes"));
                        most[1] = Math.max(
                                most[1],
                                Runtime.getRuntime().totalMemory()
                                        - Runtime.getRuntime().freeMemory());
                        return sender.isDone() && harness.waiting() >= MESSAGES;
                    });
            sender.join();
            System.out.printf(
                    "%d announcements in %.1f s: at most %d delivered and not yet recorded, heap at most %d MiB%n",
                    MESSAGES, (System.nanoTime() - start) / 1e9, most[0], most[1] >> 20);
            assertThat(harness.waiting()).isEqualTo(MESSAGES);
            assertThat(most[0]).isPositive().isLessThanOrEqualTo(MOST_IN_MEMORY);
            assertThat(harness.all("swath.dead")).isEmpty();
            assertThat(harness.all("ActiveMQ.DLQ")).isEmpty();
            assertThat(harness.all("swath.scenes")).isEmpty();
        }
    }

    private static void burst(Connection station) {
        try (Session session = station.createSession(true, Session.SESSION_TRANSACTED)) {
            MessageProducer producer = session.createProducer(session.createQueue("swath.scenes"));
            for (int number = 1; number <= MESSAGES; number++) {
                producer.send(session.createTextMessage("{\"path\": \"incoming/" + number
                        + ".tif\", \"recipe\": \"ndvi\", \"id\": \"" + number + "\"}"));
                if (number % 500 == 0) {
                    session.commit();
                }
            }
            session.commit();
        } catch (JMSException e) {
            throw new CompletionException(e);
        }
    }
}
