package io.swath.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * What a STAC Item says of its version: the version extension (1.2.0, https://github.com/stac-extensions/version). Works
 * on an Item's JSON; stateless.
 */
final class ItemVersion {
    static final String PREDECESSOR = "predecessor-version";
    static final String LATEST = "latest-version";

    private static final String EXTENSION = "https://stac-extensions.github.io/version/v1.2.0/schema.json";

    private ItemVersion() {}

    /** Says which version an Item is, and where the one before it lies: a path relative to the Item. */
    static void tell(ObjectNode item, int version, Optional<String> predecessor) {
        item.withArray("stac_extensions").add(EXTENSION);
        ((ObjectNode) item.get("properties")).put("version", Integer.toString(version));
        predecessor.ifPresent(href -> link(item, PREDECESSOR, href));
    }

    /** Says that an Item was replaced, and where the latest version lies; false when it says so already. */
    static boolean replace(ObjectNode item, String latest) {
        ObjectNode properties = (ObjectNode) item.get("properties");
        if (properties.path("deprecated").asBoolean()) {
            return false;
        }
        if (!properties.has("version")) { // of a Swath that knew no versions
            tell(item, 1, Optional.empty());
        }
        properties.put("deprecated", true);
        link(item, LATEST, latest);
        return true;
    }

    /** Forgets the version before; false when it knows of none. */
    static boolean forgetPredecessor(ObjectNode item) {
        ArrayNode links = item.withArray("links");
        for (int at = 0; at < links.size(); at++) {
            if (links.get(at).path("rel").asText().equals(PREDECESSOR)) {
                links.remove(at);
                return true;
            }
        }
        return false;
    }

    /** The version that an Item says it is; one that says nothing is the first. */
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
