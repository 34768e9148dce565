package io.swath.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Remembers in a scene's folder which files were accepted there. A program that still has a file open may write to it
 * between its acceptance and its planning; afterwards the tasks compare the files themselves.
 *
 * <p>The format of {@code .accepted}: for each file {@code SIZE MODIFIED INODE NAME} and a zero byte.
 */
public final class AcceptedFiles {
    private static final String NOTE = ".accepted";
    private static final int LONGEST_NOTE = 4 << 20;

    private AcceptedFiles() {}

    /** Writes the note; an older one is replaced. The files have their final names. */
    public static void note(Path folder) throws IOException {
        TreeMap<String, FileIdentity> files = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!name.startsWith(".") && Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                    files.put(name, FileIdentity.of(entry));
                }
            }
        }
        StringBuilder note = new StringBuilder();
        files.forEach((name, file) -> note.append(file.bytes())
                .append(' ')
                .append(file.modified())
                .append(' ')
                .append(file.inode())
                .append(' ')
                .append(name)
                .append('\0'));
        DurableFiles.write(folder.resolve(NOTE), note.toString());
    }

    /**
     * The first file that is not as it was accepted, and what differs; empty when nothing does, or the scene was accepted by
     * a Swath that wrote no note.
     *
     * @param root the storage's root
     */
    public static Optional<String> difference(Path root, Path folder) throws IOException {
        byte[] note;
        try {
            note = RegularFiles.read(root, folder.resolve(NOTE), LONGEST_NOTE);
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
        for (String line : new String(note, StandardCharsets.UTF_8).split("\0")) {
            String[] parts = line.split(" ", 4);
            if (parts.length < 4) {
                continue;
            }
            FileIdentity accepted = new FileIdentity(Long.parseLong(parts[0]), parts[1], "", Long.parseLong(parts[2]));
            String difference = difference(root, folder.resolve(parts[3]), accepted);
            if (!difference.isEmpty()) {
                return Optional.of(parts[3] + ": " + difference);
            }
        }
        return Optional.empty();
    }

    private static String difference(Path root, Path file, FileIdentity accepted) throws IOException {
        try {
            return accepted.contentDifference(RegularFiles.identity(root, file));
        } catch (NoSuchFileException | NotRegularException gone) {
            return "it is gone, or it is not a file any more";
        }
    }
}
