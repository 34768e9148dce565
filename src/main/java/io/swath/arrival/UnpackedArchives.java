package io.swath.arrival;

import io.swath.storage.DurableFiles;
import io.swath.storage.RegularFiles;
import io.swath.storage.Removal;
import io.swath.storage.Roots;
import io.swath.storage.Storage;
import io.swath.untrusted.Texts;
import io.swath.untrusted.archive.ArchiveException;
import io.swath.untrusted.archive.ArchiveKind;
import io.swath.untrusted.archive.ArchiveLimits;
import io.swath.untrusted.archive.ArchiveReader;
import io.swath.untrusted.archive.IncompleteArchiveException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Unpacks archives, each once, into folders that belong to Swath alone. {@link #release} removes such a folder; what an
 * interrupted Swath left is removed before the first archive is unpacked. Not thread-safe.
 */
public final class UnpackedArchives {
    private static final int SNIFFED = 4096;

    private final Storage storage;
    private final Path root;
    private final Duration leftoverAge;
    private final Clock clock;
    private final Map<Path, Unpacked> known = new HashMap<>();
    private boolean cleaned;

    /** The result of one attempt: a folder, or why there is none. */
    private record Unpacked(EntrySnapshot archive, Optional<Path> folder, Exception failure) {}

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
     * @throws IOException when it could not be read or unpacked now
     */
    Path folder(Path archive, ArchiveKind kind, Roots roots) throws IOException {
        Path absolute = archive.toAbsolutePath().normalize();
        EntrySnapshot now = EntrySnapshot.of(absolute);
        Unpacked before = known.get(absolute);
        if (before == null || !before.archive().equals(now)) {
            release(absolute);
            before = unpack(absolute, kind, roots, now);
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

    /** Whether this archive, as it is now, was unpacked before, or could not be. */
    boolean knows(Path archive) throws IOException {
        Unpacked before = known.get(archive.toAbsolutePath().normalize());
        return before != null && before.archive().equals(EntrySnapshot.of(archive));
    }

    private Unpacked unpack(Path archive, ArchiveKind kind, Roots roots, EntrySnapshot snapshot) throws IOException {
        removeLeftovers();
        Path folder = storage.folder(root.resolve(prefix(archive) + UUID.randomUUID()));
        boolean whole = false;
        Path real = archive.toRealPath();
        try (SeekableByteChannel channel = RegularFiles.open(rootOf(real, roots), real)) {
            ArchiveReader.read(channel, kind, ArchiveLimits.USUAL, (name, size, content) -> {
                requireSpace(folder, size);
                storage.folder(folder.resolve(name).getParent());
                DurableFiles.write(folder.resolve(name), content::transferTo);
            });
            whole = true;
            return new Unpacked(snapshot, Optional.of(folder), null);
        } catch (ArchiveException | IncompleteArchiveException bad) {
            return new Unpacked(snapshot, Optional.empty(), bad);
        } finally {
            if (!whole) {
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

    private static void requireSpace(Path folder, long bytes) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < bytes) {
            throw new IOException("the storage has " + (free >> 20) + " MiB free, and a file in the archive needs "
                    + (bytes >> 20) + " MiB; free some space");
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
        Unpacked unpacked = known.remove(archive.toAbsolutePath().normalize());
        if (unpacked != null && unpacked.folder().isPresent()) {
            Removal.remove(unpacked.folder().get());
        }
    }

    /** Releases every archive that is gone or was changed. */
    public void releaseGone() throws IOException {
        for (Path archive : List.copyOf(known.keySet())) {
            if (Files.notExists(archive)) {
                release(archive);
            }
        }
    }
}
