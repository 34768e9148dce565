package io.swath.untrusted;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Rejection;

/** Parses the body of a JMS message, which must be one JSON object. Thread-safe. */
public final class JsonMessage {
    /** The most characters that a message may have. */
    public static final int LONGEST = 1 << 20;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonMessage() {}

    /**
     * Parses a message. The fields that it returns throw {@link BadMessageException} too.
     *
     * @throws BadMessageException when the message is too long or is not one JSON object
     */
    public static StrictFields parse(String body) {
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
            throw notJson("it is not valid JSON: " + Texts.shown(e.getOriginalMessage()) + where);
        }
        if (json instanceof ObjectNode object) {
            return StrictFields.ofJson(object, BadMessageException::new);
        }
        throw notJson(json.isMissingNode() ? "it is empty" : "it is JSON, but not a JSON object");
    }

    private static BadMessageException notJson(String what) {
        return new BadMessageException(new Rejection(
                "message-is-json",
                "",
                what,
                "Send one JSON object, as docs/messages describes it, in a text message."));
    }
}
