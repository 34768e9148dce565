package io.swath.app;

import io.swath.ledger.Ledger;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Adds the commands that were sent to the cluster to the ledger's count of the day, for {@code ./swath report}. What was sent
 * after the last call, before Swath ended, is not counted. To be called from one thread.
 */
public final class CommandRecorder {
    private final Ledger ledger;
    private final Supplier<Map<String, Long>> commandsSent;
    private long recorded;

    /** @param commandsSent how many commands were sent since the start, by their names */
    public CommandRecorder(Ledger ledger, Supplier<Map<String, Long>> commandsSent) {
        this.ledger = ledger;
        this.commandsSent = commandsSent;
    }

    /** Records what was sent since the last call. */
    public void record() {
        long sent =
                commandsSent.get().values().stream().mapToLong(Long::longValue).sum();
        if (sent > recorded) {
            long more = sent - recorded;
            ledger.change(session -> session.commandCounts().addCommands(more));
            recorded = sent;
        }
    }
}
