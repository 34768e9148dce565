package io.swath.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Set;

/** Validates messages against the published schemas in docs/messages. */
public final class MessageSchemas {
    public static final Path FOLDER = Path.of("docs", "messages");
    private static final ObjectMapper JSON = new ObjectMapper();

    private MessageSchemas() {}

    /** The errors of the message by {@code NAME.schema.json}; empty if it is valid. */
    public static Set<ValidationMessage> wrong(String name, JsonNode message) {
        try {
            JsonSchema schema = JsonSchemaFactory.getInstance(VersionFlag.V202012)
                    .getSchema(
                            JSON.readTree(FOLDER.resolve(name + ".schema.json").toFile()));
            return schema.validate(message);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
