package io.swath.arrival.folder;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InboxWatchTest {
    private final BlockingQueue<String> changes = new LinkedBlockingQueue<>();

    @TempDir
    private Path inbox;

    private void awaitReport() throws InterruptedException {
        assertThat(changes.poll(30, TimeUnit.SECONDS)).isEqualTo("changed");
    }

    @Test
    void a_new_file_is_reported_in_an_inbox_that_was_there_and_in_one_that_came_later() throws Exception {
        Path first = Files.createDirectory(inbox.resolve("ndvi"));
        InboxWatch watch = InboxWatch.start(inbox, () -> changes.add("changed"));
        try {
            Files.createFile(first.resolve("a.tif"));
            awaitReport();
            Path later = Files.createDirectory(inbox.resolve("texture"));
            awaitReport();
            Files.createFile(later.resolve("b.tif"));
            awaitReport();
        } finally {
            watch.close();
        }
    }

    @Test
    void a_listener_that_fails_ends_no_watch() throws Exception {
        Path first = Files.createDirectory(inbox.resolve("ndvi"));
        InboxWatch watch = InboxWatch.start(inbox, () -> {
            changes.add("changed");
            throw new IllegalStateException("the route is not there");
        });
        try {
            Files.createFile(first.resolve("a.tif"));
            awaitReport();
            Files.createFile(first.resolve("b.tif"));
            awaitReport();
        } finally {
            watch.close();
        }
    }

    @Test
    void without_a_watch_of_the_operating_system_nothing_fails() throws Exception {
        InboxWatch watch = InboxWatch.start(inbox, () -> changes.add("changed"), () -> {
            throw new IOException("User limit of inotify instances reached");
        });
        watch.close();
        assertThat(changes).isEmpty();
    }
}
