package io.swath.untrusted.archive;

import io.swath.untrusted.Texts;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * The files of a zip, by its central directory: what all of them unpack to is known before anything is unpacked.
 */
final class ZipContent {
    private final WatchedChannel archive;
    private final ArchiveLimits limits;

    ZipContent(WatchedChannel archive, ArchiveLimits limits) {
        this.archive = archive;
        this.limits = limits;
    }

    void read(ArchiveSink sink) throws IOException {
        ZipEnd.check(archive);
        try (ZipFile zip = ZipFile.builder()
                .setSeekableByteChannel(archive)
                .setIgnoreLocalFileHeader(true)
                .get()) {
            ContentBudget budget = new ContentBudget(limits.most(archive.size()));
            Map<ZipArchiveEntry, Path> files = files(zip, budget);
            sink.expect(
                    files.keySet().stream().mapToLong(ZipArchiveEntry::getSize).sum());
            for (Map.Entry<ZipArchiveEntry, Path> file : files.entrySet()) {
                ZipArchiveEntry entry = file.getKey();
                try (InputStream raw = zip.getInputStream(entry)) {
                    CheckedInputStream content = new CheckedInputStream(budget.count(raw), new CRC32());
                    sink.file(file.getValue(), entry.getSize(), content);
                    requireWhole(entry, content);
                }
            }
        }
    }

    private Map<ZipArchiveEntry, Path> files(ZipFile zip, ContentBudget budget) throws IOException {
        EntryNames names = new EntryNames(limits);
        Map<ZipArchiveEntry, Path> files = new LinkedHashMap<>();
        List<ZipArchiveEntry> entries = new ArrayList<>(Collections.list(zip.getEntries()));
        long unpacked = 0;
        long packed = 0;
        for (ZipArchiveEntry entry : entries) {
            if (entry.isDirectory()) {
                continue;
            }
            requirePlain(zip, entry);
            Optional<Path> place = names.place(entry.getName());
            unpacked = sum(unpacked, entry.getSize());
            packed = sum(packed, entry.getCompressedSize());
            budget.expect(unpacked);
            if (place.isPresent()) {
                files.put(entry, place.get());
            }
        }
        if (packed > archive.size()) {
            throw new ArchiveException(
                    "archive-unpacks-small",
                    "the files in the archive overlap: together they have " + packed + " packed bytes, and the archive "
                            + archive.size(),
                    "It may be made to fill the disk. Pack the product anew.");
        }
        return files;
    }

    private static long sum(long first, long second) {
        if (second < 0 || first > Long.MAX_VALUE - second) {
            throw ArchiveException.damaged("a file in it has no size");
        }
        return first + second;
    }

    private static void requirePlain(ZipFile zip, ZipArchiveEntry entry) {
        if (entry.isUnixSymlink()) {
            throw new ArchiveException(
                    "archive-has-plain-files",
                    Texts.shown(entry.getName(), 100) + " in the archive is a link",
                    "Pack the files themselves (zip without --symlinks).");
        }
        if (entry.getGeneralPurposeBit().usesEncryption() || !zip.canReadEntryData(entry)) {
            throw new ArchiveException(
                    "archive-can-be-read",
                    Texts.shown(entry.getName(), 100) + " in the archive is "
                            + (entry.getGeneralPurposeBit().usesEncryption()
                                    ? "encrypted"
                                    : "packed by a method that Swath does not know"),
                    "Pack the product without a password, by the usual method (deflate).");
        }
    }

    private static void requireWhole(ZipArchiveEntry entry, CheckedInputStream content) throws IOException {
        if (content.read() >= 0) {
            throw ArchiveException.damaged(entry.getName() + " is longer than the archive says");
        }
        if (content.getChecksum().getValue() != entry.getCrc()) {
            throw ArchiveException.damaged(entry.getName() + " has another CRC-32 than the archive says");
        }
    }
}
