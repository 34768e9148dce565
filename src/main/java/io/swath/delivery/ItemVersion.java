package io.swath.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * The version of a STAC Item, by the version extension (1.2.0, https://github.com/stac-extensions/version). Works on an
 * Item's JSON; stateless.
 */
final class ItemVersion {
    static final String PREDECESSOR = "predecessor-version";
    static final String LATEST = "latest-version";

    private static final String EXTENSION = "https://stac-extensions.github.io/version/v1.2.0/schema.json";

    private ItemVersion() {}

    /** Adds an Item's version, and a link to the version before; {@code predecessor} is a path relative to the Item. */
    static void add(ObjectNode item, int version, Optional<String> predecessor) {
        item.withArray("stac_extensions").add(EXTENSION);
        ((ObjectNode) item.get("properties")).put("version", Integer.toString(version));
        predecessor.ifPresent(href -> link(item, PREDECESSOR, href));
    }

    /** Marks an Item as replaced, and links the latest version; false when the Item is marked already. */
    static boolean markReplaced(ObjectNode item, String latest) {
        ObjectNode properties = (ObjectNode) item.get("properties");
        if (properties.path("deprecated").asBoolean()) {
            return false;
        }
        if (!properties.has("version")) { // an early Swath wrote no versions
            add(item, 1, Optional.empty());
        }
        properties.put("deprecated", true);
        link(item, LATEST, latest);
        return true;
    }

    /** Removes the link to the version before; false when there is none. */
    static boolean removePredecessor(ObjectNode item) {
        ArrayNode links = item.withArray("links");
        for (int at = 0; at < links.size(); at++) {
            if (links.get(at).path("rel").asText().equals(PREDECESSOR)) {
                links.remove(at);
                return true;
            }
        }
        return false;
    }

    /** An Item's version; an Item without one is the first version. */
    static int of(JsonNode item) {
        return Integer.parseInt(item.path("properties").path("version").asText("1"));
    }

    private static void link(ObjectNode item, String relation, String href) {
        item.withArray("links")
                .addObject()
                .put("rel", relation)
                .put("href", href)
                .put("type", "application/geo+json");
    }
}
