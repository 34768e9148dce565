package io.swath.arrival.station;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.model.Priority;
import io.swath.model.Rejection;
import io.swath.testing.MessageSchemas;
import io.swath.untrusted.BadMessageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The published schema of a scene's announcement and the program that reads one are of one mind. */
class SceneMessageTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    static List<Path> examples() throws IOException {
        try (Stream<Path> files = Files.list(MessageSchemas.FOLDER.resolve("examples"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("scene"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void a_published_example_can_be_read(Path example) throws IOException {
        assertThat(MessageSchemas.wrong("scene", JSON.readTree(example.toFile())))
                .isEmpty();
        assertThat(SceneMessage.of(Files.readString(example)).recipes()).contains("ndvi");
    }

    @Test
    void several_recipes_are_read_each_once() throws IOException {
        String message = "{\"path\": \"a.tif\", \"recipe\": \"ndvi\", \"recipes\": [\"texture\", \"ndvi\"]}";
        assertThat(MessageSchemas.wrong("scene", JSON.readTree(message))).isEmpty();
        assertThat(SceneMessage.of(message).recipes()).containsExactly("ndvi", "texture");
        String alone = "{\"path\": \"a.tif\", \"recipes\": [\"texture\"]}";
        assertThat(MessageSchemas.wrong("scene", JSON.readTree(alone))).isEmpty();
        assertThat(SceneMessage.of(alone).recipes()).containsExactly("texture");
        String many = IntStream.range(0, 21).mapToObj(n -> "\"r" + n + "\"").collect(joining(", ", "[", "]"));
        for (String wrong : List.of("[]", "[1]", "[\"A b\"]", "\"ndvi\"", many)) {
            String bad = "{\"path\": \"a.tif\", \"recipes\": " + wrong + "}";
            assertThat(MessageSchemas.wrong("scene", JSON.readTree(bad)))
                    .as(bad)
                    .isNotEmpty();
            assertThatThrownBy(() -> SceneMessage.of(bad)).isInstanceOf(BadMessageException.class);
        }
    }

    @Test
    void every_field_is_read() throws IOException {
        SceneMessage full =
                SceneMessage.of(Files.readString(MessageSchemas.FOLDER.resolve("examples/scene-full.json")));
        assertThat(full.priority()).isEqualTo(Priority.URGENT);
        assertThat(full.notBefore()).contains(Instant.parse("2026-11-24T22:00:00Z"));
        assertThat(full.sha256().orElseThrow()).startsWith("9f86d081");
        assertThat(full.stationId()).isEqualTo("kiruna/pass-4711");
        assertThat(full.path().orElseThrow()).startsWith("/data/");
        SceneMessage item =
                SceneMessage.of(Files.readString(MessageSchemas.FOLDER.resolve("examples/scene-bare-item.json")));
        assertThat(item.priority()).isEqualTo(Priority.NIGHT);
        assertThat(item.stationId()).isEqualTo("kiruna/pass-4713");
        assertThat(item.name()).isEqualTo("S2A_33UUP_20261124");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            delimiter = '|',
            value = {
                "path      | {'recipe': 'ndvi'}",
                "path      | {'path': '', 'recipe': 'ndvi'}",
                "path      | {'path': 7, 'recipe': 'ndvi'}",
                "path      | {'path': null, 'recipe': 'ndvi'}",
                "path      | {'path': ['a.tif'], 'recipe': 'ndvi'}",
                "path      | {'path': 'a\\u0000.tif', 'recipe': 'ndvi'}",
                "path      | {'path': 'a\\n.tif', 'recipe': 'ndvi'}",
                "path      | {'path': 'a.tif', 'item': {'type': 'Feature'}, 'recipe': 'ndvi'}",
                "recipe    | {'path': 'a.tif'}",
                "recipe    | {'path': 'a.tif', 'recipe': 'NDVI'}",
                "recipe    | {'path': 'a.tif', 'recipe': '../ndvi'}",
                "recipe    | {'path': 'a.tif', 'recipe': ''}",
                "recipe    | {'path': 'a.tif', 'recipe': 1}",
                "priority  | {'path': 'a.tif', 'recipe': 'ndvi', 'priority': 'URGENT'}",
                "priority  | {'path': 'a.tif', 'recipe': 'ndvi', 'priority': 'soon'}",
                "priority  | {'path': 'a.tif', 'recipe': 'ndvi', 'priority': 1}",
                "notBefore | {'path': 'a.tif', 'recipe': 'ndvi', 'notBefore': 'tomorrow'}",
                "notBefore | {'path': 'a.tif', 'recipe': 'ndvi', 'notBefore': '2026-11-24T22:00:00'}",
                "notBefore | {'path': 'a.tif', 'recipe': 'ndvi', 'notBefore': 1795550000}",
                "checksum  | {'path': 'a.tif', 'recipe': 'ndvi', 'checksum': 'abc'}",
                "checksum  | {'path': 'a.tif', 'recipe': 'ndvi', 'checksum': 'md5:d41d8cd98f00b204e9800998ecf8427e'}",
                "id        | {'path': 'a.tif', 'recipe': 'ndvi', 'id': ''}",
                "id        | {'path': 'a.tif', 'recipe': 'ndvi', 'id': 7}",
                "id        | {'path': 'a.tif', 'recipe': 'ndvi', 'id': 'a\\tb'}",
                "colour    | {'path': 'a.tif', 'recipe': 'ndvi', 'colour': 'red'}",
                "item      | {'item': 'a.json', 'recipe': 'ndvi'}",
                "item      | {'item': [], 'recipe': 'ndvi'}",
                "properties | {'type': 'Feature', 'stac_version': '1.1.0', 'id': 'a', 'assets': {'a': {'href': 'a.tif'}}}",
                "properties.swath:recipe | {'type': 'Feature', 'stac_version': '1.1.0', 'id': 'a', 'properties': {},"
                        + " 'assets': {'a': {'href': 'a.tif'}}}",
                "properties.swath:colour | {'type': 'Feature', 'stac_version': '1.1.0', 'id': 'a',"
                        + " 'properties': {'swath:recipe': 'ndvi', 'swath:colour': 'red'}, 'assets': {'a': {'href': 'a.tif'}}}"
            })
    void a_message_that_the_program_rejects_is_also_invalid_in_the_schema_and_the_field_is_named(
            String field, String message) throws IOException {
        String json = message.replace('\'', '"');
        Rejection rejection = catchThrowableOfType(BadMessageException.class, () -> SceneMessage.of(json))
                .rejection();
        assertThat(rejection.field()).isEqualTo(field);
        assertThat(rejection.rule()).matches("[a-z0-9-]+");
        assertThat(rejection.remedy()).endsWith(".");
        assertThat(MessageSchemas.wrong("scene", JSON.readTree(json))).isNotEmpty();
    }

    @Test
    void an_id_or_a_path_that_is_too_long_is_invalid_for_the_program_and_the_schema() throws IOException {
        for (String message : List.of(
                "{\"path\": \"a.tif\", \"recipe\": \"ndvi\", \"id\": \"" + "x".repeat(201) + "\"}",
                "{\"path\": \"" + "x".repeat(4001) + "\", \"recipe\": \"ndvi\"}")) {
            assertThatThrownBy(() -> SceneMessage.of(message)).isInstanceOf(BadMessageException.class);
            assertThat(MessageSchemas.wrong("scene", JSON.readTree(message))).isNotEmpty();
        }
        String longest = "{\"path\": \"a.tif\", \"recipe\": \"ndvi\", \"id\": \"" + "🛰".repeat(200) + "\"}";
        assertThat(SceneMessage.of(longest).stationId()).hasSize(400);
        assertThat(MessageSchemas.wrong("scene", JSON.readTree(longest))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "\"text\"",
                "{",
                "{} {}",
                "{\"path\": \"a.tif\", \"path\": \"b.tif\", \"recipe\": \"ndvi\"}",
                "<xml/>"
            })
    void a_body_that_is_not_a_json_object_is_rejected(String body) {
        assertThat(catchThrowableOfType(BadMessageException.class, () -> SceneMessage.of(body))
                        .rejection()
                        .rule())
                .isEqualTo("message-is-json");
    }

    @Test
    void two_messages_with_the_same_content_have_the_same_digest() {
        String one =
                SceneMessage.of("{\"path\": \"a.tif\", \"recipe\": \"ndvi\"}").digest();
        assertThat(SceneMessage.of("{\"recipe\":\"ndvi\",\"path\":\"\\u0061.tif\"}")
                        .digest())
                .isEqualTo(one);
        assertThat(SceneMessage.of("{\"recipe\":\"ndvi\",\"path\":\"b.tif\"}").digest())
                .isNotEqualTo(one);
    }
}
