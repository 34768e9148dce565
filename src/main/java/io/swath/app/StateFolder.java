package io.swath.app;

import io.swath.model.SettingsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/**
 * What Swath keeps in {@code state.dir}. It is looked at before anything in it is opened: a pipe in the place of a file would
 * make the start wait for ever, and a folder there gives an error that names nothing.
 */
final class StateFolder {
    private enum Kind {
        FILE("a regular file"),
        FOLDER("a folder");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        boolean is(Path path) {
            return this == FILE ? Files.isRegularFile(path) : Files.isDirectory(path);
        }
    }

    /** @param loss what is lost when it is moved away, and what to do about that */
    private record Entry(String name, Kind kind, String loss) {}

    private static final String NOTHING = "Nothing is lost";
    private static final String LEDGER =
            "The ledger is not there then: put a backup of it there, or see ./swath run --new-ledger in docs/operate.md";
    private static final String JOBS =
            "The local cluster forgets its jobs, and Swath retries the tiles that were queued or running";

    private static final List<Entry> ENTRIES = List.of(
            new Entry("ledger.db", Kind.FILE, LEDGER),
            new Entry("ledger.db-wal", Kind.FILE, "The last changes of the ledger may be lost"),
            new Entry("ledger.db-shm", Kind.FILE, NOTHING),
            new Entry("swath.lock", Kind.FILE, NOTHING),
            new Entry("native", Kind.FOLDER, NOTHING),
            new Entry(
                    "broker",
                    Kind.FOLDER,
                    "Messages of stations that Swath has not recorded yet are lost, and events, accounting records and dead"
                            + " letters that no program has read"),
            new Entry("local", Kind.FOLDER, JOBS),
            new Entry("local/lock", Kind.FILE, NOTHING));

    private StateFolder() {}

    /**
     * Opens nothing. Links are followed.
     *
     * @throws SettingsException when something else is where Swath needs a file or a folder
     */
    static void check(Path folder) {
        for (Entry entry : ENTRIES) {
            Path path = folder.resolve(entry.name());
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !entry.kind().is(path)) {
                throw new SettingsException(path + " in state.dir is " + found(path) + ", and Swath needs "
                        + entry.kind().words
                        + " there. Nothing was changed. Stop every Swath that uses this state.dir, move "
                        + path + " away, and start Swath again. " + entry.loss());
            }
        }
    }

    private static String found(Path path) {
        if (Files.isDirectory(path)) {
            return "a folder";
        }
        if (Files.isRegularFile(path)) {
            return "a regular file";
        }
        return Files.exists(path) ? "a pipe, a socket or a device" : "a link to nothing";
    }
}
