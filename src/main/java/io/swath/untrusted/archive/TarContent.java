package io.swath.untrusted.archive;

import io.swath.untrusted.Texts;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/** The files of a tar, plain or compressed. */
final class TarContent {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int BLOCK = 512;

    private final WatchedChannel archive;
    private final ArchiveKind kind;
    private final EntryNames names;
    private final ContentBudget budget;
    private final ArchiveLimits limits;

    TarContent(WatchedChannel archive, ArchiveKind kind, ArchiveLimits limits) throws IOException {
        this.archive = archive;
        this.kind = kind;
        this.limits = limits;
        this.names = new EntryNames(limits);
        this.budget = new ContentBudget(limits.most(archive.size()));
    }

    void read(ArchiveSink sink) throws IOException {
        if (kind == ArchiveKind.TAR) {
            requireEnd();
            sink.expect(archive.size());
        }
        archive.position(0);
        int entries = 0;
        InputStream content = decompressed(new BufferedInputStream(Channels.newInputStream(archive), BUFFER_BYTES));
        HeaderGuard guard = new HeaderGuard(content);
        TarArchiveInputStream tar = new TarArchiveInputStream(guard, "UTF-8");
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            if (++entries > 4 * limits.files()) { // folders count too
                throw EntryNames.tooMany(limits);
            }
            budget.expect(bytes(entry));
            guard.allow(entry.getSize());
            file(tar, entry, sink);
        }
        drain(content); // a compressed archive has its checksum at the end
    }

    /** A tar ends with blocks of zeros; without one, more may come. */
    private void requireEnd() throws IOException {
        ByteBuffer last = ByteBuffer.allocate(BLOCK);
        archive.position(Math.max(0, archive.size() - BLOCK));
        while (last.hasRemaining() && archive.read(last) >= 0) {
            // reads on until the buffer is full or the file ends
        }
        boolean zeros = !last.hasRemaining();
        for (byte value : last.array()) {
            zeros &= value == 0;
        }
        if (!zeros) {
            throw new IncompleteArchiveException("the archive has no end mark", null);
        }
    }

    private InputStream decompressed(InputStream packed) throws IOException {
        return switch (kind) {
            case TAR_GZIP ->
                GzipCompressorInputStream.builder()
                        .setInputStream(packed)
                        .setDecompressConcatenated(true)
                        .get();
            case TAR_BZIP2 -> new BZip2CompressorInputStream(packed, true);
            case TAR, ZIP -> packed;
        };
    }

    private void file(TarArchiveInputStream tar, TarArchiveEntry entry, ArchiveSink sink) throws IOException {
        if (entry.isDirectory() || entry.isGlobalPaxHeader() || entry.isPaxHeader()) {
            return;
        }
        boolean plain = !entry.isLink() && !entry.isSymbolicLink() && entry.isFile();
        boolean special = entry.isBlockDevice() || entry.isCharacterDevice() || entry.isFIFO();
        if (!plain || special || !tar.canReadEntryData(entry)) {
            throw new ArchiveException(
                    "archive-has-plain-files",
                    Texts.shown(entry.getName(), 100) + " in the archive is a link, a device or another special file",
                    "Pack the files themselves (tar --dereference).");
        }
        Optional<Path> place = names.place(entry.getName());
        if (place.isPresent()) {
            sink.file(place.get(), bytes(entry), budget.count(tar));
        }
    }

    /** The size of the unpacked file: {@code tar --sparse} leaves out runs of zeros. */
    private static long bytes(TarArchiveEntry entry) {
        return entry.isSparse() ? entry.getRealSize() : entry.getSize();
    }

    /** Reads what follows the tar, which tar programs pad to 10 KiB, without letting it expand for ever. */
    private void drain(InputStream content) throws IOException {
        InputStream counted = budget.count(content);
        byte[] buffer = new byte[BUFFER_BYTES];
        while (counted.read(buffer, 0, buffer.length) >= 0) {
            // only the end counts
        }
    }
}
