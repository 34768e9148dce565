package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.arrival.SceneInput;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.storage.Roots;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        mixinStandardHelpOptions = true,
        name = "submit",
        description =
                "Copy a scene onto the storage and process it. With no Swath running, --wait processes it itself.")
final class SubmitCommand implements Callable<Integer> {
    @Mixin
    private SettingsOptions options;

    @Parameters(paramLabel = "PATH", description = "A GeoTIFF, or a STAC Item (.json) that names some.")
    private Path path;

    @Option(
            names = "--recipe",
            required = true,
            paramLabel = "R",
            description = "What to do to it: a name in config/recipes.")
    private String recipe;

    @Option(
            names = "--priority",
            defaultValue = "normal",
            description = "urgent, normal or night (default: ${DEFAULT-VALUE}).")
    private Priority priority;

    @Option(names = "--wait", description = "Show its progress, and end with status 0 only when it is delivered.")
    private boolean wait;

    @Override
    public Integer call() throws Exception {
        if (!Files.isRegularFile(path)) {
            throw new IllegalArgumentException(path + " is no file; give a GeoTIFF, or a STAC Item (.json)");
        }
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            Recipe found = pipeline.recipe(recipe);
            Instant begun = Instant.now();
            Scene scene = pipeline.commandArrival()
                    .accept(
                            SceneInput.at(
                                    path, Optional.empty(), Roots.of(Path.of("/"))), // as the user's rights have it
                            found,
                            priority);
            System.out.println(scene.id());
            if (scene.arrival().acceptedAt().isBefore(begun)) {
                System.err.println("The same content with the same recipe came before, and is " + scene.state() + ".");
            }
            if (!wait) {
                if (!pipeline.leadership().isHeldElsewhere()) {
                    System.err.println("It is accepted and waits: no Swath is running here (./swath run).");
                }
                return 0;
            }
            if (pipeline.leadership().tryAcquire()) {
                pipeline.start();
            }
            Scene ended = new ProgressFollower(pipeline.ledger(), System.err).follow(scene.id());
            if (ended.state() == SceneState.DELIVERED) {
                System.err.println("Its products are in " + pipeline.storage().delivered(ended.id(), ended.recipe()));
            }
            return ended.state() == SceneState.DELIVERED ? 0 : 1;
        }
    }
}
