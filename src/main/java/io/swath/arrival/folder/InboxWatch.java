package io.swath.arrival.folder;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports a new entry of an inbox at once. Works where the operating system reports it (inotify(7)): on a local
 * file system, and for what this machine writes on a network file system. Everything else is found by the regular looks, so
 * nothing depends on this watch. Thread-safe.
 */
public final class InboxWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(InboxWatch.class);
    /** Several files that come together are reported once. */
    private static final int PAUSE_MILLIS = 50;

    private final Path inbox;
    private final Runnable changed;
    /** Null when the system gives none. */
    private final WatchService watch;

    private final CountDownLatch closed = new CountDownLatch(1);

    private InboxWatch(Path inbox, Runnable changed, WatchService watch) {
        this.inbox = inbox;
        this.changed = changed;
        this.watch = watch;
    }

    /** Of the operating system, which gives each user only some. */
    @FunctionalInterface
    interface Source {
        WatchService open() throws IOException;
    }

    /**
     * Starts to watch.
     *
     * @param inbox the folder with the recipes' inboxes
     * @param changed called in a thread of its own; it returns soon
     */
    public static InboxWatch start(Path inbox, Runnable changed) {
        return start(inbox, changed, inbox.getFileSystem()::newWatchService);
    }

    static InboxWatch start(Path inbox, Runnable changed, Source source) {
        WatchService service = null;
        try {
            service = source.open();
        } catch (IOException none) {
            reportFailure(inbox, none);
        }
        InboxWatch watch = new InboxWatch(inbox, changed, service);
        if (service == null) {
            return watch;
        }
        watch.register();
        Thread thread = new Thread(watch::run, "swath-inbox-watch");
        thread.setDaemon(true);
        thread.start();
        return watch;
    }

    private void run() {
        try {
            for (WatchKey key = watch.take(); ; key = watch.take()) {
                if (closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                    return;
                }
                key.pollEvents();
                key.reset();
                if (key.watchable().equals(inbox)) {
                    register(); // an inbox may be new
                }
                report();
            }
        } catch (ClosedWatchServiceException end) {
            log.debug("the inboxes are not watched any more", end);
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    private void report() {
        try {
            changed.run();
        } catch (RuntimeException failed) {
            reportFailure(inbox, failed);
        }
    }

    private static void reportFailure(Path inbox, Exception failure) {
        log.info(
                "The inboxes cannot be watched ({}). Swath looks into them every 2 s all the same. inbox={}",
                failure.toString(),
                inbox);
    }

    /** Registering a folder again changes nothing. */
    private void register() {
        try {
            register(inbox);
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(inbox, FolderScan::isVisible)) {
                for (Path entry : entries) {
                    if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                        register(entry);
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException failed) {
            reportFailure(inbox, failed);
        }
    }

    private void register(Path folder) throws IOException {
        folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        if (watch != null) {
            watch.close();
        }
    }
}
