package io.swath.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.model.Batch;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a task wrote of itself, last of all: it explains, and fills in what the accounting lacks.
 *
 * @param job the task's own job id
 * @param outcome {@code ok}, {@code empty}, {@code exit}, {@code unreadable}, {@code bad-output},
 *     {@code gpu-out-of-memory}, {@code time-warning} or {@code terminated}
 * @param output path under the scene's work folder, empty when there is none
 */
record Evidence(
        String job,
        String outcome,
        String detail,
        String note,
        Optional<Long> cpuMillis,
        Optional<Long> memoryKiB,
        String output,
        long outputSize) {

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
                node.path("cpu_s").isNumber()
                        ? Optional.of(Math.round(node.path("cpu_s").asDouble() * 1000))
                        : Optional.empty(),
                node.path("peak_kib").isNumber()
                        ? Optional.of(node.path("peak_kib").asLong())
                        : Optional.empty(),
                output.path("path").asText(""),
                output.path("size").asLong(-1)));
    }

    boolean success() {
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
