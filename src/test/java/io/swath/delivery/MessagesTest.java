package io.swath.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.SpecVersion;
import io.cloudevents.jackson.JsonFormat;
import io.swath.delivery.Messages.Message;
import io.swath.health.Incidents.Incident;
import io.swath.ledger.DeadLetters;
import io.swath.model.Batch;
import io.swath.model.Rejection;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.SceneState;
import io.swath.testing.TestClock;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class MessagesTest {
    private Workbench bench;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private Messages messages() {
        return new Messages(bench.ledger, bench.storage, bench.json, "slurm", "/swath", bench.incidents);
    }

    private static CloudEvent read(Message message) {
        return new JsonFormat().deserialize(message.body().getBytes(StandardCharsets.UTF_8));
    }

    private JsonNode data(Message message) throws IOException {
        return bench.json.readTree(message.body()).path("data");
    }

    @Test
    void an_event_of_a_scene_is_a_valid_cloud_event() throws IOException {
        bench.accepted("a", "ndvi");

        Message message = messages().due().get(0);

        CloudEvent event = read(message);
        assertThat(event.getSpecVersion()).isEqualTo(SpecVersion.V1);
        assertThat(event.getId()).isEqualTo(message.id());
        assertThat(event.getType()).isEqualTo("io.swath.scene.accepted");
        assertThat(event.getSource()).isEqualTo(URI.create("/swath"));
        assertThat(event.getSubject()).isEqualTo("a");
        assertThat(event.getTime().toInstant()).isEqualTo(TestClock.START);
        assertThat(event.getDataContentType()).isEqualTo("application/json");
        assertThat(message.queue()).isEqualTo("swath.events");
        assertThat(data(message).path("door").asText()).isEqualTo("folder");
        assertThat(data(message).has("products")).isFalse();
    }

    @Test
    void a_message_that_is_sent_twice_has_the_same_id_and_content() {
        bench.accepted("a", "ndvi");
        List<Message> before = messages().due();
        bench.clock.forward(Duration.ofHours(1));

        assertThat(messages().due()).isEqualTo(before);
        messages().sent(before);
        assertThat(messages().due()).isEmpty();
    }

    @Test
    void the_second_event_of_a_scene_has_another_id_and_waits_for_the_first() {
        bench.accepted("a", "ndvi");
        bench.ledger.write(
                session -> session.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.CANCELLED, "no use"));

        List<Message> first = messages().due();
        messages().sent(first);
        List<Message> second = messages().due();

        assertThat(first).extracting(Message::type).containsExactly("io.swath.scene.accepted");
        assertThat(second).extracting(Message::type).containsExactly("io.swath.scene.cancelled");
        assertThat(second.get(0).id()).isNotEqualTo(first.get(0).id());
    }

    @Test
    void the_event_of_a_delivered_scene_has_its_products_as_the_nodes_see_them() throws IOException {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.ledger.write(session -> session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.DELIVERED, ""));

        messages().sent(messages().due());
        Message message = messages().due().get(0);

        JsonNode products = data(message).path("products");
        assertThat(products.path("cog").asText()).isEqualTo("/storage/delivered/a/ndvi/a_ndvi.tif");
        assertThat(products.path("preview").asText()).isEqualTo("/storage/delivered/a/ndvi/preview.png");
        assertThat(products.path("item").asText()).isEqualTo("/storage/delivered/a/ndvi/item.json");
        assertThat(products.path("runs").asText()).isEqualTo("/storage/delivered/a/ndvi/runs.csv");
        assertThat(data(message).path("tiles").asInt()).isOne();
    }

    @Test
    void the_record_of_a_run_goes_to_the_accounting_queue_with_the_runs_id() throws IOException {
        bench.planned("a", Workbench.ONE_STEP, 1);
        bench.submitAll();
        Batch batch = bench.batch("a", 1);
        bench.ledger.change(session -> session.runs()
                .finish(List.of(new Run(
                        batch.token(),
                        0,
                        "a",
                        0,
                        "ndvi",
                        0,
                        1,
                        RunState.SUCCEEDED,
                        Optional.empty(),
                        "",
                        Run.Facts.NONE))));

        Message message = messages().due().stream()
                .filter(one -> one.queue().equals("swath.accounting"))
                .findFirst()
                .orElseThrow();

        CloudEvent event = read(message);
        assertThat(event.getId()).isEqualTo(batch.token() + "/0");
        assertThat(event.getType()).isEqualTo("io.swath.accounting.run");
        assertThat(data(message).path("state").asText()).isEqualTo("SUCCEEDED");
        assertThat(data(message).path("usedMemoryMiB").isNull()).isTrue();
        assertThat(data(message).path("recipe").asText()).isEqualTo("ndvi");
    }

    @Test
    void many_messages_are_due_in_chunks_the_oldest_first() {
        IntStream.range(0, 501).forEach(number -> {
            bench.accepted("scene-" + number, "ndvi");
            bench.clock.forward(Duration.ofMillis(1));
        });

        List<Message> first = messages().due();
        messages().sent(first);
        List<Message> second = messages().due();

        assertThat(first).hasSize(500);
        assertThat(second).hasSize(1);
        assertThat(read(second.get(0)).getSubject()).isEqualTo("scene-500");
    }

    @Test
    void a_broker_that_accepts_no_message_is_an_incident_until_it_accepts_one() {
        bench.accepted("a", "ndvi");
        messages().unsent(new IOException("connection refused"));
        assertThat(bench.incidents.open()).extracting(Incident::part).containsExactly("broker");

        messages().sent(messages().due());
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void texts_from_outside_have_no_control_characters_in_headers_and_events() throws IOException {
        String bad = "café\n\u001b[2J\u202egnp";
        String good = "café\ufffd\ufffd[2J\ufffdgnp";
        bench.accepted("a", "ndvi");
        bench.ledger.change(session -> {
            session.deadLetters()
                    .add(new DeadLetters.Entry("ID:1", bad, "{}", new Rejection("rule", bad, bad, "Send " + bad)));
            session.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.REJECTED, bad);
        });

        List<Message> sent = new ArrayList<>();
        for (List<Message> due = messages().due();
                !due.isEmpty();
                due = messages().due()) {
            messages().sent(due);
            sent.addAll(due);
        }

        Message dead = sent.stream().filter(Message::dead).findFirst().orElseThrow();
        assertThat(dead.reason()).contains(good);
        assertThat(List.of(dead.reason(), dead.field(), dead.remedy(), dead.correlationId()))
                .allSatisfy(text -> assertThat(text).contains("gnp").doesNotContain("\n", "\u001b", "\u202e"));
        Message rejected = sent.stream()
                .filter(message -> message.body().contains("io.swath.scene.rejected"))
                .findFirst()
                .orElseThrow();
        assertThat(data(rejected).path("reason").asText()).isEqualTo(good);
    }
}
