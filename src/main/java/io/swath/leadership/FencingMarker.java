package io.swath.leadership;

import io.swath.storage.DurableFiles;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file with a fencing token in it. A file on the storage holds the leader's token: commands that change the cluster
 * compare their token with it. A file in {@code state.dir} holds the last token of this state folder.
 *
 * <p>The names of both files keep the word "turn", because an older Swath may still run beside this one during an
 * upgrade.
 */
final class FencingMarker {
    private static final int MOST_BYTES = 100;

    private final Path file;

    private FencingMarker(Path file) {
        this.file = file;
    }

    static Path onStorage(Storage storage) {
        return storage.work(".turn");
    }

    static FencingMarker of(Storage storage) {
        return new FencingMarker(onStorage(storage));
    }

    static FencingMarker of(Path state) {
        return new FencingMarker(state.resolve("turn"));
    }

    boolean holds(long token) throws IOException {
        try {
            byte[] found = RegularFiles.read(file.getParent(), file, MOST_BYTES);
            return new String(found, StandardCharsets.UTF_8).strip().equals(String.valueOf(token));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Replaces the file as a whole. */
    void write(long token) throws IOException {
        DurableFiles.write(file, token + "\n");
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
