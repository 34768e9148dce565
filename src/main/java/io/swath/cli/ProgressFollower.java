package io.swath.cli;

import io.swath.ledger.Ledger;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileState;
import io.swath.untrusted.Texts;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows a scene's progress until the scene ends: a bar on a terminal, elsewhere a line for each change. */
final class ProgressFollower {
    private static final long INTERVAL_MS = 200;

    private final Ledger ledger;
    private final PrintStream out;

    ProgressFollower(Ledger ledger, PrintStream out) {
        this.ledger = ledger;
        this.out = out;
    }

    /**
     * Returns the ended scene.
     *
     * @throws IllegalArgumentException when there is no such scene
     */
    Scene follow(String id) throws InterruptedException {
        // The launcher sets this: Java 17 cannot find out which of its streams is a terminal.
        return Boolean.getBoolean("swath.terminal") ? bar(id) : lines(id);
    }

    private Scene bar(String id) throws InterruptedException {
        try (ProgressBar bar = new ProgressBarBuilder()
                .setTaskName("tiles")
                .setInitialMax(1)
                .setUpdateIntervalMillis(100)
                .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                .setConsumer(new me.tongfei.progressbar.ConsoleProgressBarConsumer(TerminalOutput.unprotected(out)))
                .build()) {
            while (true) {
                Scene scene = scene(id);
                bar.maxHint(Math.max(1, scene.plan().tileCount()));
                bar.stepTo(tilesDone(id));
                bar.setExtraMessage(" " + describe(scene));
                if (scene.state().terminal()) {
                    return scene;
                }
                pause();
            }
        }
    }

    private Scene lines(String id) throws InterruptedException {
        String last = "";
        while (true) {
            Scene scene = scene(id);
            String line = "  " + describe(scene);
            if (!line.equals(last)) {
                out.println(line);
                last = line;
            }
            if (scene.state().terminal()) {
                return scene;
            }
            pause();
        }
    }

    private Scene scene(String id) {
        return ledger.read(session -> session.scenes().find(id))
                .orElseThrow(
                        () -> new IllegalArgumentException("there is no scene " + id + "; ./swath status lists them"));
    }

    private int tilesDone(String id) {
        return ledger.read(session -> session.tiles().counts(id)).getOrDefault(TileState.DONE, 0);
    }

    private String describe(Scene scene) {
        String state = scene.state().name().toLowerCase(Locale.ROOT);
        if (scene.state() != SceneState.PROCESSING) {
            return state + (scene.reason().isEmpty() ? "" : ": " + Texts.line(scene.reason()));
        }
        Map<RunState, Integer> runs = ledger.read(session -> session.runs().counts(scene.id()));
        return String.format(
                "%s: %d of %d tiles done, %d running, %d queued%s",
                state,
                tilesDone(scene.id()),
                scene.plan().tileCount(),
                runs.getOrDefault(RunState.RUNNING, 0),
                runs.getOrDefault(RunState.QUEUED, 0) + runs.getOrDefault(RunState.INTENT, 0),
                scene.status().held() ? ", held" : scene.status().suspended() ? ", suspended" : "");
    }

    private static void pause() throws InterruptedException {
        Thread.sleep(Duration.ofMillis(INTERVAL_MS).toMillis());
    }
}
