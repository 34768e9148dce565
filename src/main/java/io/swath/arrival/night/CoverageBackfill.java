package io.swath.arrival.night;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.ledger.Ledger;
import io.swath.model.Coverage;
import io.swath.model.Scene;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The plans of scenes that a Swath planned which knew no selections. */
record CoverageBackfill(Ledger ledger, ObjectMapper json) {
    private static final Logger log = LoggerFactory.getLogger(CoverageBackfill.class);
    private static final int CHUNK = 500;

    /** Writes down of such scenes what selections ask, as far as their plans tell it: once for each. */
    void learn() {
        List<Scene> scenes = some();
        while (!scenes.isEmpty()) {
            List<Scene> these = scenes;
            ledger.change(
                    session -> these.forEach(scene -> session.scenes().recordCoverage(scene.id(), coverage(scene))));
            scenes = some();
        }
    }

    private List<Scene> some() {
        return ledger.read(session -> session.scenes().withoutCoverage(CHUNK));
    }

    private Coverage coverage(Scene scene) {
        try {
            JsonNode plan = json.readTree(scene.plan().json());
            List<List<Double>> ring = new ArrayList<>();
            for (JsonNode point : plan.path("georeference").path("footprint")) {
                ring.add(List.of(point.path(0).asDouble(), point.path(1).asDouble()));
            }
            return Coverage.of(plan.path("datetime").asText(""), List.of(), ring);
        } catch (JsonProcessingException e) {
            log.warn("The plan of {} cannot be read, so no filter means that scene: {}", scene.id(), e.getMessage());
            return Coverage.of("", List.of(), List.of());
        }
    }
}
