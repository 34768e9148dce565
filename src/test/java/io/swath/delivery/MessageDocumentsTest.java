package io.swath.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.swath.accounting.AccountingRecord;
import io.swath.control.ControlMessages;
import io.swath.model.Batch;
import io.swath.model.Rejection;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.testing.MessageSchemas;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares the documents in docs/messages with the messages that Swath sends and accepts. */
@Tag("resources")
class MessageDocumentsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Path DOCUMENT = MessageSchemas.FOLDER.resolve("asyncapi.yaml");

    @TempDir
    Path folder;

    private static JsonSchema asyncApi() throws IOException {
        try (InputStream schema = MessageDocumentsTest.class.getResourceAsStream("/asyncapi/3.0.0.json")) {
            return JsonSchemaFactory.getInstance(VersionFlag.V7).getSchema(schema);
        }
    }

    @Test
    void the_document_is_valid_async_api_and_a_damaged_document_is_not() throws IOException {
        JsonNode document = YAML.readTree(DOCUMENT.toFile());
        assertThat(asyncApi().validate(document)).isEmpty();
        ObjectNode wrong = document.deepCopy();
        ((ObjectNode) wrong.at("/operations/sendEvent")).put("action", "publish");
        assertThat(asyncApi().validate(wrong)).isNotEmpty();
    }

    @Test
    void every_reference_in_the_document_has_a_target() throws IOException {
        JsonNode document = YAML.readTree(DOCUMENT.toFile());
        List<String> references = new ArrayList<>();
        collect(document, references);
        assertThat(references).isNotEmpty().allSatisfy(reference -> {
            if (reference.startsWith("#")) {
                assertThat(document.at(reference.substring(1)).isMissingNode()).isFalse();
            } else {
                assertThat(MessageSchemas.FOLDER.resolve(reference)).exists();
            }
        });
    }

    private static void collect(JsonNode node, List<String> references) {
        if (node.has("$ref")) {
            references.add(node.get("$ref").asText());
        }
        node.forEach(child -> collect(child, references));
    }

    @Test
    void the_document_names_the_queues_of_the_routes() throws IOException {
        Set<String> queues = new HashSet<>();
        YAML.readTree(DOCUMENT.toFile())
                .path("channels")
                .forEach(channel -> queues.add(channel.path("address").asText()));
        assertThat(queues)
                .containsExactlyInAnyOrder(
                        "swath.scenes", "swath.control", "swath.events", "swath.accounting", "swath.dead");
    }

    @Test
    void the_examples_of_control_requests_are_accepted() throws IOException {
        try (Workbench bench = new Workbench(folder);
                Stream<Path> files = Files.list(MessageSchemas.FOLDER.resolve("examples"))) {
            bench.accepted("sample-e7215cc6", "ndvi");
            List<Path> requests = files.filter(
                            file -> file.getFileName().toString().startsWith("control"))
                    .toList();
            assertThat(requests).isNotEmpty();
            for (Path request : requests) {
                assertThat(MessageSchemas.wrong("control", JSON.readTree(request.toFile())))
                        .isEmpty();
                assertThat(new ControlMessages(bench.ledger).receive("ID:" + request, "", Files.readString(request)))
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            delimiter = '|',
            value = {
                "scene | {'verb': 'hold'}",
                "scene | {'scene': '../a', 'verb': 'hold'}",
                "scene | {'scene': 7, 'verb': 'hold'}",
                "verb  | {'scene': 'a'}",
                "verb  | {'scene': 'a', 'verb': 'HOLD'}",
                "verb  | {'scene': 'a', 'verb': 'explode'}",
                "id    | {'scene': 'a', 'verb': 'hold', 'id': ''}",
                "why   | {'scene': 'a', 'verb': 'hold', 'why': 'because'}"
            })
    void a_wrong_control_request_is_wrong_by_the_schema_too(String field, String request) throws IOException {
        String json = request.replace('\'', '"');
        assertThat(MessageSchemas.wrong("control", JSON.readTree(json))).isNotEmpty();
        try (Workbench bench = new Workbench(folder)) {
            bench.accepted("a", "ndvi");
            Rejection rejection =
                    new ControlMessages(bench.ledger).receive("ID:1", "", json).orElseThrow();
            assertThat(rejection.field()).isEqualTo(field);
        }
    }

    @Test
    void every_message_of_the_outbox_is_valid_by_its_schema() throws IOException {
        try (Workbench bench = new Workbench(folder)) {
            bench.planned("a", Workbench.ONE_STEP, 2);
            bench.submitAll();
            Batch batch = bench.batch("a", 1);
            bench.ledger.change(session -> {
                session.scenes().move("a", Set.of(SceneState.PLANNED, SceneState.PROCESSING), SceneState.FAILED, "why");
            });
            assertThat(batch.sceneId()).isEqualTo("a");
            Messages messages =
                    new Messages(bench.ledger, bench.storage, bench.json, "local", "/test", bench.incidents);
            Set<String> seen = new HashSet<>();
            for (SceneState state : List.of(SceneState.REJECTED, SceneState.DELIVERED, SceneState.CANCELLED)) {
                Scene scene = bench.accepted(state.name(), "ndvi");
                bench.ledger.change(
                        session -> session.scenes().move(scene.id(), Set.of(SceneState.ACCEPTED), state, "because"));
            }
            for (List<Messages.Message> due = messages.due(); !due.isEmpty(); due = messages.due()) {
                for (Messages.Message message : due) {
                    String schema = message.queue().equals("swath.events") ? "event" : "accounting";
                    assertThat(MessageSchemas.wrong(schema, JSON.readTree(message.body())))
                            .as(message.body())
                            .isEmpty();
                    seen.add(message.type());
                }
                messages.sent(due);
            }
            assertThat(seen)
                    .contains(
                            "io.swath.scene.accepted",
                            "io.swath.scene.rejected",
                            "io.swath.scene.delivered",
                            "io.swath.scene.failed",
                            "io.swath.scene.cancelled");
        }
    }

    @Test
    void the_example_of_an_accounting_record_has_the_fields_that_are_sent_in_their_order() throws IOException {
        JsonNode example = JSON.readTree(
                MessageSchemas.FOLDER.resolve("examples/accounting-run.json").toFile());
        assertThat(MessageSchemas.wrong("accounting", example)).isEmpty();
        try (Workbench bench = new Workbench(folder)) {
            bench.planned("a", Workbench.ONE_STEP, 1);
            bench.submitAll();
            Batch batch = bench.batch("a", 1);
            List<String> fields = new ArrayList<>();
            example.path("data").fieldNames().forEachRemaining(fields::add);
            assertThat(AccountingRecord.of(bench.run(batch, 0), batch, "ndvi", "slurm")
                            .keySet())
                    .containsExactlyElementsOf(fields);
        }
    }

    @Test
    void the_headers_of_a_dead_letter_are_valid_by_the_schema() {
        Rejection rejection = new Rejection("recipe-exists", "recipe", "there is no recipe x", "Use ndvi.");
        JsonNode headers = JSON.valueToTree(Map.of(
                "swathReason", rejection.reason(),
                "swathField", rejection.field(),
                "swathRemedy", rejection.remedy(),
                "swathMessageId", "ID:1"));
        assertThat(MessageSchemas.wrong("dead", headers)).isEmpty();
        assertThat(MessageSchemas.wrong("dead", JSON.createObjectNode())).isNotEmpty();
    }
}
