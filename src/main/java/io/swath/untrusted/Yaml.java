package io.swath.untrusted;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.regex.Pattern;

/** Reads YAML that people write. Thread-safe. */
public final class Yaml {
    private static final ObjectMapper MAPPER = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    /** YAML's words for numbers that are none (<a href="https://yaml.org/type/float.html">its type float</a>). */
    private static final Pattern WORD = Pattern.compile("(?i)[-+]?\\.(nan|inf)");

    private Yaml() {}

    /**
     * The only document of a text. Its {@code .nan} and {@code .inf} are texts: Jackson takes them for damaged numbers.
     *
     * @throws com.fasterxml.jackson.core.JsonProcessingException when it is not valid YAML, or has a name twice
     */
    public static JsonNode read(byte[] text) throws IOException {
        try (JsonParser parser = new WithWords(MAPPER.createParser(text))) {
            return MAPPER.readTree(parser);
        }
    }

    private static final class WithWords extends JsonParserDelegate {
        WithWords(JsonParser yaml) {
            super(yaml);
        }

        @Override
        public JsonToken nextToken() throws IOException {
            JsonToken token = super.nextToken();
            return token == JsonToken.VALUE_NUMBER_FLOAT
                            && WORD.matcher(getText()).matches()
                    ? JsonToken.VALUE_STRING
                    : token;
        }
    }
}
