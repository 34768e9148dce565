package io.swath.ledger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * Where the SQLite driver puts its native library, 1 MB for each program that uses it: a folder of Swath's own. A program
 * that is killed leaves its copy there, so old copies are removed.
 */
final class NativeLibrary {
    /** See https://github.com/xerial/sqlite-jdbc/blob/master/USAGE.md. */
    private static final String PROPERTY = "org.sqlite.tmpdir";
    /** Another program may be about to load a younger copy. A copy that is loaded already is not needed any more. */
    private static final Duration OLD = Duration.ofMinutes(1);

    private NativeLibrary() {}

    /** To be called before the driver is used. A folder that was chosen before, on the command line too, is kept. */
    static synchronized void keepIn(Path folder) {
        if (System.getProperty(PROPERTY) != null) {
            return;
        }
        try {
            Files.createDirectories(folder);
            Instant limit = Instant.now().minus(OLD);
            try (DirectoryStream<Path> copies = Files.newDirectoryStream(folder, "sqlite-*")) {
                for (Path copy : copies) {
                    if (Files.getLastModifiedTime(copy).toInstant().isBefore(limit)) {
                        Files.deleteIfExists(copy);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the folder " + folder + " for SQLite's library cannot be used", e);
        }
        System.setProperty(PROPERTY, folder.toString());
    }
}
