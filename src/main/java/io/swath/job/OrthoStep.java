package io.swath.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.model.Batch;
import io.swath.model.Device;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Step;
import io.swath.model.Scene;
import io.swath.storage.DurableFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The step that puts a scene's tiles onto a map, before the recipe's own steps. A scene has it when its plan says so: the
 * recipe needs a map, and the scene's pixels lie in the sensor's image. Stateless.
 */
public final class OrthoStep {
    /** The step's name, which {@code job.sh} contains too. No step of a recipe may have this name. */
    public static final String NAME = "ortho";

    static final String SCRIPT = "ortho.py";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MEMORY_MIB = 1_000;
    private static final Duration LEAST_TIME = Duration.ofMinutes(5);
    /** Measured: 3 seconds for 2048 x 2048 pixels of four bands on a busy machine. This is for a fifth of that. */
    private static final long VALUES_PER_SECOND = 1_000_000;

    private OrthoStep() {}

    /** The recipe as the scene passes it: with this step first, if the scene's plan has it. */
    public static Recipe before(Scene scene, Recipe recipe) {
        if (!isPlanned(scene)) {
            return recipe;
        }
        return recipe.after(of(recipe));
    }

    /** The step for a scene of this recipe that is put onto a map. */
    public static Step of(Recipe recipe) {
        long side =
                recipe.tiling().size().most() * 11L / 10 + 2L * recipe.tiling().overlap();
        Duration time = LEAST_TIME.plusSeconds(side * side * (1 + recipe.bands().size()) / VALUES_PER_SECOND);
        return new Step(NAME, SCRIPT, Device.CPU, 1, MEMORY_MIB, time, 0);
    }

    private static boolean isPlanned(Scene scene) {
        try {
            JsonNode plan = JSON.readTree(scene.plan().json());
            return !plan.path("rectification").path("method").asText("").isEmpty();
        } catch (JsonProcessingException damaged) {
            throw new IllegalStateException("the plan of " + scene.id() + " in the ledger is no JSON", damaged);
        }
    }

    static boolean is(Batch batch) {
        return !batch.assembly() && batch.step().equals(NAME);
    }

    /** Writes the script into the batch's folder; safe to repeat. */
    public static void writeScript(Storage storage, Batch batch) throws IOException {
        if (!is(batch)) {
            return;
        }
        BatchLayout layout = BatchLayout.of(storage, batch);
        storage.folder(layout.orthoScript().getParent());
        try (InputStream script = OrthoStep.class.getResourceAsStream("/job/" + SCRIPT)) {
            DurableFiles.writeScript(layout.orthoScript(), new String(script.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
