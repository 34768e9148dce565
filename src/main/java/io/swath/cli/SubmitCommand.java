package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.storage.Roots;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        mixinStandardHelpOptions = true,
        name = "submit",
        description =
                "Copy a scene to the storage and accept it for processing. If no Swath is running, --wait processes it here.")
final class SubmitCommand implements Callable<Integer> {
    @Mixin
    private SettingsOptions options;

    @Parameters(
            paramLabel = "PATH",
            description = "A GeoTIFF, a STAC Item (.json), a folder with a product, or an archive with one.")
    private Path path;

    @Option(
            names = "--recipe",
            required = true,
            split = ",",
            paramLabel = "R",
            description =
                    "The recipe: the name of a folder in config/recipes. Several, as in ndvi,texture, share the pixels.")
    private List<String> recipes;

    @Option(
            names = "--priority",
            defaultValue = "normal",
            description = "urgent, normal or night (default: ${DEFAULT-VALUE}).")
    private Priority priority;

    @Option(
            names = "--wait",
            description = "Show the scene's progress until it ends. The status is 0 only when it is delivered.")
    private boolean wait;

    @Override
    public Integer call() throws Exception {
        if (!Files.isRegularFile(path) && !Files.isDirectory(path)) {
            throw new IllegalArgumentException(
                    path + " is not there; give a GeoTIFF, a STAC Item (.json), a folder or an archive");
        }
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            List<Recipe> found =
                    recipes.stream().distinct().map(pipeline::recipe).toList(); // all, before one is accepted
            Instant begun = Instant.now();
            List<Scene> scenes = pipeline.commandArrival()
                    .accept(
                            path,
                            Roots.of(Path.of("/")), // the user's own rights decide what it may read
                            found,
                            priority);
            for (Scene scene : scenes) {
                System.out.println(scene.id());
                if (scene.arrival().acceptedAt().isBefore(begun)) {
                    System.err.println(
                            "This is not a new scene: the same content was accepted before with the same recipe, and is "
                                    + scene.state() + ".");
                }
            }
            if (!wait) {
                if (!pipeline.leadership().isHeldElsewhere()) {
                    System.err.println(
                            "The scene is accepted, and waits because no Swath is running. Start one: ./swath run.");
                }
                return 0;
            }
            if (pipeline.leadership().tryAcquire()) {
                pipeline.start();
            }
            boolean delivered = true;
            for (Scene scene : scenes) {
                Scene ended = new ProgressFollower(pipeline.ledger(), System.err).follow(scene.id());
                if (ended.state() == SceneState.DELIVERED) {
                    System.err.println(
                            "The products are in " + pipeline.storage().delivered(ended.id(), ended.recipe()));
                }
                delivered &= ended.state() == SceneState.DELIVERED;
            }
            return delivered ? 0 : 1;
        }
    }
}
