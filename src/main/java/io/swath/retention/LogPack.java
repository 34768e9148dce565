package io.swath.retention;

import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.model.Scene;
import io.swath.storage.DurableFiles;
import io.swath.storage.NotRegularException;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packs what people may want to read after a scene has ended into one file: the job scripts, the lists of tiles, the evidence,
 * and the logs that are not empty. Jobs wrote most of it, so only regular files with the names that the batch's tasks use are
 * read, and of a long log only its end. Thread-safe.
 */
final class LogPack {
    private static final Logger log = LoggerFactory.getLogger(LogPack.class);
    private static final Pattern TOKEN = Pattern.compile("swath-.+");
    private static final List<String> OF_SWATH = List.of("job.sh", "tiles.tsv", "mosaic.json");
    /** Of a longer log, the last bytes are packed. */
    static final int LOG_BYTES = 1 << 20;

    private static final int EVIDENCE_BYTES = 1 << 16;
    private static final int SCRIPT_BYTES = 64 << 20;
    /**
     * When a pack has this many bytes, only the ends of further logs are packed, which have the reason of a failure, and only
     * short evidence.
     */
    private static final long MOST_BYTES = 256L << 20;

    private static final int SHORT_BYTES = 4 << 10;

    private final Ledger ledger;
    private final Storage storage;

    LogPack(Ledger ledger, Storage storage) {
        this.ledger = ledger;
        this.storage = storage;
    }

    static boolean isBatch(String name) {
        return TOKEN.matcher(name).matches();
    }

    /**
     * Writes the file, as a whole or not at all, and only while this Swath is the leader: the next leader may have removed
     * already what only its file has.
     *
     * @param names the names in the scene's work folder that are packed; those of other folders than batches are left out
     * @throws NoSuchFileException when the folder of a batch is gone
     */
    void write(Scene scene, List<String> names) throws IOException {
        Map<String, Batch> batches = new HashMap<>();
        ledger.read(session -> session.batches().ofScene(scene.id()))
                .forEach(batch -> batches.put(batch.token(), batch));
        Path folder = storage.work(scene.id());
        DurableFiles.write(
                PackedLogs.file(storage, scene),
                out -> write(folder, names, batches, out),
                rename -> ledger.guard(rename::run));
        DurableFiles.sync(folder);
    }

    private void write(Path folder, List<String> names, Map<String, Batch> batches, OutputStream out)
            throws IOException {
        GZIPOutputStream packed = new GZIPOutputStream(out);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(packed, "UTF-8");
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        for (String token : names.stream().sorted().toList()) {
            if (isBatch(token)) {
                new BatchFolder(folder.resolve(token), token, tar).pack(Optional.ofNullable(batches.get(token)));
            }
        }
        tar.finish();
        packed.finish();
    }

    /** One batch's folder and the archive to which it is added. */
    private final class BatchFolder {
        private final Path folder;
        private final String token;
        private final TarArchiveOutputStream tar;

        BatchFolder(Path folder, String token, TarArchiveOutputStream tar) {
            this.folder = folder;
            this.token = token;
            this.tar = tar;
        }

        /** @param batch empty when it is no longer in the ledger */
        void pack(Optional<Batch> batch) throws IOException {
            for (String name : OF_SWATH) {
                add(name, () -> RegularFiles.read(storage.root(), folder.resolve(name), SCRIPT_BYTES));
            }
            // The folders are not listed: a job may have put any number of files there.
            int runs = batch.isPresent() ? batch.get().size() : listedRuns();
            for (int index = 0; index < runs; index++) {
                String name = "evidence/" + index + ".json";
                add(name, () -> RegularFiles.read(storage.root(), folder.resolve(name), most(EVIDENCE_BYTES)));
            }
            for (int index = 0; index < runs; index++) {
                addLog("logs/" + index + ".log");
            }
            int packedTasks = batch.filter(Batch::packed).map(Batch::tasks).orElse(0);
            for (int task = 0; task < packedTasks; task++) {
                addLog("logs/task-" + task + ".log");
            }
            if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) { // what was read may be a part of it
                throw new NoSuchFileException(folder.toString(), null, "it was removed while it was packed");
            }
        }

        private void addLog(String name) throws IOException {
            add(name, () -> RegularFiles.readEnd(storage.root(), folder.resolve(name), most(LOG_BYTES)));
        }

        private int most(int bytes) {
            return tar.getBytesWritten() < MOST_BYTES ? bytes : SHORT_BYTES;
        }

        /** The runs in tiles.tsv, which has a line for each. */
        private int listedRuns() throws IOException {
            try {
                byte[] list = RegularFiles.read(storage.root(), folder.resolve("tiles.tsv"), SCRIPT_BYTES);
                int lines = 0;
                for (byte value : list) {
                    lines += value == '\n' ? 1 : 0;
                }
                return lines;
            } catch (NoSuchFileException | NotRegularException | AccessDeniedException e) {
                log.debug("a batch has no tiles.tsv that can be read batch={}", token, e);
                return 0;
            }
        }

        /** A job may have left anything under the name; what is no file, or cannot be read, is left out. */
        private void add(String name, Content content) throws IOException {
            byte[] bytes;
            try {
                bytes = content.read();
            } catch (NoSuchFileException | NotRegularException | AccessDeniedException e) {
                log.debug("a file of a batch is not packed batch={} file={}", token, name, e);
                return;
            }
            if (bytes.length > 0) {
                TarArchiveEntry entry = new TarArchiveEntry(token + "/" + name);
                entry.setSize(bytes.length);
                tar.putArchiveEntry(entry);
                tar.write(bytes);
                tar.closeArchiveEntry();
            }
        }
    }

    @FunctionalInterface
    private interface Content {
        byte[] read() throws IOException;
    }
}
