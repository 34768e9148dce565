package io.swath.job;

import io.swath.health.Incidents;
import io.swath.model.Batch;
import io.swath.storage.NotRegularException;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts how many tasks of each batch have written evidence of all their runs. Lists only the folders whose modification time has moved. Not
 * thread-safe.
 */
public final class EvidenceCounts {
    private static final Logger log = LoggerFactory.getLogger(EvidenceCounts.class);
    private static final int MORE_NAMES = 1000;
    private static final Pattern EVIDENCE = Pattern.compile("([0-9]{1,9})\\.json");
    /** A folder that changed within this time may change again without a new time (see "racy" entries in git). */
    private static final Duration FRESH = Duration.ofSeconds(3);

    private final Storage storage;
    private final Incidents incidents;
    private final Clock steady;
    private Map<String, Listing> listings = Map.of();

    /**
     * @param since when this modification time was first seen
     * @param certain whether the folder was listed so long after that that a later change has another time
     */
    private record Listing(FileTime modified, Instant since, boolean certain, int count) {}

    /** @param steady a clock that never jumps */
    public EvidenceCounts(Storage storage, Incidents incidents, Clock steady) {
        this.storage = storage;
        this.incidents = incidents;
        this.steady = steady;
    }

    /** How many tasks of each of these batches have written evidence of all their runs, by the batch's token. */
    public Map<String, Integer> of(Collection<Batch> batches) {
        Map<String, Listing> now = new HashMap<>();
        Map<String, Integer> counts = new HashMap<>();
        for (Batch batch : batches) {
            int count = 0;
            try {
                Listing listing = listing(batch);
                now.put(batch.token(), listing);
                count = listing.count();
            } catch (NoSuchFileException | NotRegularException | AccessDeniedException e) {
                log.debug("a batch has no evidence folder that can be listed batch={}", batch.token(), e);
            } catch (IOException e) {
                incidents.report(
                        "storage",
                        "the evidence of batch " + batch.token() + " in "
                                + BatchLayout.of(storage, batch).evidence() + " cannot be listed: " + e.getMessage());
            }
            counts.put(batch.token(), count);
        }
        listings = now;
        return counts;
    }

    private Listing listing(Batch batch) throws IOException {
        Path folder = BatchLayout.of(storage, batch).evidence();
        FileTime modified = Files.getLastModifiedTime(folder, LinkOption.NOFOLLOW_LINKS);
        Listing before = listings.get(batch.token());
        boolean moved = before == null || !before.modified().equals(modified);
        if (!moved && before.certain()) {
            return before;
        }
        Instant since = moved ? steady.instant() : before.since();
        boolean certain = !since.plus(FRESH).isAfter(steady.instant());
        return new Listing(modified, since, certain, count(batch, folder));
    }

    private int count(Batch batch, Path folder) throws IOException {
        int[] ofTasks = new int[batch.tasks()];
        // A run leaves one file, and a second one for a moment. More is not job.sh's.
        for (String name : RegularFiles.names(storage.root(), folder, 2 * batch.size() + MORE_NAMES)) {
            Matcher evidence = EVIDENCE.matcher(name);
            if (evidence.matches() && Integer.parseInt(evidence.group(1)) < batch.size()) {
                ofTasks[batch.taskOf(Integer.parseInt(evidence.group(1)))]++;
            }
        }
        return (int) IntStream.range(0, ofTasks.length)
                .filter(task -> ofTasks[task] == batch.runsOf(task).size())
                .count();
    }
}
