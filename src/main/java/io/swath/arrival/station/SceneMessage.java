package io.swath.arrival.station;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.untrusted.BadMessageException;
import io.swath.untrusted.JsonMessage;
import io.swath.untrusted.StrictFields;
import io.swath.untrusted.Texts;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A message on {@code swath.scenes}, as {@code docs/messages/scene.schema.json} describes it: an announcement, or a bare
 * STAC Item whose properties have Swath's fields, such as {@code swath:recipe}.
 *
 * @param stationId the station's own id for the scene; empty when it gave none
 * @param path the path of a GeoTIFF or of a STAC Item; empty when the message holds the Item
 * @param item a STAC Item; empty when the message has a path
 * @param recipes the recipes for the scene, each once; at least one
 * @param sha256 the SHA-256 of the file at the path, in hex
 * @param notBefore Swath does not look at the scene before this time
 * @param digest equal for two messages with the same content
 */
public record SceneMessage(
        String stationId,
        Optional<String> path,
        Optional<ObjectNode> item,
        List<String> recipes,
        Priority priority,
        Optional<Instant> notBefore,
        Optional<String> sha256,
        String digest) {
    /** The prefix of Swath's fields in a bare STAC Item. */
    public static final String PREFIX = "swath:";

    private static final int LONGEST_PATH = 4000;
    private static final int MOST_RECIPES = 20;
    private static final int LONGEST_ID = 200;
    private static final Pattern CHECKSUM = Pattern.compile("sha256:[0-9a-fA-F]{64}");
    private static final Pattern TIME =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)");
    private static final List<String> PRIORITIES =
            Arrays.stream(Priority.values()).map(Priority::word).toList();

    /**
     * Reads a message. Reads nothing from the storage.
     *
     * @throws BadMessageException with the field, the rule and the remedy
     */
    public static SceneMessage of(String body) {
        StrictFields fields = JsonMessage.parse(body);
        return "Feature".equals(fields.json().path("type").asText()) ? ofItem(fields) : ofAnnouncement(fields);
    }

    private static SceneMessage ofAnnouncement(StrictFields fields) {
        Optional<String> path = fields.text("path", LONGEST_PATH);
        Optional<StrictFields> item = fields.object("item");
        if (path.isPresent() == item.isPresent()) {
            throw fields.wrong(
                    "one-scene-is-named",
                    "path",
                    path.isPresent() ? "there is an item as well" : "it is missing, and so is an item",
                    "Name the scene by the path of a GeoTIFF, a product (a folder or an archive) or a STAC Item, or put a STAC Item into \"item\".");
        }
        SceneMessage message = read(fields, "", path, item.map(StrictFields::json), fields.digest());
        if (item.isPresent() && message.sha256().isPresent()) {
            throw fields.wrong(
                    "checksum-is-of-a-file",
                    "checksum",
                    "it comes with an item and not with a path",
                    "Put file:checksum into the Item's assets, or leave it out.");
        }
        fields.nothingElse();
        return message;
    }

    private static SceneMessage ofItem(StrictFields fields) {
        StrictFields properties = fields.object("properties")
                .orElseThrow(() -> fields.missing(
                        "properties", "Add the properties of the STAC Item, with swath:recipe among them."));
        SceneMessage message = read(properties, PREFIX, Optional.empty(), Optional.of(fields.json()), fields.digest());
        List<String> known = List.of(
                PREFIX + "id", PREFIX + "recipe", PREFIX + "recipes", PREFIX + "priority", PREFIX + "notBefore");
        properties.json().fieldNames().forEachRemaining(name -> {
            if (name.startsWith(PREFIX) && !known.contains(name)) {
                throw properties.wrong(
                        "field-is-known",
                        name,
                        "this field is not known",
                        "Known here: " + String.join(", ", known) + ". Check the spelling.");
            }
        });
        return message;
    }

    private static SceneMessage read(
            StrictFields fields, String prefix, Optional<String> path, Optional<ObjectNode> item, String digest) {
        List<String> recipes = recipes(fields, prefix);
        String priority = fields.word(prefix + "priority", PRIORITIES).orElse(Priority.NORMAL.word());
        Optional<Instant> notBefore = fields.text(
                        prefix + "notBefore",
                        TIME,
                        "time-is-rfc-3339",
                        "Write it as 2026-11-24T22:00:00Z, with its zone.")
                .map(text -> time(fields, prefix + "notBefore", text));
        Optional<String> sha256 = prefix.isEmpty()
                ? fields.text(
                                "checksum",
                                CHECKSUM,
                                "checksum-can-be-checked",
                                "Write it as sha256: and 64 hex digits, or leave it out.")
                        .map(text -> text.substring("sha256:".length()).toLowerCase(Locale.ROOT))
                : Optional.empty();
        String id = fields.text(prefix + "id", LONGEST_ID).orElse("");
        return new SceneMessage(
                id,
                path,
                item,
                recipes,
                Priority.valueOf(priority.toUpperCase(Locale.ROOT)),
                notBefore,
                sha256,
                digest);
    }

    private static List<String> recipes(StrictFields fields, String prefix) {
        String remedy = "Give the name of a folder in config/recipes: 1 to 32 of a-z, 0-9 and -.";
        Set<String> names = new LinkedHashSet<>();
        fields.text(prefix + "recipe", Recipe.NAME, "recipe-has-a-name", remedy).ifPresent(names::add);
        String several = prefix + "recipes";
        if (names.isEmpty() && !fields.has(several)) {
            throw fields.missing(prefix + "recipe", "Give the name of the recipe: a folder in config/recipes.");
        }
        if (fields.has(several)) {
            for (JsonNode name :
                    fields.list(several, MOST_RECIPES, "Give names of recipes, as in [\"ndvi\", \"texture\"].")) {
                if (!name.isTextual() || !Recipe.NAME.matcher(name.textValue()).matches()) {
                    throw fields.wrong(
                            "recipe-has-a-name",
                            several,
                            Texts.shown(name.toString()) + " is no name of a recipe",
                            remedy);
                }
                names.add(name.textValue());
            }
        }
        return List.copyOf(names);
    }

    private static Instant time(StrictFields fields, String key, String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw fields.wrong(
                    "time-is-rfc-3339",
                    key,
                    "there is no such time: " + text,
                    "Write it as 2026-11-24T22:00:00Z, with its zone.");
        }
    }

    /** The scene's name, for people: the last part of the path, or the Item's id. */
    String name() {
        return path.map(text -> text.substring(text.lastIndexOf('/') + 1))
                .or(() -> item.map(json -> json.path("id").asText()))
                .filter(text -> !text.isBlank())
                .orElse("scene");
    }
}
