package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.control.Action;
import io.swath.health.Incidents.Incident;
import io.swath.ledger.ControlRequests;
import io.swath.ledger.ControlRequests.Result;
import io.swath.untrusted.Texts;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The command of one action: cancel, hold and so on. It adds a control request to the ledger. The running Swath carries
 * the request out. When no Swath runs, this command carries it out.
 */
@Command(
        mixinStandardHelpOptions = true,
        footer =
                "Ends with status 0 when the request was carried out, and with 1 when it was refused or is still open.")
final class ControlCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long POLL_MS = 200;

    private final Action action;

    @Mixin
    private SettingsOptions options;

    @Spec
    private CommandSpec command;

    @Parameters(paramLabel = "ID", description = "The scene's id; ./swath status lists the ids.")
    private String id;

    ControlCommand(Action action) {
        this.action = action;
    }

    @Override
    public Integer call() throws Exception {
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            String scene = pipeline.scene(id).id();
            String request = UUID.randomUUID().toString();
            pipeline.ledger().change(session -> session.controlRequests().add(request, scene, action.word()));
            boolean leads = pipeline.leadership().tryAcquire();
            if (leads) {
                pipeline.workControls();
            }
            ControlRequests.Entry closed = awaitClosed(pipeline, request, leads ? Duration.ZERO : PATIENCE)
                    .orElseThrow(() -> new IllegalStateException(
                            stillOpen(leads, pipeline.incidents().open())));
            command.commandLine().getOut().println(Texts.line(closed.answer()));
            return closed.result().equals(Optional.of(Result.DONE)) ? 0 : 1;
        }
    }

    private static Optional<ControlRequests.Entry> awaitClosed(Pipeline pipeline, String request, Duration patience)
            throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            Optional<ControlRequests.Entry> closed = pipeline.ledger()
                    .read(session -> session.controlRequests().find(request))
                    .filter(entry -> entry.result().isPresent());
            if (closed.isPresent() || System.nanoTime() - start >= patience.toNanos()) {
                return closed;
            }
            Thread.sleep(POLL_MS);
        }
    }

    private String stillOpen(boolean leads, List<Incident> incidents) {
        String open = "the request to " + action.word() + " " + id + " is in the ledger but not carried out yet: ";
        if (!leads) {
            return open + "the running Swath did not do it within " + PATIENCE.toMinutes()
                    + " minutes. It keeps trying; its log says what it waits for";
        }
        return open + String.join("; ", incidents.stream().map(Incident::what).toList())
                + ". The next ./swath run carries it out";
    }
}
