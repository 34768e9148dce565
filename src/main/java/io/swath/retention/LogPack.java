package io.swath.retention;

import io.swath.model.Scene;
import io.swath.storage.DurableFiles;
import io.swath.storage.NotRegularException;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packs what people may want to read after a scene has ended into one file: the job scripts, the lists of tiles, the evidence,
 * and the logs that are not empty. Jobs wrote most of it, so only regular files with the names that jobs use are read, and of a
 * long log only its end. Thread-safe.
 */
final class LogPack {
    private static final Logger log = LoggerFactory.getLogger(LogPack.class);
    private static final Pattern PACK = Pattern.compile("runs\\.v[0-9]+\\.tar\\.gz");
    private static final Pattern TOKEN = Pattern.compile("swath-.+");
    private static final List<String> OF_SWATH = List.of("job.sh", "tiles.tsv", "mosaic.json");
    private static final Pattern EVIDENCE = Pattern.compile("[0-9]{1,9}\\.json");
    private static final Pattern LOG = Pattern.compile("[0-9]{1,9}\\.log");
    private static final int MOST_NAMES = 100_000;
    /** Of a longer log, the last bytes are packed. */
    static final int LOG_BYTES = 1 << 20;

    private static final int EVIDENCE_BYTES = 1 << 16;
    private static final int SCRIPT_BYTES = 64 << 20;
    /** When a pack has this many bytes, only the ends of further logs are packed, which have the reason of a failure. */
    private static final long MOST_BYTES = 256L << 20;

    private static final int SHORT_LOG_BYTES = 4 << 10;

    private final Storage storage;

    LogPack(Storage storage) {
        this.storage = storage;
    }

    /** The file of the versions until the scene's present one: {@code work/ID/runs.vN.tar.gz}. */
    Path file(Scene scene) {
        return storage.work(scene.id()).resolve("runs.v" + scene.version() + ".tar.gz");
    }

    static boolean isPack(String name) {
        return PACK.matcher(name).matches();
    }

    /**
     * Writes the file, as a whole or not at all.
     *
     * @param folder the scene's work folder
     * @param names the names in it that are packed; those of other folders than batches are left out
     */
    void write(Path folder, List<String> names, Path file) throws IOException {
        DurableFiles.write(file, out -> write(folder, names, out));
        DurableFiles.sync(folder);
    }

    private void write(Path folder, List<String> names, OutputStream out) throws IOException {
        GZIPOutputStream packed = new GZIPOutputStream(out);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(packed, "UTF-8");
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        for (String token : names.stream().sorted().toList()) {
            if (TOKEN.matcher(token).matches()) {
                new BatchFolder(folder.resolve(token), token, tar).pack();
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

        void pack() throws IOException {
            for (String name : OF_SWATH) {
                add(name, () -> RegularFiles.read(storage.root(), folder.resolve(name), SCRIPT_BYTES));
            }
            for (String name : names("evidence", EVIDENCE)) {
                add(name, () -> RegularFiles.read(storage.root(), folder.resolve(name), EVIDENCE_BYTES));
            }
            for (String name : names("logs", LOG)) {
                int most = tar.getBytesWritten() < MOST_BYTES ? LOG_BYTES : SHORT_LOG_BYTES;
                add(name, () -> RegularFiles.readEnd(storage.root(), folder.resolve(name), most));
            }
        }

        private List<String> names(String part, Pattern wanted) throws IOException {
            try {
                return RegularFiles.names(storage.root(), folder.resolve(part), MOST_NAMES).stream()
                        .filter(name -> wanted.matcher(name).matches())
                        .sorted()
                        .map(name -> part + "/" + name)
                        .toList();
            } catch (NoSuchFileException | NotRegularException | AccessDeniedException e) {
                log.debug("a batch has no folder {} that can be listed batch={}", part, token, e);
                return List.of();
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
