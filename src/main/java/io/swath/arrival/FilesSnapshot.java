package io.swath.arrival;

import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What some files looked like at one look.
 *
 * @param text another when any of them was changed, replaced or is still growing
 */
public record FilesSnapshot(String text) {
    public static FilesSnapshot of(List<Path> files) throws IOException {
        StringBuilder looks = new StringBuilder();
        for (Path file : files) {
            looks.append(file).append('\0').append(EntrySnapshot.of(file)).append('\0');
        }
        return new FilesSnapshot(Texts.digest(looks.toString()));
    }
}
