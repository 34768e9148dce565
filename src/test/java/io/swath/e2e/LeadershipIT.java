package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two Swath processes share one PostgreSQL, one broker and one storage; one is the leader, the other the standby. The
 * cluster is src/test/scripts/slurm.py, which runs the jobs on this machine and records each submission.
 */
class LeadershipIT {
    private static final Duration SOON = Duration.ofSeconds(90);
    /** The promised time until the standby is the leader. */
    private static final Duration TAKE_OVER = Duration.ofSeconds(30);

    @TempDir
    private Path temp;

    private final Cleanup cleanup = new Cleanup();
    private final HttpClient http = HttpClient.newHttpClient();
    private DownstreamConsumer downstream;
    private EmbeddedPostgres postgres;
    private Path slurm;
    private SwathProcess one;
    private SwathProcess two;

    @BeforeEach
    void start() throws Exception {
        downstream = DownstreamConsumer.withBroker().once();
        cleanup.add(downstream);
        postgres = EmbeddedPostgres.start();
        cleanup.add(postgres);
        slurm = Files.createDirectory(temp.resolve("slurm"));
        for (String command : List.of("sbatch", "squeue", "sacct", "scontrol")) {
            Files.copy(
                    Path.of("src/test/scripts/slurm.py"), slurm.resolve(command), StandardCopyOption.COPY_ATTRIBUTES);
        }
        one = create("one");
        two = create("two");
        cleanup.add(one::stop); // stop both before the storage is removed
        cleanup.add(two::stop);
        one.command("doctor", "--create").orFail();
        one.start();
        two.start("stands by");
    }

    @AfterEach
    void stop() {
        cleanup.close();
    }

    private SwathProcess create(String name) throws IOException {
        Path folder = Files.createDirectory(temp.resolve(name));
        Path password = Files.writeString(temp.resolve(name + ".password"), "none is asked for\n");
        Map<String, String> settings = new TreeMap<>(Map.of(
                "cluster",
                "slurm",
                "events.source",
                "/e2e/leadership",
                "broker.url",
                downstream.url(),
                "database.url",
                "jdbc:postgresql://localhost:" + postgres.getPort() + "/postgres",
                "database.user",
                "postgres",
                "database.password-file",
                password.toString(),
                "console.bind",
                "127.0.0.1:" + freePort()));
        SwathProcess created = new SwathProcess(folder, temp.resolve("storage"), settings).commandsFrom(slurm);
        cleanup.add(created);
        return created;
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }

    private HttpResponse<String> get(SwathProcess swath, String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://" + swath.setting("console.bind") + path))
                        .timeout(Duration.ofSeconds(20))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private void assertStandby(SwathProcess standby, SwathProcess leader) throws Exception {
        HttpResponse<String> health = get(standby, "/observe/health");
        assertThat(health.statusCode()).isEqualTo(503);
        assertThat(health.body()).contains("\"STANDBY\"", "stands by; ", leader.state() + " is the leader");
        assertThat(get(standby, "/observe/health/ready").statusCode()).isEqualTo(503);
        assertThat(get(standby, "/observe/health/live").statusCode()).isEqualTo(200);
    }

    private String holder() {
        return one.query("select holder from turn").get(0).get("holder");
    }

    private void awaitLeadership(SwathProcess swath, Duration limit) {
        swath.await(
                "it is the leader", limit, () -> holder().endsWith(swath.state().toString()));
    }

    /** Drops a scene whose tiles wait for {@link #open}. Returns its id as soon as one of its tiles runs. */
    private String dropGated(String name, int width) throws IOException {
        one.drop("gate", TestScenes.blank(temp.resolve(name), width, 256), name);
        String id = one.id(name);
        one.await(
                "a tile runs",
                SOON,
                () -> one.runs(id).stream().anyMatch(run -> run.get("state").equals("RUNNING")));
        return id;
    }

    private void open(String id) throws IOException {
        Files.createFile(one.work(id).resolve("gate"));
    }

    private void assertHealthy(SwathProcess swath) throws Exception {
        var health = get(swath, "/observe/health");
        assertThat(health.statusCode()).as(health.body()).isEqualTo(200);
    }

    /**
     * Checks that the scene is delivered, that each event came once, and that each batch was submitted once. A message
     * may come again if Swath did not record that it was sent; then it must be identical.
     */
    private void assertDeliveredOnce(String name) throws IOException {
        String id = one.awaitEnd(name, "DELIVERED", SOON);
        SceneAssertions.messages(one, downstream, id, "accepted", "delivered");
        assertThat(downstream.contradictions()).isEmpty();
        assertThat(one.runs(id)).extracting(run -> run.get("state")).containsOnly("SUCCEEDED");
        List<String> tokens = one.tokens(id);
        assertThat(Files.readAllLines(slurm.resolve("submitted")))
                .filteredOn(tokens::contains)
                .containsExactlyInAnyOrderElementsOf(tokens);
    }

    @Test
    void standby_takes_over_soon_after_a_kill_and_at_once_after_a_stop() throws Exception {
        assertStandby(two, one);
        assertHealthy(one);
        String id = dropGated("killed.tif", 512);
        one.kill();
        awaitLeadership(two, TAKE_OVER);
        two.awaitWords("is ready: drop scenes");
        open(id);
        assertDeliveredOnce("killed.tif");

        one.start("stands by");
        assertStandby(one, two);
        two.stop();
        one.awaitWords("is ready: drop scenes");
        one.drop("noop", TestScenes.blank(temp.resolve("after.tif"), 256, 256), "after.tif");
        assertDeliveredOnce("after.tif");
    }

    @Test
    void paused_leader_writes_nothing_when_it_continues_and_becomes_the_standby() throws Exception {
        String first = dropGated("paused.tif", 512);
        one.pause();
        try {
            awaitLeadership(two, TAKE_OVER);
            two.awaitWords("is ready: drop scenes");
            open(first);
            two.awaitEnd("paused.tif", "DELIVERED", SOON);
            dropGated("meanwhile.tif", 768);
        } finally {
            one.unpause();
        }
        one.awaitWords("is the leader now");
        one.awaitWords("stands by");
        assertStandby(one, two);
        assertHealthy(two);
        assertThat(holder()).endsWith(two.state().toString());
        open(two.id("meanwhile.tif"));
        assertDeliveredOnce("paused.tif");
        assertDeliveredOnce("meanwhile.tif");
        assertThat(Files.readString(one.storage().resolve("work/.turn")).strip())
                .isEqualTo(one.query("select fence from turn").get(0).get("fence"));

        Subprocess.Result cancel = one.command("cancel", one.id("paused.tif"));
        assertThat(cancel.exit()).as("the leader answers, and refuses").isEqualTo(1);
        assertThat(cancel.out()).contains("Cannot cancel", "DELIVERED already");
        two.kill();
        awaitLeadership(one, TAKE_OVER);
        one.drop("noop", TestScenes.blank(temp.resolve("again.tif"), 256, 256), "again.tif");
        assertDeliveredOnce("again.tif");
    }
}
