package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.app.Version;
import io.swath.app.settings.Settings;
import io.swath.ledger.LedgerException;
import java.io.IOException;
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
import picocli.CommandLine.Option;

@Command(
        mixinStandardHelpOptions = true,
        name = "run",
        description = {
            "Watch the storage's inbox and process the scenes that arrive. SIGTERM or Ctrl-C stops it; nothing is lost.",
            "While another Swath works on the same PostgreSQL ledger, this one is its standby."
        })
final class RunCommand implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(RunCommand.class);
    private static final Duration REOPEN_INTERVAL = Duration.ofSeconds(5);

    @Mixin
    private SettingsOptions options;

    @Option(
            names = "--new-ledger",
            description = "Start with a new ledger although the storage holds scenes of another ledger, which is lost.")
    private boolean newLedger;

    @Override
    public Integer call() throws Exception {
        Settings settings = options.settings();
        Pipeline first = new Pipeline(settings);
        try {
            first.checkLedger(newLedger);
        } catch (IOException | RuntimeException e) {
            try (first) {
                throw e;
            }
        }
        CompletableFuture<Void> stopped = new CompletableFuture<>();
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stopped.complete(null);
            await(closed);
        }));
        try {
            boolean lostLeadership = work(first, stopped);
            while (lostLeadership) {
                Optional<Pipeline> next = reopen(settings, stopped);
                lostLeadership = next.isPresent() && work(next.get(), stopped);
            }
            return 0;
        } finally {
            closed.countDown();
        }
    }

    /**
     * Waits for leadership, then works until it is lost.
     *
     * @param stopped done when this program is to stop
     * @return true when leadership was lost; false when this program is to stop
     */
    private static boolean work(Pipeline opened, CompletableFuture<Void> stopped) throws Exception {
        try (Pipeline pipeline = opened) {
            if (!pipeline.standBy(stopped)) {
                log.info("Swath stops. It was a standby.");
                return false;
            }
            pipeline.start();
            String missing = pipeline.storage().missing();
            if (missing.isEmpty()) {
                log.info(
                        "Swath {} is ready: drop scenes into {}/RECIPE/",
                        Version.TEXT,
                        pipeline.storage().inbox());
            } else {
                log.error("Swath {} is not ready: {}", Version.TEXT, missing);
            }
            try {
                CompletableFuture.anyOf(stopped, pipeline.leadership().lost(), pipeline.damage())
                        .get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof LedgerException damaged ? damaged : e;
            }
            if (stopped.isDone()) {
                log.info("Swath stops. Nothing is lost; the next start finds every job again.");
            }
            return !stopped.isDone();
        }
    }

    /** Opens a new pipeline, without the fencing token of the lost leadership. Empty when this program is to stop. */
    private static Optional<Pipeline> reopen(Settings settings, CompletableFuture<Void> stopped)
            throws InterruptedException, ExecutionException {
        for (boolean logged = false; !stopped.isDone(); logged = true) {
            try {
                return Optional.of(new Pipeline(settings));
            } catch (RuntimeException e) { // the database's drivers have no exception type in common
                if (!logged) {
                    log.warn(
                            "The ledger cannot be opened ({}). Nothing is lost; Swath retries every 5 s.",
                            e.getMessage());
                }
            }
            try {
                stopped.get(REOPEN_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                log.debug("still running; the ledger is opened again", e);
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
