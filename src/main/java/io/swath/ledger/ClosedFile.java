package io.swath.ledger;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file {@code ledger.db.closed}: which file a SQLite ledger was, and when it was last changed, at the moment when Swath
 * closed it. If that is still so, and nothing is in the write-ahead log, then no crash of the machine and nobody else has
 * touched it. Thread-safe.
 */
final class ClosedFile {
    private static final Logger log = LoggerFactory.getLogger(ClosedFile.class);
    private static final int MOST_BYTES = 1_000;

    private final Path ledger;
    private final Path record;
    private final Path writeAheadLog;

    ClosedFile(Path ledger) {
        this.ledger = ledger;
        this.record = ledger.resolveSibling(ledger.getFileName() + ".closed");
        this.writeAheadLog = ledger.resolveSibling(ledger.getFileName() + "-wal");
    }

    /** Whether the ledger is as it was closed. False while a Swath has it open, too. */
    boolean isUnchanged() {
        try {
            return isWhole()
                    && Files.isRegularFile(record)
                    && Files.size(record) <= MOST_BYTES
                    && Files.readString(record, StandardCharsets.ISO_8859_1).equals(identity());
        } catch (IOException unknown) {
            log.debug("it is not known how the ledger was closed file={}", record, unknown);
            return false;
        }
    }

    /** Records the file as it is, unless another program has it open or it was not closed completely. */
    void write() {
        try {
            if (isWhole()) {
                Files.writeString(record, identity());
            }
        } catch (IOException notWritten) {
            log.debug(
                    "the next start reads the whole ledger, because this was not recorded file={}", record, notWritten);
        }
    }

    void remove() {
        try {
            Files.deleteIfExists(record);
        } catch (IOException left) { // it does not describe the file any more, which was written since
            log.debug("the record of an earlier end stays file={}", record, left);
        }
    }

    /** Closing the last connection moves the write-ahead log into the file, and removes it. */
    private boolean isWhole() throws IOException {
        return !Files.exists(writeAheadLog) || Files.size(writeAheadLog) == 0;
    }

    private String identity() throws IOException {
        return Files.readAttributes(ledger, "unix:ino,size,lastModifiedTime,ctime").entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(Object::toString)
                .collect(Collectors.joining(" "));
    }
}
