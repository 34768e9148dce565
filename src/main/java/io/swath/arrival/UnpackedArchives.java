package io.swath.arrival;

import io.swath.storage.DurableFiles;
import io.swath.storage.FileInUseException;
import io.swath.storage.NotRegularException;
import io.swath.storage.RegularFiles;
import io.swath.storage.Removal;
import io.swath.storage.Roots;
import io.swath.storage.Storage;
import io.swath.untrusted.Texts;
import io.swath.untrusted.archive.ArchiveException;
import io.swath.untrusted.archive.ArchiveKind;
import io.swath.untrusted.archive.ArchiveLimits;
import io.swath.untrusted.archive.ArchiveReader;
import io.swath.untrusted.archive.ArchiveSink;
import io.swath.untrusted.archive.IncompleteArchiveException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Unpacks archives, each once, into folders that belong to Swath alone. {@link #release} removes such a folder; what an
 * interrupted Swath left is removed at the first {@link #releaseGone}. Small archives are unpacked at once, large ones
 * in a thread of their own where the caller asks for it ({@link #unpacking}). Not thread-safe.
 */
public final class UnpackedArchives {
    private static final int SNIFFED = 4096;
    /** Archives up to this size take some seconds at most. */
    private static final long SMALL_BYTES = 64L << 20;

    /** Of a large archive, in the place of bytes: it waits until another one is unpacked. */
    static final long QUEUED = -1;

    private final Storage storage;
    private final Path root;
    private final Duration leftoverAge;
    private final Clock clock;
    private final Map<Path, Unpacked> known = new HashMap<>();
    private final Map<Path, Running> running = new HashMap<>();
    private final ExecutorService background = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "unpack-archives");
        thread.setDaemon(true);
        return thread;
    });
    private final UnpackFailures failures;
    private boolean cleaned;

    /** The result of one attempt: a folder, or why there is none. */
    private record Unpacked(EntrySnapshot archive, Optional<Path> folder, Exception failure) {}

    /** An attempt that has not ended; {@code bytes} counts what the files have that were begun, from {@link #QUEUED} on. */
    private record Running(EntrySnapshot archive, AtomicLong bytes, Future<Unpacked> result) {}

    /**
     * Prepares; it touches nothing yet.
     *
     * @param name of a folder in {@code scenes/} that holds nothing else
     * @param leftoverAge how old a folder is that nobody uses any more; zero where one Swath alone uses the folder
     */
    public UnpackedArchives(Storage storage, String name, Duration leftoverAge, Clock clock) {
        this.storage = storage;
        this.root = storage.scene(name);
        this.leftoverAge = leftoverAge;
        this.clock = clock;
        this.failures = new UnpackFailures(clock);
    }

    /** The kind of an archive; empty for any other file. Reads the file's beginning. */
    public static Optional<ArchiveKind> kind(Path file, Roots roots) throws IOException {
        Path real = file.toRealPath();
        Path top = rootOf(real, roots);
        byte[] beginning = RegularFiles.readStart(top, real, SNIFFED);
        boolean packed = beginning.length > 2 && (beginning[0] == 0x1f || (beginning[0] == 'B' && beginning[2] == 'h'));
        return ArchiveKind.of(packed ? RegularFiles.readStart(top, real, ArchiveKind.HEAD_BYTES) : beginning);
    }

    /**
     * The folder with an archive's files.
     *
     * @throws RejectedSceneException when the archive is damaged or breaks a bound
     * @throws IncompleteArchiveException when its end is missing
     * @throws UnpackException when it could not be unpacked now; it is tried again only after a pause
     * @throws IOException when it could not be read now
     */
    Path folder(Path archive, ArchiveKind kind, Roots roots) throws IOException {
        Path absolute = archive.toAbsolutePath().normalize();
        EntrySnapshot now = EntrySnapshot.of(absolute);
        Unpacked before = known.get(absolute);
        if (before == null || !before.archive().equals(now)) {
            failures.requireDue(absolute, now);
            forget(absolute);
            removeLeftovers();
            try {
                before = unpack(absolute, kind, roots, now, new AtomicLong());
            } catch (UnpackException failed) {
                failures.add(absolute, now, failed);
                throw failed;
            }
            known.put(absolute, before);
        }
        if (before.failure() instanceof ArchiveException bad) {
            throw new RejectedSceneException(bad.rejection());
        }
        if (before.failure() instanceof IncompleteArchiveException incomplete) {
            throw incomplete;
        }
        return before.folder().orElseThrow();
    }

    /**
     * Unpacks a large archive in a thread of its own, one after another.
     *
     * @return how many bytes it has unpacked so far, or {@link #QUEUED}; empty when {@link #folder} can answer at once
     * @throws UnpackException when it could not be unpacked; it is tried again only after a pause
     * @throws IOException when it could not be read; the next call tries again
     */
    OptionalLong unpacking(Path archive, ArchiveKind kind, Roots roots) throws IOException {
        Path absolute = archive.toAbsolutePath().normalize();
        if (knows(absolute) || Files.size(absolute) <= SMALL_BYTES) {
            return OptionalLong.empty();
        }
        EntrySnapshot now = EntrySnapshot.of(absolute);
        Running attempt = running.get(absolute);
        if (attempt == null || !attempt.archive().equals(now)) {
            failures.requireDue(absolute, now);
            forget(absolute);
            removeLeftovers();
            boolean busy =
                    running.values().stream().anyMatch(other -> !other.result().isDone());
            AtomicLong bytes = new AtomicLong(busy ? QUEUED : 0);
            attempt = new Running(now, bytes, background.submit(() -> unpack(absolute, kind, roots, now, bytes)));
            running.put(absolute, attempt);
        }
        if (!attempt.result().isDone()) {
            return OptionalLong.of(attempt.bytes().get());
        }
        running.remove(absolute);
        try {
            known.put(absolute, attempt.result().get());
            return OptionalLong.empty();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof UnpackException cause) {
                failures.add(absolute, now, cause);
                throw cause;
            }
            throw new IOException(failed.getCause().getMessage(), failed.getCause());
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    /** Whether this archive, as it is now, was unpacked before, or could not be. */
    boolean knows(Path archive) throws IOException {
        Unpacked before = known.get(archive.toAbsolutePath().normalize());
        return before != null && before.archive().equals(EntrySnapshot.of(archive));
    }

    private Unpacked unpack(Path archive, ArchiveKind kind, Roots roots, EntrySnapshot snapshot, AtomicLong bytes)
            throws IOException {
        Path folder = storage.folder(root.resolve(prefix(archive) + UUID.randomUUID()));
        boolean whole = false;
        bytes.set(0);
        Path real = archive.toRealPath();
        try (SeekableByteChannel channel = RegularFiles.open(rootOf(real, roots), real)) {
            ArchiveReader.read(channel, kind, ArchiveLimits.USUAL, new Unpacking(folder, bytes));
            whole = true;
            return new Unpacked(snapshot, Optional.of(folder), null);
        } catch (ArchiveException | IncompleteArchiveException bad) {
            return new Unpacked(snapshot, Optional.empty(), bad);
        } catch (FileInUseException | NotRegularException changing) {
            throw changing;
        } catch (IOException failed) {
            throw new UnpackException(failed);
        } finally {
            boolean released = Thread.interrupted(); // an interrupted thread could not remove the folder
            if (!whole || released) {
                Removal.remove(folder);
            }
        }
    }

    private static Path rootOf(Path real, Roots roots) throws IOException {
        return roots.rootOf(real).orElseThrow(() -> new IOException(real + " is not below " + roots));
    }

    private static String prefix(Path archive) {
        return Texts.digest(archive.toString()).substring(0, 16) + "-";
    }

    /** Writes the files, while the storage keeps {@code storage.least-free}. */
    private final class Unpacking implements ArchiveSink {
        private final Path folder;
        private final AtomicLong bytes;

        private Unpacking(Path folder, AtomicLong bytes) {
            this.folder = folder;
            this.bytes = bytes;
        }

        @Override
        public void expect(long all) throws IOException {
            long room = storage.room();
            if (room < all) {
                throw new IOException("the archive needs " + (all >> 20) + " MiB, and the storage has "
                        + (Math.max(0, room) >> 20) + " MiB more than storage.least-free; free some space");
            }
        }

        @Override
        public void file(Path name, long size, InputStream content) throws IOException {
            expect(size);
            bytes.addAndGet(size);
            storage.folder(folder.resolve(name).getParent());
            DurableFiles.write(folder.resolve(name), content::transferTo);
        }
    }

    private void removeLeftovers() throws IOException {
        if (!cleaned && Files.isDirectory(root)) {
            Instant before = clock.instant().minus(leftoverAge);
            try (DirectoryStream<Path> folders = Files.newDirectoryStream(root)) {
                for (Path folder : folders) {
                    if (leftoverAge.isZero()
                            || Files.getLastModifiedTime(folder).toInstant().isBefore(before)) {
                        Removal.remove(folder);
                    }
                }
            }
        }
        cleaned = true;
    }

    /** Forgets an archive and removes its unpacked files; safe to repeat. */
    public void release(Path archive) throws IOException {
        Path absolute = archive.toAbsolutePath().normalize();
        failures.remove(absolute);
        forget(absolute);
    }

    private void forget(Path absolute) throws IOException {
        Running attempt = running.remove(absolute);
        if (attempt != null && !attempt.result().cancel(true)) {
            removeResult(attempt);
        }
        Unpacked unpacked = known.remove(absolute);
        if (unpacked != null && unpacked.folder().isPresent()) {
            Removal.remove(unpacked.folder().get());
        }
    }

    private static void removeResult(Running ended) throws IOException {
        try {
            Optional<Path> folder = ended.result().get().folder();
            if (folder.isPresent()) {
                Removal.remove(folder.get());
            }
        } catch (ExecutionException failed) {
            return; // it removed its folder itself
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    /** Releases every archive that is gone, and first what an interrupted Swath left. */
    public void releaseGone() throws IOException {
        removeLeftovers();
        Set<Path> archives = new HashSet<>(known.keySet());
        archives.addAll(running.keySet());
        archives.addAll(failures.paths());
        for (Path archive : archives) {
            if (Files.notExists(archive)) {
                release(archive);
            }
        }
    }
}
