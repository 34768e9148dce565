package io.swath.leadership;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The lock on a state folder, with which one program works at a time; it ends with the program, however that ends. */
final class StateLock implements AutoCloseable {
    private final Path file;
    private FileChannel channel;

    StateLock(Path folder) {
        file = folder.resolve("swath.lock");
    }

    boolean held() {
        return channel != null;
    }

    /** Takes it; false: another has it. */
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
            // held by this very program
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
