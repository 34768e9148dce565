package io.swath.health;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the rows of a stage (scenes, batches) apart: a row whose work throws becomes an incident of its own and is tried
 * again after a pause, which doubles from 5 s to 5 min, and the other rows go on. So is a row that needs more memory or a
 * deeper stack than Java has. What concerns every row is thrown on:
 * the database does not work, or an exception of a kind that the stage names. To be used from one thread.
 */
public final class FailingRows {
    /** The work of a row. */
    @FunctionalInterface
    public interface Work {
        void run() throws IOException;
    }

    private record Failure(int times, Instant due) {}

    private static final Logger log = LoggerFactory.getLogger(FailingRows.class);
    private static final GrowingPause PAUSE = new GrowingPause(Duration.ofSeconds(5), Duration.ofMinutes(5));

    private final Incidents incidents;
    private final Clock steady;
    private final String part;
    private final String what;
    private final List<Class<? extends RuntimeException>> ofEveryRow;
    private final Map<String, Failure> failures = new HashMap<>();

    /**
     * @param steady a clock that never jumps
     * @param part begins the name of each incident, before the row's id
     * @param what begins each incident's text, before the exception's text
     * @param ofEveryRow exceptions that say nothing about a single row
     */
    public FailingRows(
            Incidents incidents,
            Clock steady,
            String part,
            String what,
            List<Class<? extends RuntimeException>> ofEveryRow) {
        this.incidents = incidents;
        this.steady = steady;
        this.part = part;
        this.what = what;
        this.ofEveryRow = List.copyOf(ofEveryRow);
    }

    /**
     * Does a row's work, and reports or resolves the row's incident.
     *
     * @return whether the work succeeded
     */
    public boolean attempt(String row, Work work) {
        boolean succeeded = isolate(row, work);
        if (succeeded) {
            resolve(row);
        }
        return succeeded;
    }

    /** Does a part of a row's work. A failure is reported; a success resolves nothing, because other parts may fail. */
    public boolean isolate(String row, Work work) {
        try {
            work.run();
            return true;
        } catch (IOException | UncheckedIOException e) {
            report(row, e);
        } catch (RuntimeException e) {
            if (concernsEveryRow(e)) {
                throw e;
            }
            report(row, e);
        } catch (OutOfMemoryError | StackOverflowError tooLarge) {
            // The work has ended, so what it had in memory is free again.
            report(row, tooLarge);
        }
        return false;
    }

    private boolean concernsEveryRow(RuntimeException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Throwable now = cause;
            if (now instanceof SQLException || ofEveryRow.stream().anyMatch(kind -> kind.isInstance(now))) {
                return true;
            }
        }
        return false;
    }

    private void report(String row, Throwable failure) {
        log.debug("{}{} failed", part, row, failure);
        int times = isFailing(row) ? failures.get(row).times() + 1 : 1;
        failures.put(row, new Failure(times, steady.instant().plus(PAUSE.after(times))));
        incidents.report(part + row, what + failure);
    }

    /** How many rows failed last time. */
    public int count() {
        return failures.size();
    }

    /** Whether the last work of a row failed. */
    public boolean isFailing(String row) {
        return failures.containsKey(row);
    }

    /** Whether a row failed and has to wait before its work is tried again. */
    public boolean isPaused(String row) {
        return isFailing(row) && failures.get(row).due().isAfter(steady.instant());
    }

    /** Forgets a row's failures. */
    public void resolve(String row) {
        failures.remove(row);
        incidents.resolve(part + row);
    }

    /** Forgets all rows but these: the others have ended. */
    public void retain(Collection<String> rows) {
        Set<String> kept = Set.copyOf(rows);
        failures.keySet().stream().filter(row -> !kept.contains(row)).toList().forEach(this::resolve);
    }
}
