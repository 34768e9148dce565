package io.swath.arrival.folder;

import io.swath.arrival.folder.Candidate.Rejected;
import io.swath.arrival.folder.Candidate.Waiting;
import io.swath.ledger.InboxEntries.Entry;
import io.swath.ledger.Ledger;
import io.swath.untrusted.Texts;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records in the ledger which inbox entries wait, for what and for how long, and finds those whose time is up.
 *
 * <p>Only time in which Swath looked and the storage answered counts: neither a stop of Swath nor a jump of the wall
 * clock uses up the patience. Not thread-safe.
 */
final class WaitingEntries {
    private static final Logger log = LoggerFactory.getLogger(WaitingEntries.class);
    /** The longest time that one look adds to the wait, even when the last look was longer ago. */
    private static final Duration LONGEST_CYCLE = Duration.ofSeconds(5);
    /** How often the waited time is written when nothing else changed; a crash loses no more than this time. */
    private static final Duration WRITE_EVERY = Duration.ofSeconds(10);

    private static final Duration LOG_AFTER = Duration.ofMinutes(10);
    private static final int DIGEST_DIGITS = 8;
    private static final char UNPRINTABLE = '\ufffd';

    private final Ledger ledger;
    private final Duration patience;
    private final Clock clock;
    private final Clock steady;
    /** The entries as of the last look, by {@link Entry#path}. */
    private Map<String, Entry> entries = new HashMap<>();
    /** The rows as they are in the ledger, by path. */
    private final Map<String, Entry> rows = new HashMap<>();
    /** When this program first saw each entry, by the steady clock. */
    private final Map<String, Instant> seenSince = new HashMap<>();

    private final Set<String> logged = new HashSet<>();
    private boolean loaded;
    private Instant lastLook;
    private Instant lastWrite;

    /**
     * @param clock the wall clock
     * @param steady a clock that only runs forward
     */
    WaitingEntries(Ledger ledger, Duration patience, Clock clock, Clock steady) {
        this.ledger = ledger;
        this.patience = patience;
        this.clock = clock;
        this.steady = steady;
        this.lastLook = steady.instant();
        this.lastWrite = steady.instant();
    }

    /** Ends a look in which the storage did not answer: the time since the last look does not count. */
    void skip() {
        lastLook = steady.instant();
    }

    /**
     * Ends a look in which the storage answered.
     *
     * @param waiting every entry that waits now, with the {@link Waiting} of each
     * @return the entries whose patience is used up, to be rejected
     */
    List<Arrived> update(List<Arrived> waiting) {
        Duration passed = passed();
        if (!loaded) {
            ledger.read(session -> session.inboxEntries().all()).forEach(row -> rows.put(row.path(), row));
            entries.putAll(rows);
            loaded = true;
        }
        Map<String, Entry> now = new HashMap<>();
        List<Arrived> expired = new ArrayList<>();
        for (Arrived arrived : waiting) {
            Waiting candidate = (Waiting) arrived.candidate();
            Entry entry = entry(arrived.recipe(), candidate, passed);
            now.put(entry.path(), entry);
            if (candidate.counted() && entry.waited().compareTo(patience) >= 0) {
                expired.add(new Arrived(arrived.recipe(), expired(candidate, arrived.recipe())));
            }
        }
        entries = now;
        write();
        logLongWaits();
        return expired;
    }

    /** Forgets an entry that has left the inbox: a new entry of the same name starts with its own patience. */
    void forget(String recipe, Path path) {
        String name = name(recipe, path);
        entries.remove(name);
        if (rows.containsKey(name)) {
            ledger.change(session -> session.inboxEntries().remove(List.of(name)));
            rows.remove(name);
        }
    }

    private Duration passed() {
        Instant now = steady.instant();
        Duration passed = Duration.between(lastLook, now);
        lastLook = now;
        return passed.compareTo(LONGEST_CYCLE) > 0 ? LONGEST_CYCLE : passed;
    }

    private Entry entry(String recipe, Waiting candidate, Duration passed) {
        String name = name(recipe, candidate.path());
        String missing = Texts.line(candidate.missing());
        Entry before = entries.get(name);
        if (before == null) {
            return new Entry(name, Texts.line(recipe), missing, clock.instant(), Duration.ZERO);
        }
        Duration waited = candidate.counted() ? before.waited().plus(passed) : before.waited();
        return new Entry(name, before.recipe(), missing, before.firstSeen(), waited);
    }

    private Rejected expired(Waiting candidate, String recipe) {
        return new Rejected(
                candidate.path(),
                "scene-comes-whole-in-time",
                "it was not complete within " + patience.toSeconds() + " s; it still waits for "
                        + Texts.line(candidate.missing()),
                "Complete it and put it into inbox/" + (recipe.isEmpty() ? "RECIPE" : recipe)
                        + " again. If such scenes need more time, raise" + " arrival.patience.");
    }

    /** Writes what changed. A change of only the waited time is written after {@link #WRITE_EVERY}. */
    private void write() {
        boolean waitedToo = Duration.between(lastWrite, lastLook).compareTo(WRITE_EVERY) >= 0;
        List<Entry> changed = entries.values().stream()
                .filter(entry -> isChanged(rows.get(entry.path()), entry, waitedToo))
                .toList();
        Collection<String> gone = rows.keySet().stream()
                .filter(path -> !entries.containsKey(path))
                .toList();
        if (!changed.isEmpty() || !gone.isEmpty()) {
            ledger.change(session -> {
                session.inboxEntries().remove(gone);
                session.inboxEntries().put(changed);
            });
            gone.forEach(rows::remove);
            changed.forEach(entry -> rows.put(entry.path(), entry));
        }
        if (waitedToo) {
            lastWrite = lastLook;
        }
    }

    private static boolean isChanged(Entry row, Entry entry, boolean waitedToo) {
        return row == null
                || !row.missing().equals(entry.missing())
                || (waitedToo && !row.waited().equals(entry.waited()));
    }

    private void logLongWaits() {
        seenSince.keySet().retainAll(entries.keySet());
        logged.retainAll(entries.keySet());
        for (Entry entry : entries.values()) {
            Instant since = seenSince.computeIfAbsent(entry.path(), path -> lastLook);
            boolean isLong = Duration.between(since, lastLook).compareTo(LOG_AFTER) >= 0;
            if (isLong && logged.add(entry.path())) {
                log.warn(
                        "{} has waited in the inbox for {} minutes. It waits for {}. entry={} recipe={}",
                        entry.path(),
                        LOG_AFTER.toMinutes(),
                        entry.missing(),
                        entry.path(),
                        entry.recipe());
            }
        }
    }

    /**
     * An entry's name in the ledger, which is shown in terminals and logs. Different file names can look the same once
     * their unprintable characters are replaced, so such a name gets a digest of its bytes.
     */
    private static String name(String recipe, Path path) {
        String text = Texts.line(recipe.isEmpty() ? path.getFileName().toString() : recipe + "/" + path.getFileName());
        return text.indexOf(UNPRINTABLE) < 0
                ? text
                : text + "-" + Texts.digest(path.toUri().getRawPath()).substring(0, DIGEST_DIGITS);
    }
}
