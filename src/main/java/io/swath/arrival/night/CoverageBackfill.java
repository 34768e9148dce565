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

/** Fills in the coverage of scenes that an older Swath planned, because that Swath did not store it. */
record CoverageBackfill(Ledger ledger, ObjectMapper json) {
    private static final Logger log = LoggerFactory.getLogger(CoverageBackfill.class);
    private static final int CHUNK = 500;

    /** Stores the coverage of every such scene once, as far as its plan has it. */
    void run() {
        List<Scene> scenes = nextChunk();
        while (!scenes.isEmpty()) {
            List<Scene> chunk = scenes;
            ledger.change(
                    session -> chunk.forEach(scene -> session.scenes().recordCoverage(scene.id(), coverage(scene))));
            scenes = nextChunk();
        }
    }

    private List<Scene> nextChunk() {
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
            log.warn(
                    "The plan of {} cannot be read, so no filter by sensor, time or place selects that scene: {}",
                    scene.id(),
                    e.getMessage());
            return Coverage.of("", List.of(), List.of());
        }
    }
}
