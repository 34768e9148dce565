package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.control.Control.Action;
import io.swath.ledger.ControlRequests;
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

    private final Action action;

    @Mixin
    private SettingsOptions options;

    @Parameters(paramLabel = "ID", description = "The scene.")
    private String id;

    ControlCommand(Action action) {
        this.action = action;
    }

    @Override
    public Integer call() throws Exception {
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            if (pipeline.ledger().read(session -> session.scenes().find(id)).isEmpty()) {
                throw new IllegalArgumentException("there is no scene " + id + "; ./swath status lists them");
            }
            String request = UUID.randomUUID().toString();
            pipeline.ledger().change(session -> session.controlRequests().add(request, id, action.word()));
            boolean here = pipeline.leadership().tryAcquire();
            if (here) {
                pipeline.workControls();
            }
            Optional<ControlRequests.Entry> entry = answer(pipeline, request, !here);
            if (entry.isEmpty()) {
                throw new IllegalStateException("the wish is noted and not carried out yet: "
                        + pipeline.incidents().open().stream()
                                .map(problem -> problem.what())
                                .toList());
            }
            System.out.println(entry.get().outcome());
            return entry.get().outcome().startsWith("done") ? 0 : 1;
        }
    }

    private static Optional<ControlRequests.Entry> answer(Pipeline pipeline, String request, boolean patient)
            throws InterruptedException {
        Instant end = Instant.now().plus(patient ? PATIENCE : Duration.ZERO);
        while (true) {
            Optional<ControlRequests.Entry> entry = pipeline.ledger()
                    .read(session -> session.controlRequests().find(request))
                    .filter(ControlRequests.Entry::done);
            if (entry.isPresent() || Instant.now().isAfter(end)) {
                return entry;
            }
            Thread.sleep(200);
        }
    }
}
