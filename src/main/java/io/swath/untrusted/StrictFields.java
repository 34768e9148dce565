package io.swath.untrusted;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Rejection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Reads the fields of one JSON or YAML object strictly. The caller asks for each field by its name and its rule, and ends
 * with {@link #nothingElse}, which rejects every other field: a misspelt field is an error, not a default.
 *
 * <p>Every method throws the exception that the {@link ErrorFactory} makes. Its {@link Rejection} has the rule, the field
 * as in {@code steps[0].request.memory}, what is wrong, and a remedy.
 *
 * <p>Not thread-safe.
 */
public final class StrictFields {
    /** Makes the exception for a rejected field; each kind of document has its own. */
    @FunctionalInterface
    public interface ErrorFactory {
        RuntimeException error(Rejection rejection);
    }

    private static final ObjectMapper SORTED = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private final String at;
    private final ObjectNode node;
    private final boolean nullIsAbsent;
    private final ErrorFactory errors;
    private final TreeSet<String> asked = new TreeSet<>();

    private StrictFields(String at, ObjectNode node, boolean nullIsAbsent, ErrorFactory errors) {
        this.at = at;
        this.node = node;
        this.nullIsAbsent = nullIsAbsent;
        this.errors = errors;
    }

    /** Fields of a JSON object. A {@code null} counts as a value, and matches no rule. */
    public static StrictFields ofJson(ObjectNode object, ErrorFactory errors) {
        return new StrictFields("", object, false, errors);
    }

    /** Fields of a YAML mapping. A name without a value counts as missing, as is usual in YAML. */
    public static StrictFields ofYaml(ObjectNode mapping, ErrorFactory errors) {
        return new StrictFields("", mapping, true, errors);
    }

    /** The object itself, with all its fields. */
    public ObjectNode json() {
        return node;
    }

    /** SHA-256 of the object's content in hex. The order of its fields, spaces and escapes do not change the digest. */
    public String digest() {
        try {
            return Texts.digest(SORTED.writeValueAsString(SORTED.treeToValue(node, Object.class)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a parsed object cannot be written", e);
        }
    }

    public boolean has(String key) {
        asked.add(key);
        return nullIsAbsent ? node.hasNonNull(key) : node.has(key);
    }

    /** An error about a field of this object. */
    public RuntimeException wrong(String rule, String key, String what, String remedy) {
        return errors.error(new Rejection(rule, path(key), what, remedy));
    }

    public RuntimeException missing(String key, String remedy) {
        return wrong("field-is-there", key, "it is missing", remedy);
    }

    /** A text of any length, which may have several lines. */
    public Optional<String> text(String key) {
        return present(key)
                .map(value -> require(value.isTextual(), "field-is-text", key, "it must be a text", "Put it in quotes.")
                        .textValue());
    }

    /** A printable text of 1 to {@code longest} characters. */
    public Optional<String> text(String key, int longest) {
        return parsed(
                key,
                text -> Optional.of(text)
                        .filter(given -> !given.isEmpty() && given.codePointCount(0, given.length()) <= longest)
                        .filter(Texts::printable),
                "field-is-text",
                "",
                "Give a text of 1 to " + longest + " characters, none of them a control character.");
    }

    /** A text that matches the pattern; {@code remedy} describes the pattern in words. */
    public Optional<String> text(String key, Pattern pattern, String rule, String remedy) {
        return parsed(
                key,
                text -> Optional.of(text).filter(given -> pattern.matcher(given).matches()),
                rule,
                "",
                remedy);
    }

    /** One of the words given, in the same case. */
    public Optional<String> word(String key, List<String> words) {
        return word(key, words, text -> words.stream().filter(text::equals).findFirst());
    }

    /** One of the words given; the document may write it in any case. */
    public Optional<String> wordInAnyCase(String key, List<String> words) {
        return word(
                key,
                words,
                text -> words.stream().filter(text::equalsIgnoreCase).findFirst());
    }

    private Optional<String> word(String key, List<String> words, Function<String, Optional<String>> find) {
        return present(key)
                .map(value -> Optional.of(value)
                        .filter(JsonNode::isTextual)
                        .flatMap(text -> find.apply(text.textValue()))
                        .orElseThrow(() -> wrong(
                                "word-is-known",
                                key,
                                shown(value) + " is not known",
                                "Use one of " + String.join(", ", words) + ".")));
    }

    /**
     * A text that the parser accepts.
     *
     * @param parser returns empty for a text that is not valid
     * @param requirement what the field must be, as in {@code it must be a text}; may be empty
     */
    public <T> Optional<T> parsed(
            String key, Function<String, Optional<T>> parser, String rule, String requirement, String remedy) {
        return present(key)
                .map(value -> Optional.of(value)
                        .filter(JsonNode::isTextual)
                        .flatMap(text -> parser.apply(text.textValue()))
                        .orElseThrow(() -> invalid(rule, key, requirement, remedy)));
    }

    public Optional<Integer> integer(String key, int least, int most) {
        return present(key)
                .map(value -> require(
                                value.isIntegralNumber()
                                        && value.canConvertToInt()
                                        && value.intValue() >= least
                                        && value.intValue() <= most,
                                "field-is-a-whole-number",
                                key,
                                "it must be a whole number from " + least + " to " + most,
                                "Write a number in that range.")
                        .intValue());
    }

    /** Any number, also {@code nan} and YAML's {@code .nan}. */
    public Optional<Double> number(String key) {
        return present(key).map(value -> {
            if (value.isTextual()
                    && (value.textValue().equalsIgnoreCase("nan")
                            || value.textValue().equalsIgnoreCase(".nan"))) {
                return Double.NaN;
            }
            return require(value.isNumber(), "field-is-a-number", key, "it must be a number", "Write a number.")
                    .doubleValue();
        });
    }

    public Optional<Boolean> flag(String key) {
        return present(key)
                .map(value -> require(
                                value.isBoolean(),
                                "field-is-true-or-false",
                                key,
                                "it must be true or false",
                                "Write true or false.")
                        .booleanValue());
    }

    /** The fields of an object within this one. */
    public Optional<StrictFields> object(String key) {
        return present(key).map(value -> child(key, value));
    }

    /** A list with 1 to {@code most} entries. */
    public List<JsonNode> list(String key, int most, String remedy) {
        JsonNode list = present(key).orElseThrow(() -> missing(key, remedy));
        if (!list.isArray() || list.isEmpty()) {
            throw wrong("field-is-a-list", key, "it must be a list with something in it", remedy);
        }
        if (list.size() > most) {
            throw wrong("list-is-short", key, "it has more than " + most + " entries", "Use fewer.");
        }
        List<JsonNode> entries = new ArrayList<>();
        list.forEach(entries::add);
        return entries;
    }

    /** A list of 1 to {@code most} objects; the fields of an entry are named as in {@code steps[0].name}. */
    public List<StrictFields> objects(String key, int most, String remedy) {
        List<StrictFields> objects = new ArrayList<>();
        for (JsonNode entry : list(key, most, remedy)) {
            objects.add(child(key + "[" + objects.size() + "]", entry));
        }
        return objects;
    }

    /** Rejects every field that was not asked for. */
    public void nothingElse() {
        node.fieldNames().forEachRemaining(key -> {
            if (!asked.contains(key)) {
                throw wrong(
                        "field-is-known",
                        Texts.shown(key),
                        "this field is not known",
                        "Known here: " + String.join(", ", asked) + ". Mind the spelling.");
            }
        });
    }

    private Optional<JsonNode> present(String key) {
        return has(key) ? Optional.of(node.get(key)) : Optional.empty();
    }

    private JsonNode require(boolean valid, String rule, String key, String requirement, String remedy) {
        if (!valid) {
            throw invalid(rule, key, requirement, remedy);
        }
        return node.get(key);
    }

    private RuntimeException invalid(String rule, String key, String requirement, String remedy) {
        String found = "is " + shown(node.get(key));
        return wrong(rule, key, requirement.isEmpty() ? "it " + found : requirement + ", and " + found, remedy);
    }

    private StrictFields child(String key, JsonNode value) {
        if (value instanceof ObjectNode object) {
            return new StrictFields(path(key), object, nullIsAbsent, errors);
        }
        throw wrong(
                "field-is-object",
                key,
                "it must be names with values, and is " + shown(value),
                "Give an object: {\"name\": value}.");
    }

    private static String shown(JsonNode value) {
        return Texts.shown(value.toString());
    }

    private String path(String key) {
        return at.isEmpty() ? key : at + "." + key;
    }
}
