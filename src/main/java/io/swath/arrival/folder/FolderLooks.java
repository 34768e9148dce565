package io.swath.arrival.folder;

import io.swath.arrival.SceneName;
import io.swath.arrival.folder.Candidate.Waiting;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Bounds the time that folders in an inbox take at each look. A folder that has not changed is not read again at once.
 * When the folders have used up the time of a look, the others follow at the next: first those that Swath has not
 * looked at for the longest time. Not thread-safe.
 */
final class FolderLooks {
    /** The time for the folders of one inbox at each look. */
    static final Duration TIME = Duration.ofSeconds(2);
    /** A change that the attributes do not show, as in a folder with very many entries, is seen after this time. */
    static final Duration READ_AGAIN = Duration.ofMinutes(1);

    private final LongSupplier nanos;
    /** By entry: when it was looked at; for a new one, when it was first listed. */
    private final Map<Path, Long> lastLooks = new HashMap<>();

    private final Map<Path, Candidate> last = new HashMap<>();
    private final Map<Path, Verdict> verdicts = new HashMap<>();
    private long began;
    private boolean looked;

    /** @param state of the folder and its marker when it was read */
    private record Verdict(Object state, Candidate candidate, long atNanos) {}

    FolderLooks(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Forgets every entry that is not among these. */
    void keepOnly(Set<Path> present) {
        lastLooks.keySet().retainAll(present);
        last.keySet().retainAll(present);
        verdicts.keySet().retainAll(present);
    }

    /** Begins a look: the entries, the one looked at longest ago first. */
    List<Path> longestAgoFirst(List<Path> entries) {
        began = nanos.getAsLong();
        looked = false;
        entries.forEach(entry -> lastLooks.putIfAbsent(entry, began));
        List<Path> ordered = new ArrayList<>(entries);
        ordered.sort(Comparator.comparingLong(entry -> lastLooks.get(entry) - began));
        return ordered;
    }

    /** Looks at an entry, unless it is a folder or an archive for which this look has no time left. */
    Optional<Candidate> look(Path entry, Supplier<Optional<Candidate>> judge) {
        boolean geoTiff = SceneName.isTiff(entry.getFileName().toString());
        if (geoTiff && !Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
            return judge.get();
        }
        if (looked && nanos.getAsLong() - began > TIME.toNanos()) {
            return Optional.of(
                    last.get(entry) instanceof Waiting waiting
                            ? waiting
                            : new Waiting(
                                    entry,
                                    "its next check: Swath checks one folder or archive after another, and there are many, or large ones",
                                    false));
        }
        looked = true;
        Optional<Candidate> found = judge.get();
        lastLooks.put(entry, nanos.getAsLong());
        found.ifPresent(candidate -> last.put(entry, candidate));
        return found;
    }

    /** What a folder was found to be when it was read in this state; empty when it has to be read. */
    Optional<Candidate> verdict(Path entry, Object state) {
        Verdict before = verdicts.get(entry);
        return before != null
                        && before.state().equals(state)
                        && nanos.getAsLong() - before.atNanos() < READ_AGAIN.toNanos()
                ? Optional.of(before.candidate())
                : Optional.empty();
    }

    void remember(Path entry, Object state, Candidate candidate) {
        verdicts.put(entry, new Verdict(state, candidate, nanos.getAsLong()));
    }
}
