package io.swath.leadership;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The lock on a state folder. Only one program can have it at a time. The operating system frees it when the program
 * ends, even after a crash. To be used from one thread.
 */
final class StateLock implements AutoCloseable {
    private final Path file;
    private FileChannel channel;

    StateLock(Path folder) {
        file = folder.resolve("swath.lock");
    }

    boolean held() {
        return channel != null;
    }

    /** Returns false when another program has the lock. */
    boolean tryAcquire() throws IOException {
        if (held()) {
            return true;
        }
        Files.createDirectories(file.getParent());
        FileChannel opened = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (opened.tryLock() != null) {
                channel = opened;
                return true;
            }
        } catch (OverlappingFileLockException e) {
            // another object in this program has the lock
        }
        opened.close();
        return false;
    }

    @Override
    public void close() throws IOException {
        if (held()) {
            channel.close();
            channel = null;
        }
    }
}
