package io.swath.untrusted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Rejection;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class StrictFieldsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ObjectNode object(String json) {
        try {
            return (ObjectNode) JSON.readTree(json.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static StrictFields json(String json) {
        return StrictFields.ofJson(object(json), BadMessageException::new);
    }

    private static Rejection rejection(String json, Consumer<StrictFields> reads) {
        return catchThrowableOfType(BadMessageException.class, () -> reads.accept(json(json)))
                .rejection();
    }

    @Test
    void values_that_match_their_rules_are_returned() {
        StrictFields fields = json("{'a': 'x', 'n': 3, 'f': true, 'd': 2.5, 'nan': '.NaN', 'o': {'b': 'COG'}}");
        assertThat(fields.text("a", 1)).contains("x");
        assertThat(fields.text("a", Pattern.compile("[xy]"), "rule", "remedy")).contains("x");
        assertThat(fields.integer("n", 3, 3)).contains(3);
        assertThat(fields.flag("f")).contains(true);
        assertThat(fields.number("d")).contains(2.5);
        assertThat(fields.number("nan")).contains(Double.NaN);
        StrictFields inner = fields.object("o").orElseThrow();
        assertThat(inner.word("b", List.of("COG"))).contains("COG");
        assertThat(inner.wordInAnyCase("b", List.of("cog"))).contains("cog");
        inner.nothingElse();
        fields.nothingElse();
    }

    @Test
    void a_missing_field_is_empty() {
        StrictFields fields = json("{}");
        assertThat(fields.text("a")).isEmpty();
        assertThat(fields.text("a", 5)).isEmpty();
        assertThat(fields.integer("a", 0, 1)).isEmpty();
        assertThat(fields.number("a")).isEmpty();
        assertThat(fields.flag("a")).isEmpty();
        assertThat(fields.object("a")).isEmpty();
        assertThat(fields.word("a", List.of("b"))).isEmpty();
    }

    @Test
    void null_is_a_wrong_value_in_json_and_a_missing_value_in_yaml() {
        assertThat(rejection("{'a': null}", fields -> fields.text("a", 5)).what())
                .isEqualTo("it is null");
        StrictFields yaml = StrictFields.ofYaml(object("{'a': null}"), BadMessageException::new);
        assertThat(yaml.text("a")).isEmpty();
        yaml.nothingElse();
    }

    @Test
    void an_unknown_field_is_rejected_with_the_names_of_the_known_fields() {
        Rejection unknown = rejection("{'a': 'x', 'collour': 1}", fields -> {
            fields.text("a", 5);
            fields.text("colour", 5);
            fields.nothingElse();
        });
        assertThat(unknown.rule()).isEqualTo("field-is-known");
        assertThat(unknown.field()).isEqualTo("collour");
        assertThat(unknown.remedy()).isEqualTo("Known here: a, colour. Mind the spelling.");
    }

    @Test
    void a_field_within_others_is_named_with_its_path() {
        Rejection wrong = rejection(
                "{'steps': [{'request': {'cpus': 0}}]}",
                fields -> fields.objects("steps", 2, "List steps.")
                        .get(0)
                        .object("request")
                        .orElseThrow()
                        .integer("cpus", 1, 8));
        assertThat(wrong.field()).isEqualTo("steps[0].request.cpus");
        assertThat(wrong.what()).isEqualTo("it must be a whole number from 1 to 8, and is 0");
    }

    @Test
    void a_value_of_another_type_is_rejected() {
        String json = "{'a': ['x']}";
        assertThat(rejection(json, fields -> fields.text("a")).what()).isEqualTo("it must be a text, and is [\"x\"]");
        assertThat(rejection(json, fields -> fields.integer("a", 0, 1)).rule()).isEqualTo("field-is-a-whole-number");
        assertThat(rejection(json, fields -> fields.number("a")).rule()).isEqualTo("field-is-a-number");
        assertThat(rejection(json, fields -> fields.flag("a")).rule()).isEqualTo("field-is-true-or-false");
        assertThat(rejection(json, fields -> fields.object("a")).rule()).isEqualTo("field-is-object");
        assertThat(rejection(json, fields -> fields.word("a", List.of("x"))).rule())
                .isEqualTo("word-is-known");
        assertThat(rejection(json, fields -> fields.objects("a", 1, "List objects."))
                        .field())
                .isEqualTo("a[0]");
        assertThat(rejection("{'a': []}", fields -> fields.list("a", 1, "List some."))
                        .rule())
                .isEqualTo("field-is-a-list");
        assertThat(rejection("{'a': [1, 2]}", fields -> fields.list("a", 1, "List some."))
                        .rule())
                .isEqualTo("list-is-short");
    }

    @Test
    void a_value_that_is_no_whole_number_or_is_too_large_is_rejected() {
        for (String value : List.of("1.0", "3000000000", "'1'")) {
            assertThat(rejection("{'a': " + value + "}", fields -> fields.integer("a", 0, Integer.MAX_VALUE))
                            .field())
                    .isEqualTo("a");
        }
    }

    @Test
    void a_rejected_value_is_shortened_and_shown_without_control_characters() {
        Rejection wrong = rejection("{'a': ['" + "x".repeat(500) + "']}", fields -> fields.text("a"));
        assertThat(wrong.what()).hasSizeLessThan(100).endsWith("…");
        Rejection unknown = rejection("{'\\u001b[31m': 1}", StrictFields::nothingElse);
        assertThat(unknown.field()).isEqualTo("\ufffd[31m");
    }
}
