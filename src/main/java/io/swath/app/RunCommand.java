package io.swath.app;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
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

    @Mixin
    private SettingsOptions options;

    @Override
    public Integer call() throws Exception {
        Settings settings = options.settings();
        Pipeline pipeline = new Pipeline(settings);
        CountDownLatch stopped = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stopped.countDown();
            await(closed);
        }));
        try {
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
            stopped.await();
            log.info("Swath stops; nothing is lost, the next start finds every job again.");
            return 0;
        } finally {
            pipeline.close();
            closed.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
