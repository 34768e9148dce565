package io.swath.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** What a product's Item says of a scene that was put onto a map. Stateless. */
final class Rectified {
    private Rectified() {}

    /** For people: by what, and at which heights; empty when the scene was on a map, or stayed off it. */
    static Optional<String> words(JsonNode plan) {
        JsonNode rectification = plan.path("rectification");
        String method = rectification.path("method").asText("");
        if (method.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of("by " + by(method) + ", height " + height(rectification));
    }

    /** {@code by}: {@code rpc} or {@code gcp}; {@code height}: of what; {@code resampling}: GDAL's name. */
    static ObjectNode facts(JsonNode plan, ObjectMapper json) {
        JsonNode rectification = plan.path("rectification");
        return json.createObjectNode()
                .put("by", by(rectification.path("method").asText()))
                .put("height", height(rectification))
                .put("resampling", rectification.path("resampling").asText());
    }

    private static String by(String method) {
        return method.equals("RPC") ? "rpc" : "gcp";
    }

    private static String height(JsonNode rectification) {
        JsonNode terrain = rectification.path("terrain");
        String model = terrain.path("path").asText("");
        if (!model.isEmpty()) {
            String geoid = terrain.path("geoid").asText("");
            return "dem " + model + (geoid.isEmpty() ? "" : " above geoid " + geoid);
        }
        return by(rectification.path("method").asText()).equals("rpc")
                ? "constant " + rectification.path("heightMetres").asDouble() + " m above the ellipsoid (RPC)"
                : "as the control points have it";
    }
}
