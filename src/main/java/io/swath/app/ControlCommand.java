package io.swath.app;

import io.swath.control.Control.Verb;
import io.swath.ledger.Controls;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** One command for each verb; the wish is written down, and whoever runs carries it out. */
@Command(mixinStandardHelpOptions = true)
final class ControlCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Verb verb;

    @Mixin
    private SettingsOptions options;

    @Parameters(paramLabel = "ID", description = "The scene.")
    private String id;

    ControlCommand(Verb verb) {
        this.verb = verb;
    }

    @Override
    public Integer call() throws Exception {
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            if (pipeline.ledger().read(session -> session.scenes().find(id)).isEmpty()) {
                throw new IllegalArgumentException("there is no scene " + id + "; ./swath status lists them");
            }
            String wish = UUID.randomUUID().toString();
            pipeline.ledger().change(session -> session.controls().add(wish, id, verb.word()));
            boolean here = pipeline.claim().take();
            if (here) {
                pipeline.workControls();
            }
            Optional<Controls.Entry> entry = answer(pipeline, wish, !here);
            if (entry.isEmpty()) {
                throw new IllegalStateException("the wish is noted and not carried out yet: "
                        + pipeline.troubles().open().stream()
                                .map(trouble -> trouble.what())
                                .toList());
            }
            System.out.println(entry.get().outcome());
            return entry.get().outcome().startsWith("done") ? 0 : 1;
        }
    }

    private static Optional<Controls.Entry> answer(Pipeline pipeline, String wish, boolean patient)
            throws InterruptedException {
        Instant end = Instant.now().plus(patient ? PATIENCE : Duration.ZERO);
        while (true) {
            Optional<Controls.Entry> entry = pipeline.ledger()
                    .read(session -> session.controls().find(wish))
                    .filter(Controls.Entry::done);
            if (entry.isPresent() || Instant.now().isAfter(end)) {
                return entry;
            }
            Thread.sleep(200);
        }
    }
}
