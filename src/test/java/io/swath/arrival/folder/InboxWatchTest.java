package io.swath.arrival.folder;

import static org.assertj.core.api.Assertions.assertThat;

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

    private void told() throws InterruptedException {
        assertThat(changes.poll(30, TimeUnit.SECONDS)).isEqualTo("changed");
    }

    @Test
    void a_new_file_is_told_of_in_an_inbox_that_was_there_and_in_one_that_came_later() throws Exception {
        Path first = Files.createDirectory(inbox.resolve("ndvi"));
        InboxWatch watch = InboxWatch.start(inbox, () -> changes.add("changed"));
        try {
            Files.createFile(first.resolve("a.tif"));
            told();
            Path later = Files.createDirectory(inbox.resolve("texture"));
            told();
            Files.createFile(later.resolve("b.tif"));
            told();
        } finally {
            watch.close();
        }
    }
}
