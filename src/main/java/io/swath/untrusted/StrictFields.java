package io.swath.untrusted;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Rejection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * One JSON object from outside, read strictly: every field is asked for by name and rule, and {@link #nothingElse}
 * refuses what was not asked for, so that a misspelt field is an error and not a default. Not thread-safe.
 */
public final class StrictFields {
    /** No message is larger, in characters. */
    public static final int LONGEST = 1 << 20;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private final String at;
    private final ObjectNode node;
    private final TreeSet<String> asked = new TreeSet<>();

    private StrictFields(String at, ObjectNode node) {
        this.at = at;
        this.node = node;
    }

    /**
     * Reads a message.
     *
     * @throws BadMessageException when it is too long, or no JSON object
     */
    public static StrictFields of(String body) {
        if (body.length() > LONGEST) {
            throw new BadMessageException(new Rejection(
                    "message-is-short",
                    "",
                    "it has " + body.length() + " characters",
                    "Send at most " + LONGEST + ": the message names a scene, it does not hold it."));
        }
        JsonNode json;
        try {
            json = JSON.readTree(body);
        } catch (JsonProcessingException e) {
            String where = e.getLocation() == null
                    ? ""
                    : " (line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ")";
            throw noJson("it is no JSON: " + Texts.shown(e.getOriginalMessage()) + where);
        }
        if (!(json instanceof ObjectNode object)) {
            throw noJson("it is " + (json.isMissingNode() ? "empty" : "JSON, and no object"));
        }
        return new StrictFields("", object);
    }

    private static BadMessageException noJson(String what) {
        return new BadMessageException(new Rejection(
                "message-is-json",
                "",
                what,
                "Send one JSON object, as docs/messages describes it, in a text message."));
    }

    /** The object itself. */
    public ObjectNode json() {
        return node;
    }

    /** The same for what says the same, in whatever order and with whatever spaces. */
    public String digest() {
        try {
            return Texts.digest(JSON.writeValueAsString(JSON.treeToValue(node, Object.class)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("JSON that was read cannot be written", e);
        }
    }

    public boolean has(String key) {
        asked.add(key);
        return node.has(key);
    }

    /** An error about a field of this object. */
    public BadMessageException wrong(String rule, String key, String what, String remedy) {
        return new BadMessageException(new Rejection(rule, name(key), what, remedy));
    }

    private String name(String key) {
        return at.isEmpty() ? key : at + "." + key;
    }

    /** A printable text of at most so many characters. */
    public Optional<String> text(String key, int longest) {
        if (!has(key)) {
            return Optional.empty();
        }
        JsonNode value = node.get(key);
        if (!value.isTextual()
                || value.textValue().isEmpty()
                || value.textValue().codePointCount(0, value.textValue().length()) > longest
                || !Texts.printable(value.textValue())) {
            throw wrong(
                    "field-is-text",
                    key,
                    "it is " + Texts.shown(value.toString()),
                    "Give a text of 1 to " + longest + " characters, none of them a control character.");
        }
        return Optional.of(value.textValue());
    }

    /** A text that the pattern matches; {@code remedy} says what that is. */
    public Optional<String> text(String key, Pattern pattern, String rule, String remedy) {
        if (!has(key)) {
            return Optional.empty();
        }
        JsonNode value = node.get(key);
        if (!value.isTextual() || !pattern.matcher(value.textValue()).matches()) {
            throw wrong(rule, key, "it is " + Texts.shown(value.toString()), remedy);
        }
        return Optional.of(value.textValue());
    }

    /** One of the words given. */
    public Optional<String> word(String key, List<String> words) {
        if (!has(key)) {
            return Optional.empty();
        }
        JsonNode value = node.get(key);
        if (!value.isTextual() || !words.contains(value.textValue())) {
            throw wrong(
                    "word-is-known",
                    key,
                    "it is " + Texts.shown(value.toString()),
                    "Use one of " + String.join(", ", words) + ".");
        }
        return Optional.of(value.textValue());
    }

    /** An object of its own. */
    public Optional<StrictFields> object(String key) {
        if (!has(key)) {
            return Optional.empty();
        }
        if (!(node.get(key) instanceof ObjectNode object)) {
            throw wrong(
                    "field-is-object",
                    key,
                    "it is " + Texts.shown(node.get(key).toString()),
                    "Give an object: {\"name\": value}.");
        }
        return Optional.of(new StrictFields(name(key), object));
    }

    public BadMessageException missing(String key, String remedy) {
        return wrong("field-is-there", key, "it is missing", remedy);
    }

    /** Refuses every field that was not asked for. */
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
}
