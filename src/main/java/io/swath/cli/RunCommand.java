package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.app.Version;
import io.swath.app.settings.Settings;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        mixinStandardHelpOptions = true,
        name = "run",
        description = "Watch the storage and process what arrives, until told to stop (SIGTERM, Ctrl-C).")
final class RunCommand implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(RunCommand.class);
    private static final Duration PAUSE = Duration.ofSeconds(5);

    @Mixin
    private SettingsOptions options;

    @Override
    public Integer call() throws Exception {
        Settings settings = options.settings();
        Pipeline first = new Pipeline(settings);
        CompletableFuture<Void> stopped = new CompletableFuture<>();
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stopped.complete(null);
            await(closed);
        }));
        try {
            boolean again = work(first, stopped);
            while (again) {
                Optional<Pipeline> next = reopen(settings, stopped);
                again = next.isPresent() && work(next.get(), stopped);
            }
            return 0;
        } finally {
            closed.countDown();
        }
    }

    /** Works when it is this one's turn, for as long as it is; false when it was told to stop. */
    private static boolean work(Pipeline opened, CompletableFuture<Void> stopped) throws Exception {
        try (Pipeline pipeline = opened) {
            if (!pipeline.standBy(stopped)) {
                log.info("Swath stops; it stood by.");
                return false;
            }
            pipeline.start();
            String missing = pipeline.storage().missing();
            if (missing.isEmpty()) {
                log.info(
                        "Swath {} is ready: drop scenes into {}",
                        Version.TEXT,
                        pipeline.storage().inbox());
            } else {
                log.error("Swath {} is not ready: {}", Version.TEXT, missing);
            }
            CompletableFuture.anyOf(stopped, pipeline.leadership().lost()).get();
            if (stopped.isDone()) {
                log.info("Swath stops; nothing is lost, the next start finds every job again.");
            }
            return !stopped.isDone();
        }
    }

    /** A pipeline for the next turn, whose ledger knows nothing of the last one; empty when it was told to stop. */
    private static Optional<Pipeline> reopen(Settings settings, CompletableFuture<Void> stopped)
            throws InterruptedException, ExecutionException {
        for (boolean told = false; !stopped.isDone(); told = true) {
            try {
                return Optional.of(new Pipeline(settings));
            } catch (RuntimeException e) { // of whatever kind the database's failures are
                if (!told) {
                    log.warn("The ledger cannot be opened ({}). Nothing is lost; Swath tries again.", e.getMessage());
                }
            }
            try {
                stopped.get(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                log.debug("not told to stop", e);
            }
        }
        return Optional.empty();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
