package io.swath.job;

import com.fasterxml.jackson.core.JsonProcessingException;
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
 * What a task reported about itself, in the last file that it wrote. The evidence explains how a task ended, and fills
 * in what the accounting lacks. Immutable.
 *
 * @param job the task's own job id
 * @param detail why it ended in this way, for people; empty when there is nothing to say
 * @param note what the recipe's script wrote about the run
 * @param used what the task measured
 * @param output the output's path below the scene's work folder; empty when there is no output
 * @param outputSize bytes; -1 when there is no output
 */
public record Evidence(
        String job, Outcome outcome, String detail, String note, ResourceUse used, String output, long outputSize) {

    /** The evidence of a task; empty when the task has not written any, or when the file is damaged. */
    static Optional<Evidence> read(Path file, ObjectMapper json) throws IOException {
        JsonNode node;
        try {
            node = json.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JsonProcessingException e) {
            // The task renames the complete file into place. An incomplete file means a damaged disk, and counts as no
            // evidence.
            return Optional.empty();
        }
        JsonNode output = node.path("output");
        return Optional.of(new Evidence(
                node.path("job").asText(),
                Outcome.of(node.path("outcome").asText()),
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

    /** Whether the task reported a success. */
    public boolean success() {
        return outcome.success();
    }

    /** Whether the task reported a success, and its output is on the storage with the size that it reported. */
    boolean outputInPlace(Storage storage, Batch batch) throws IOException {
        if (outcome != Outcome.OK) {
            return success();
        }
        Path file = storage.work(batch.sceneId(), batch.version()).resolve(output);
        return Files.isRegularFile(file) && Files.size(file) == outputSize;
    }
}
