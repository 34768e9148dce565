package io.swath.arrival;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The owner, the group and the mode of a sender's files before Swath takes them. A file that stays in the inbox after all
 * gets them back: otherwise its sender could neither read nor complete it. Not thread-safe.
 */
public final class SenderRights {
    private final Map<Object, PosixFileAttributes> before = new HashMap<>();

    private SenderRights() {}

    public static SenderRights of(List<Path> files) throws IOException {
        SenderRights rights = new SenderRights();
        for (Path file : files) {
            PosixFileAttributes found = read(file);
            if (found.isRegularFile()) {
                rights.before.put(found.fileKey(), found);
            }
        }
        return rights;
    }

    /**
     * Gives the files their rights back. They are reached by their second name in the staging folder, which nobody else may
     * change.
     */
    public void giveBack(Path staged) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.list(staged)) {
            files = found.toList();
        }
        for (Path file : files) {
            PosixFileAttributes now = read(file);
            PosixFileAttributes then = now.isRegularFile() ? before.get(now.fileKey()) : null;
            if (then != null) {
                PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
                if (!now.permissions().equals(then.permissions())) {
                    view.setPermissions(then.permissions());
                }
                if (!now.group().equals(then.group())) {
                    view.setGroup(then.group());
                }
                if (!now.owner().equals(then.owner())) {
                    view.setOwner(then.owner());
                }
            }
        }
    }

    private static PosixFileAttributes read(Path file) throws IOException {
        return Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }
}
