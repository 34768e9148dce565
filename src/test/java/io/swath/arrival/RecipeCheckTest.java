package io.swath.arrival;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.health.Incidents;
import io.swath.recipes.RecipeBook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
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

    @Test
    void a_recipe_for_which_the_cluster_is_too_small_is_reported_once_a_scene_has_come_for_it() throws IOException {
        Path script = Files.createDirectories(recipes.resolve("wide")).resolve("run.sh");
        Files.writeString(script, "#!/bin/sh\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(recipes.resolve("wide/recipe.yaml"), """
                accepts: { bands: [red] }
                steps: [ { name: a, run: run.sh, request: { tasks: 2, nodes: 2 } } ]
                """);
        List<String> lacks = new ArrayList<>(List.of("request.nodes 2 is more than the 1 of partition cpu."));
        RecipeCheck check = new RecipeCheck(new RecipeBook(recipes), any -> String.join("", lacks), incidents);

        check.look();
        assertThat(incidents.open()).isEmpty();
        assertThat(check.mustWait("wide")).isTrue();
        check.look();
        assertThat(incidents.open())
                .singleElement()
                .satisfies(incident -> assertThat(incident.toString()).contains("request.nodes 2", "Its scenes wait"));

        lacks.clear();
        check.look();
        assertThat(check.mustWait("wide")).isFalse();
        assertThat(incidents.open()).isEmpty();
    }
}
