package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.jms.Connection;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Another program announces many scenes at once, over TLS. Meanwhile the broker is restarted twice and Swath is killed
 * once. Every scene must be delivered once, on a real Slurm.
 *
 * <p>The system property {@code station.scenes} is the number of scenes.
 */
@ExtendWith(SlurmTestCluster.class)
class StationSlurmIT {
    private static final int SCENES = Integer.getInteger("station.scenes", 24);
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final Duration LATE = Duration.ofMinutes(3).plusSeconds(3L * SCENES);
    private static final String RUN = "st" + ProcessHandle.current().pid() + Long.toString(System.nanoTime(), 36);

    @TempDir
    static Path temp;

    @Test
    void delivers_each_scene_of_a_burst_once_although_broker_and_swath_are_restarted() throws Exception {
        SlurmTestCluster.up();
        Path folder = Files.createDirectory(temp.resolve(RUN));
        Map<String, String> settings = SlurmTestCluster.settings(SlurmTestCluster.storage(RUN));
        settings.put("broker.url", "failover:(" + SlurmTestCluster.brokerTlsUrl() + ")");
        settings.put("broker.ca", SlurmTestCluster.key("broker.pem").toString());
        try (SwathProcess swath =
                        new SwathProcess(folder, SlurmTestCluster.storage().resolve(RUN), settings);
                DownstreamConsumer downstream = DownstreamConsumer.at(
                                "failover:(" + SlurmTestCluster.brokerUrl() + ")",
                                "swath",
                                SlurmTestCluster.brokerPassword())
                        .once()) {
            swath.command("doctor", "--create").orFail();
            Path incoming = Files.createDirectory(swath.storage().resolve("incoming"));
            TestScenes.many(incoming, 64, 64, SCENES);
            List<String> lines = announcements();
            Path file = Files.write(temp.resolve("announcements"), lines);
            swath.start();
            Process announcer = announce(swath, file);
            int sent = lines.size();
            swath.await("the burst has begun", SOON, () -> count(swath, "announcement", "") > 0);
            SlurmTestCluster.compose("restart", "--timeout", "2", "broker");
            swath.await(
                    "scenes are accepted",
                    SOON,
                    () -> count(swath, "scene", " where state = 'ACCEPTED' or tile_count > 0") > 0);
            swath.kill();
            SlurmTestCluster.compose("restart", "--timeout", "2", "broker");
            swath.start();
            assertThat(announcer.waitFor(10, java.util.concurrent.TimeUnit.MINUTES))
                    .isTrue();
            assertThat(announcer.exitValue()).as("its log is in target/e2e").isZero();
            swath.await(
                    "all scenes are delivered",
                    LATE,
                    () -> count(swath, "scene", " where state = 'DELIVERED'") == SCENES);
            swath.await(
                    "all wrong announcements are rejected",
                    SOON,
                    () -> count(swath, "scene", " where state = 'REJECTED'") >= wrong());
            swath.await("every message is sent", SOON, () -> count(swath, "outbox", " where sent_at is null") == 0);
            assertThat(count(swath, "announcement", " where state = 'WAITING'")).isZero();
            swath.await(
                    "the last event",
                    SOON,
                    () -> eventCounts(downstream, swath, "delivered").values().stream()
                                    .mapToInt(Integer::intValue)
                                    .sum()
                            == SCENES);
            Map<String, Integer> accepted = eventCounts(downstream, swath, "accepted");
            Map<String, Integer> delivered = eventCounts(downstream, swath, "delivered");
            int dead = dead("swath.dead", RUN);
            int lost = dead("ActiveMQ.DLQ", RUN);
            System.out.printf(
                    "%n| announced | messages | accepted | delivered | dead letters | delivered twice | in ActiveMQ.DLQ |%n"
                            + "| --- | --- | --- | --- | --- | --- | --- |%n| %d | %d | %d | %d | %d | %d | %d |%n%n",
                    SCENES,
                    sent,
                    accepted.size(),
                    delivered.size(),
                    dead,
                    delivered.values().stream().filter(times -> times > 1).count(),
                    lost);
            assertThat(accepted)
                    .hasSize(SCENES)
                    .allSatisfy((id, times) -> assertThat(times).isEqualTo(1));
            assertThat(delivered)
                    .hasSize(SCENES)
                    .allSatisfy((id, times) -> assertThat(times).isEqualTo(1));
            assertThat(downstream.contradictions()).isEmpty();
            assertThat(dead).isGreaterThanOrEqualTo(wrong());
            assertThat(lost).isZero();
        }
    }

    /** The announcements: every third scene is announced twice, and every tenth also with a wrong recipe. */
    private static List<String> announcements() {
        List<String> lines = new ArrayList<>();
        for (int number = 1; number <= SCENES; number++) {
            String good = "{\"path\": \"incoming/" + number + ".tif\", \"recipe\": \"noop\", \"id\": \"" + RUN + "/"
                    + number + "\"}";
            lines.add(good);
            if (number % 3 == 0) {
                lines.add(good);
            }
            if (number % 10 == 0) {
                lines.add("{\"path\": \"incoming/" + number + ".tif\", \"recipe\": \"no-such-recipe\", \"id\": \"" + RUN
                        + "/wrong/" + number + "\"}");
            }
        }
        return lines;
    }

    private static int wrong() {
        return SCENES / 10;
    }

    private static Process announce(SwathProcess swath, Path lines) throws Exception {
        Path output = Files.createDirectories(Path.of("target", "e2e")).resolve(RUN + "-announcer.log");
        Path password = SlurmTestCluster.key("broker-password");
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AnnouncingStation.class.getName(),
                        swath.setting("broker.url"),
                        "swath",
                        password.toString(),
                        SlurmTestCluster.key("broker.p12").toString(),
                        password.toString(),
                        lines.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    private static int count(SwathProcess swath, String table, String where) {
        return Integer.parseInt(
                swath.query("select count(*) as n from " + table + where).get(0).get("n"));
    }

    /** How many events of this type each announcement had. */
    private static Map<String, Integer> eventCounts(DownstreamConsumer downstream, SwathProcess swath, String type) {
        Map<String, Integer> counts = new HashMap<>();
        for (JsonNode event : downstream.all(swath.source())) {
            if (event.path("type").asText().equals("io.swath.scene." + type)) {
                counts.merge(event.at("/data/announcement").asText(), 1, Integer::sum);
            }
        }
        return counts;
    }

    /** Removes all messages from a queue of dead letters, and counts those of this run. */
    private static int dead(String queue, String run) throws Exception {
        int found = 0;
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(
                "swath", SlurmTestCluster.brokerPassword(), "failover:(" + SlurmTestCluster.brokerUrl() + ")");
        try (Connection connection = factory.createConnection()) {
            connection.start();
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageConsumer consumer = session.createConsumer(session.createQueue(queue));
            for (var one = consumer.receive(2000); one != null; one = consumer.receive(2000)) {
                if (one.getBody(String.class).contains(run)) {
                    found++;
                }
            }
        }
        return found;
    }
}
