package io.swath.arrival;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.health.Incidents;
import io.swath.recipes.RecipeBook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeCheckTest {
    @TempDir
    private Path recipes;

    private final Incidents incidents = new Incidents(Clock.systemUTC());

    @Test
    void a_missing_model_is_reported_once_a_scene_has_come_and_the_scene_waits() throws IOException {
        Path model = recipes.resolve("cover/net.onnx");
        Path script = Files.createDirectory(recipes.resolve("cover")).resolve("run.sh");
        Files.writeString(script, "#!/bin/sh\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(recipes.resolve("cover/recipe.yaml"), """
                accepts: { bands: [red] }
                steps: [ { name: a, run: run.sh } ]
                model: { file: net.onnx, sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 }
                """);
        RecipeCheck check = new RecipeCheck(new RecipeBook(recipes), any -> "", incidents);

        check.look();
        assertThat(incidents.open()).as("no scene has come").isEmpty();
        assertThat(check.mustWait("cover")).isTrue();
        check.look();
        assertThat(incidents.open())
                .singleElement()
                .satisfies(incident ->
                        assertThat(incident.toString()).contains("there is no file " + model, "Its scenes wait"));

        Files.createFile(model); // an empty file has the SHA-256 above
        check.look();
        assertThat(check.mustWait("cover")).isFalse();
        assertThat(incidents.open()).isEmpty();
    }
}
