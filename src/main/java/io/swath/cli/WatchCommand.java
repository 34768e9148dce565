package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.model.SceneState;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        mixinStandardHelpOptions = true,
        name = "watch",
        description = "Show a scene's progress until it ends. The status is 0 only when it is delivered.")
final class WatchCommand implements Callable<Integer> {
    @Mixin
    private SettingsOptions options;

    @Parameters(paramLabel = "ID", description = "The scene's id; ./swath status lists the ids.")
    private String id;

    @Override
    public Integer call() throws Exception {
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            return new ProgressFollower(pipeline.ledger(), System.out)
                                    .follow(id)
                                    .state()
                            == SceneState.DELIVERED
                    ? 0
                    : 1;
        }
    }
}
