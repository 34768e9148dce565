package io.swath.ledger;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Says in words why a ledger cannot be opened, and what to do. */
final class LedgerFailures {
    /** The result codes of https://sqlite.org/rescode.html for a file that is no intact database. */
    private static final Set<SQLiteErrorCode> DAMAGED =
            Set.of(SQLiteErrorCode.SQLITE_CORRUPT, SQLiteErrorCode.SQLITE_NOTADB);

    private static final Set<SQLiteErrorCode> ABOUT_DATA = Set.of(
            SQLiteErrorCode.SQLITE_ERROR,
            SQLiteErrorCode.SQLITE_CONSTRAINT,
            SQLiteErrorCode.SQLITE_TOOBIG,
            SQLiteErrorCode.SQLITE_MISMATCH);

    private LedgerFailures() {}

    /** For a SQLite file. */
    static LedgerException of(Path file, RuntimeException failure) {
        Optional<SQLiteErrorCode> code = cause(failure, SQLiteException.class)
                .map(SQLiteException::getResultCode)
                .map(extended -> SQLiteErrorCode.getErrorCode(extended.code & 0xff));
        if (code.filter(DAMAGED::contains).isPresent()) {
            return damaged(file, reason(failure), "Nothing was changed", failure);
        }
        if (failure instanceof FlywayValidateException) {
            return otherTables(file.toString(), failure);
        }
        String folder = String.valueOf(file.toAbsolutePath().getParent());
        String remedy = code.filter(SQLiteErrorCode.SQLITE_FULL::equals).isPresent()
                ? "Free space in " + folder + ", and start again"
                : "Check that the disk under " + folder
                        + " has free space and no errors, and that the folder and the files " + file.getFileName()
                        + "* in it belong to the user that runs Swath";
        return new LedgerException(
                "the ledger " + file + " cannot be opened (" + reason(failure) + "). Nothing was changed. " + remedy,
                failure);
    }

    /** For a PostgreSQL database. */
    static LedgerException of(String url, RuntimeException failure) {
        if (failure instanceof FlywayValidateException) {
            return otherTables(url, failure);
        }
        return new LedgerException(
                "the database " + url + " cannot be used (" + reason(failure) + "). Nothing was changed. Check"
                        + " database.url, database.user and database.password, and that the server runs and has free"
                        + " space",
                failure);
    }

    /**
     * Whether a failure comes from the database, and not from what was to be written: SQLite's result codes for a busy,
     * full or failing disk; elsewhere every SQL state but those for data, constraints, statements and limits.
     */
    static boolean isOutage(Throwable failure) {
        return cause(failure, SQLiteException.class)
                .map(sqlite -> !ABOUT_DATA.contains(SQLiteErrorCode.getErrorCode(sqlite.getResultCode().code & 0xff)))
                .or(() -> cause(failure, SQLException.class)
                        .map(sql -> !String.valueOf(sql.getSQLState()).matches("(22|23|42|54)...")))
                .orElse(false);
    }

    /** @param state what has happened with the ledger, as a sentence without its full stop */
    static LedgerException damaged(Path file, String why, String state, Throwable cause) {
        return new LedgerException(
                "the ledger " + file + " is damaged (" + why + "). " + state + ". The ledger records every scene,"
                        + " its jobs, and the messages that are not sent yet. Move " + file + " and the files "
                        + file.getFileName() + "-wal and " + file.getFileName()
                        + "-shm away, and copy your newest backup"
                        + " to " + file + " (" + backups(file)
                        + "). Scenes that came after the backup have to be handed"
                        + " in again. Without a backup, move the files away and start with ./swath run --new-ledger",
                cause);
    }

    private static LedgerException otherTables(String where, RuntimeException failure) {
        return new LedgerException(
                "the tables of the ledger " + where + " are not those that this Swath made (" + reason(failure)
                        + "). Nothing was changed. Use the Swath that wrote them, or restore a backup",
                failure);
    }

    /** The copies that Swath made before upgrades. */
    private static String backups(Path file) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(
                file.toAbsolutePath().getParent(), path -> path.toString().endsWith(".bak"))) {
            found.forEach(path -> names.add(path.toString()));
        } catch (IOException e) {
            return "the folder cannot be listed: " + e;
        }
        Collections.sort(names);
        return names.isEmpty()
                ? "Swath itself has made none in this folder"
                : "Swath itself made these before upgrades: " + String.join(", ", names);
    }

    private static String reason(Throwable failure) {
        Throwable root =
                cause(failure, SQLException.class).map(Throwable.class::cast).orElse(failure);
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage()).strip().replaceAll("\\s+", " ");
    }

    private static <T extends Throwable> Optional<T> cause(Throwable failure, Class<T> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return Optional.of(type.cast(cause));
            }
        }
        return Optional.empty();
    }
}
