package io.swath.arrival;

import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The attributes of some files at one moment.
 *
 * @param text a digest; it differs when a file was changed or replaced, or has grown
 */
public record FilesSnapshot(String text) {
    public static FilesSnapshot of(List<Path> files) throws IOException {
        StringBuilder attributes = new StringBuilder();
        for (Path file : files) {
            attributes.append(file).append('\0').append(EntrySnapshot.of(file)).append('\0');
        }
        return new FilesSnapshot(Texts.digest(attributes.toString()));
    }
}
