package io.swath.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.model.Batch;
import io.swath.model.ResourceUse;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a task wrote of itself, last of all: it explains, and fills in what the accounting lacks.
 *
 * @param job the task's own job id
 * @param outcome {@code ok}, {@code empty}, {@code exit}, {@code unreadable}, {@code bad-output},
 *     {@code gpu-out-of-memory}, {@code time-warning} or {@code terminated}
 * @param output path under the scene's work folder, empty when there is none
 */
public record Evidence(
        String job, String outcome, String detail, String note, ResourceUse used, String output, long outputSize) {

    /** The evidence of a run; absent when the task has not written any, or nothing that can be read. */
    static Optional<Evidence> read(Storage storage, ObjectMapper json, String sceneId, String token, int index)
            throws IOException {
        Path file = storage.batch(sceneId, token).resolve("evidence").resolve(index + ".json");
        JsonNode node;
        try {
            node = json.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            return Optional.empty(); // written by rename, so this is a damaged disk: as good as none
        }
        JsonNode output = node.path("output");
        return Optional.of(new Evidence(
                node.path("job").asText(),
                node.path("outcome").asText(),
                node.path("detail").asText(),
                node.path("note").asText(),
                new ResourceUse(
                        number(node, "wall_s").map(wall -> Duration.ofNanos(Math.round(wall * 1e6) * 1000)),
                        number(node, "cpu_s").map(cpu -> Math.round(cpu * 1000)),
                        number(node, "peak_kib").map(Math::round)),
                output.path("path").asText(""),
                output.path("size").asLong(-1)));
    }

    private static Optional<Double> number(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isNumber() ? Optional.of(value.asDouble()) : Optional.empty();
    }

    public boolean success() {
        return outcome.equals("ok") || outcome.equals("empty");
    }

    /** True when it tells of a success, and its output lies on the storage as it says. */
    boolean holds(Storage storage, Batch batch) throws IOException {
        if (!outcome.equals("ok")) {
            return success();
        }
        Path file = storage.work(batch.sceneId(), batch.version()).resolve(output);
        return Files.isRegularFile(file) && Files.size(file) == outputSize;
    }
}
