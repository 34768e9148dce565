package io.swath.retention;

import io.swath.accounting.RunsCsv;
import io.swath.ledger.Archives;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.storage.DurableFiles;
import io.swath.storage.RegularFiles;
import io.swath.storage.Removal;
import io.swath.storage.Sha256;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves old runs from the ledger into files in {@code archive/}. Each step is one transaction or one file, and safe to repeat:
 * the batches of a file are chosen first, the file is written as a whole, and only then its runs are removed; see
 * {@link Archives}. A Swath that has lost leadership meanwhile replaces no file. To be called from one thread.
 */
final class RunArchive {
    private static final Logger log = LoggerFactory.getLogger(RunArchive.class);
    /** About the most runs in a file. */
    private static final int MOST_RUNS = 100_000;
    /** How many rows one transaction removes: some 10 ms. */
    private static final int ROWS_AT_ONCE = 2_000;
    /** Runs are collected for this long, or a tenth of the time that they are kept, so that files are few. */
    private static final Duration COLLECTED = Duration.ofDays(1);

    private final Ledger ledger;
    private final Storage storage;
    private final RunsCsv runs;
    private final Duration keep;

    RunArchive(Ledger ledger, Storage storage, RunsCsv runs, Duration keep) {
        this.ledger = ledger;
        this.storage = storage;
        this.runs = runs;
        this.keep = keep;
    }

    /**
     * Does one step.
     *
     * @return whether there may be more to do now
     */
    boolean step() throws IOException {
        Optional<Archives.Part> open = ledger.read(session -> session.archives().open());
        if (open.isEmpty()) {
            return choose();
        }
        String name = open.get().name();
        if (!open.get().written()) {
            write(name);
            return true;
        }
        ledger.write(session -> session.archives().removeSome(name, ROWS_AT_ONCE));
        return true;
    }

    private boolean choose() {
        Duration collected = keep.dividedBy(10).compareTo(COLLECTED) < 0 ? keep.dividedBy(10) : COLLECTED;
        Instant latest = ledger.read(session -> session.now()).minus(keep);
        if (ledger.read(session -> session.archives().oldest(latest))
                .filter(oldest -> oldest.isBefore(latest.minus(collected)))
                .isEmpty()) {
            return false;
        }
        return ledger.write(session -> session.archives().choose(latest, MOST_RUNS, RunArchive::hash))
                .isPresent();
    }

    /** A ledger that was restored from a backup writes the same batches into the same file. */
    private static String hash(List<String> tokens) {
        return Sha256.hex(String.join("\n", tokens)).substring(0, 12);
    }

    /** Writes the file of the batches that were chosen for it, and records that it is written. */
    void write(String name) throws IOException {
        Path file = storage.archiveFolder().resolve(name);
        List<Batch> batches = ledger.read(session -> session.archives().batches(name));
        long[] written = {0};
        ledger.guard(() -> {
            for (String beside : RegularFiles.names(storage.root(), file.getParent(), Integer.MAX_VALUE)) {
                if (DurableFiles.isLeftover(file, beside)) {
                    Removal.remove(file.resolveSibling(beside));
                }
            }
            return file;
        });
        // Guarded: the next leader may have removed runs already, which only its file has.
        DurableFiles.write(file, out -> written[0] = write(batches, out), rename -> ledger.guard(rename::run));
        DurableFiles.sync(file.getParent());
        ledger.change(session -> session.archives().written(name, written[0]));
        log.info("old runs are archived file={} runs={}", file, written[0]);
    }

    private long write(List<Batch> batches, OutputStream out) throws IOException {
        GZIPOutputStream packed = new GZIPOutputStream(out);
        long written = runs.write(batches, packed);
        packed.finish();
        return written;
    }
}
