package io.swath.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.model.Batch;
import io.swath.model.GpuUse;
import io.swath.model.ResourceUse;
import io.swath.storage.NotRegularException;
import io.swath.storage.RegularFiles;
import io.swath.storage.Sha256;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a task reported about itself, in the last file that it wrote. The evidence explains how a task ended, and fills
 * in what the accounting lacks. Immutable.
 *
 * @param job the task's own job id
 * @param exit the exit code that it ended with; empty when it has not ended. The script's own code is here even if
 *     {@code job.sh} ends with another
 * @param detail why it ended in this way, for people; empty when there is nothing to say
 * @param note what the recipe's script wrote about the run
 * @param used what the task measured
 * @param output what it made
 * @param badTiles for an assembly, the tiles that were not what their evidence says
 */
public record Evidence(
        String job,
        Outcome outcome,
        Optional<Integer> exit,
        String detail,
        String note,
        ResourceUse used,
        Output output,
        List<Integer> badTiles) {
    private static final Logger log = LoggerFactory.getLogger(Evidence.class);
    private static final int MOST_BYTES = 64 << 10;
    /** As in job.sh. */
    private static final int MOST_PREPARED_BYTES = 16 << 20;
    /** A year on 1000 CPUs. */
    private static final double MOST_SECONDS = 1000.0 * 366 * 24 * 3600;
    /** 1 TiB. */
    private static final int MOST_GPU_MIB = 1 << 20;
    /** 64 TiB. */
    private static final double MOST_KIB = 1L << 36;

    /**
     * The file that a task made.
     *
     * @param path below the scene's work folder
     * @param size bytes
     * @param sha256 in 64 lower-case hex digits
     * @param polygonsSha256 of the polygons that an assembly made beside it; empty without polygons
     */
    public record Output(String path, long size, String sha256, String polygonsSha256) {
        /** A task without an output. */
        public static final Output NONE = new Output("", -1, "", "");
    }

    /**
     * The task that a file of evidence must name: any job may write any file of the scene.
     *
     * @param token the batch's token
     * @param index the task's index in the job array
     * @param attempt the attempt at the tile; empty: any, for a batch has one attempt at each tile
     */
    public record Subject(String token, int index, OptionalInt attempt) {
        private boolean of(JsonNode node) {
            return node.path("token").asText().equals(token)
                    && node.path("index").asInt(-1) == index
                    && (attempt.isEmpty() || node.path("attempt").asInt(-1) == attempt.getAsInt());
        }
    }

    /**
     * The evidence of a task; empty when the task has not written any, and when the file is damaged, is about another
     * task or was not written by {@code job.sh}: the job may put anything in its place.
     *
     * @param root the storage's root
     */
    static Optional<Evidence> read(Path root, Path file, Subject subject, ObjectMapper json) throws IOException {
        JsonNode node;
        try {
            node = json.readTree(RegularFiles.read(root, file, MOST_BYTES));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JsonProcessingException | NotRegularException | AccessDeniedException e) {
            // job.sh renames a complete file into place, which the group may read. Anything else is damaged or not
            // job.sh's, and counts as no evidence.
            log.debug("the evidence of a task cannot be used file={}", file, e);
            return Optional.empty();
        }
        if (!subject.of(node)) {
            log.debug("a file of evidence is about another task file={} expected={}", file, subject);
            return Optional.empty();
        }
        JsonNode output = node.path("output");
        return Optional.of(new Evidence(
                node.path("job").asText(),
                Outcome.of(node.path("outcome").asText()),
                number(node, "exit").map(Double::intValue),
                node.path("detail").asText(),
                node.path("note").asText(),
                new ResourceUse(
                        measure(node, "wall_s", MOST_SECONDS)
                                .map(wall -> Duration.ofNanos(Math.round(wall * 1e6) * 1000)),
                        measure(node, "cpu_s", MOST_SECONDS).map(cpu -> Math.round(cpu * 1000)),
                        measure(node, "peak_kib", MOST_KIB).map(Math::round),
                        gpu(node)),
                new Output(
                        output.path("path").asText(""),
                        output.path("size").asLong(-1),
                        output.path("sha256").asText(""),
                        output.path("polygons_sha256").asText("")),
                badTiles(node)));
    }

    private static GpuUse gpu(JsonNode node) {
        Optional<Integer> card = measure(node, "gpu_card_mib", MOST_GPU_MIB).map(Double::intValue);
        Optional<Integer> used = measure(node, "gpu_mib", card.orElse(0)).map(Double::intValue);
        return used.isEmpty()
                ? GpuUse.NONE
                : new GpuUse(
                        used,
                        card,
                        measure(node, "gpu_util", 100).map(Double::intValue),
                        node.path("gpu_source").asText());
    }

    private static String sha256(Path root, Path file) throws IOException {
        return Sha256.hex(RegularFiles.read(root, file, MOST_PREPARED_BYTES));
    }

    private static List<Integer> badTiles(JsonNode node) {
        List<Integer> tiles = new ArrayList<>();
        node.path("tiles").forEach(tile -> tiles.add(tile.asInt()));
        return List.copyOf(tiles);
    }

    /** Any job may write any file of the scene, so a value that no task can have counts as not measured. */
    private static Optional<Double> measure(JsonNode node, String field, double most) {
        return number(node, field).filter(value -> value >= 0 && value <= most);
    }

    private static Optional<Double> number(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isNumber() ? Optional.of(value.asDouble()) : Optional.empty();
    }

    /** Whether the task reported a success. */
    public boolean success() {
        return outcome.success();
    }

    /**
     * Whether the task reported a success, and its output is on the storage with the size that it reported. What a
     * preparation made must have the SHA-256 too: the jobs of the tiles compare it with that.
     *
     * @param tile the tile of the task, {@link io.swath.model.TileProgress#ASSEMBLY} for the assembly, {@link
     *     io.swath.model.TileProgress#PREPARATION} for the preparation
     */
    boolean outputInPlace(Storage storage, Batch batch, int tile) throws IOException {
        if (outcome != Outcome.OK) {
            return success() && !batch.preparation();
        }
        Path work = storage.work(batch.sceneId(), batch.version());
        Path file = batch.preparation()
                ? new WorkLayout(work).prepared()
                : storage.tile(batch.sceneId(), batch.version(), batch.step(), BatchLayout.fileNumber(tile));
        try {
            return work.relativize(file).toString().equals(output.path())
                    && RegularFiles.size(storage.root(), file) == output.size()
                    && (!batch.preparation() || sha256(storage.root(), file).equals(output.sha256()));
        } catch (NoSuchFileException | NotRegularException | AccessDeniedException e) {
            log.debug("the output of a task is not in place file={}", file, e);
            return false;
        }
    }
}
