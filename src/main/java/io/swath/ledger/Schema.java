package io.swath.ledger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables of a ledger and their version. They can be upgraded, but not downgraded. */
final class Schema {
    private static final Logger log = LoggerFactory.getLogger(Schema.class);
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final Flyway flyway;
    private final String where;
    private final Optional<Backup> backup;

    private Schema(FluentConfiguration flyway, String where, Optional<Backup> backup) {
        this.flyway = flyway.locations("classpath:migrations").load();
        this.where = where;
        this.backup = backup;
    }

    /** The schema of a SQLite file. Before an upgrade, a backup is made in the same folder. */
    static Schema sqlite(DataSource source, Path file, Clock clock) {
        return new Schema(
                Flyway.configure().dataSource(source), file.toString(), Optional.of(new Backup(source, file, clock)));
    }

    /**
     * The schema of a PostgreSQL database. It opens connections of its own, because a migration may take longer than
     * the ledger's connections allow.
     */
    static Schema postgres(String url, String user, String password) {
        return new Schema(Flyway.configure().dataSource(url, user, password), shown(url), Optional.empty());
    }

    /** The URL without its parameters and its user, which may contain a password. */
    static String shown(String url) {
        return url.replaceFirst("\\?.*", "").replaceFirst("//[^/\\s]*@", "//");
    }

    /**
     * Upgrades the tables to this Swath's version.
     *
     * @throws IllegalStateException if a newer Swath has written the tables; then nothing is changed
     */
    void upgrade() {
        MigrationInfoService info = flyway.info();
        MigrationInfo current = info.current();
        if (current != null) {
            refuseNewer(info, current.getVersion());
            if (info.pending().length > 0) {
                backup.ifPresent(copy -> copy.make(current.getVersion()));
            }
        }
        flyway.migrate();
    }

    private void refuseNewer(MigrationInfoService info, MigrationVersion version) {
        boolean newer = Arrays.stream(info.all())
                .map(MigrationInfo::getState)
                .anyMatch(state -> state == MigrationState.FUTURE_SUCCESS || state == MigrationState.FUTURE_FAILED);
        if (newer) {
            String newest = Arrays.stream(info.all())
                    .filter(migration -> migration.getState().isResolved())
                    .map(migration -> migration.getVersion().getVersion())
                    .reduce("0", (lower, higher) -> higher);
            throw new IllegalStateException("the ledger " + where + " has version " + version
                    + ", but this Swath can read only versions up to " + newest
                    + ": a newer Swath has written it. Nothing was changed. Use that newer Swath"
                    + backup.map(copy -> ", or replace the ledger by the backup that the newer Swath made ("
                                    + copy.name(newest) + "); everything since that backup is then lost")
                            .orElse(", or restore a backup of the database from before the upgrade"));
        }
    }

    /** Makes a backup of a SQLite file before an upgrade. */
    private record Backup(DataSource source, Path file, Clock clock) {
        String name(String version) {
            return file + ".v" + version + "-*.bak";
        }

        void make(MigrationVersion version) {
            Path copy = Path.of(name(version.getVersion()).replace("*", STAMP.format(clock.instant())));
            try {
                Path folder = file.toAbsolutePath().getParent();
                Path part = Files.createTempFile(folder, ".", ".part");
                try {
                    fill(part);
                    sync(part);
                    if (!Files.exists(copy)) { // another Swath may upgrade the file at the same time
                        Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
                        sync(folder);
                    }
                } finally {
                    Files.deleteIfExists(part);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "the ledger " + file + " cannot be copied to " + copy
                                + " before the upgrade, so it was not upgraded and not changed; free space in that"
                                + " folder, or make it writable for the user that runs Swath",
                        e);
            }
            log.info("Upgrading the ledger {} from version {}; the backup is {}.", file, version, copy);
        }

        /** Copies the whole ledger. A plain copy of the file would lack what is only in the write-ahead log. */
        private void fill(Path empty) throws IOException {
            try (Connection connection = source.getConnection();
                    PreparedStatement vacuum = connection.prepareStatement("vacuum into ?")) {
                vacuum.setString(1, empty.toString());
                vacuum.execute();
            } catch (SQLException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        private static void sync(Path path) throws IOException {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
