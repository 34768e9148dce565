package io.swath.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds out whether a program on this machine has a file open for writing. The kernel says it: it grants a read lease only
 * on a file that nobody has open for writing (<a
 * href="https://man7.org/linux/man-pages/man2/F_SETLEASE.2const.html">F_SETLEASE(2)</a>). That also finds writers in
 * containers and files that are only mapped into memory. The lease is given back at once.
 *
 * <p>What is not seen: writers on other machines, so network file systems are not asked; and, unless Swath runs as root or
 * with the capability {@code CAP_LEASE}, writers of files that belong to another user.
 */
public final class OpenFiles {
    /** File systems whose writers are all on this machine, as {@link java.nio.file.FileStore#type} names them. */
    private static final Set<String> LOCAL = Set.of(
            "ext2",
            "ext3",
            "ext4",
            "xfs",
            "btrfs",
            "zfs",
            "tmpfs",
            "overlay",
            "f2fs",
            "bcachefs",
            "jfs",
            "reiserfs",
            "ntfs3",
            "vfat",
            "exfat");

    private OpenFiles() {}

    /**
     * The first of the files that is known to be open for writing.
     *
     * @param files regular files, or links to some
     * @throws NotRegularException when one is no regular file
     * @throws IOException when one cannot be opened for reading
     */
    public static Optional<Path> firstOpenForWriting(List<Path> files) throws IOException {
        Map<Path, Boolean> local = new HashMap<>();
        for (Path file : files) {
            Path real = file.toRealPath();
            Path folder = real.getParent();
            if (!local.containsKey(folder)) {
                local.put(folder, LOCAL.contains(Files.getFileStore(folder).type()));
            }
            if (local.get(folder)) {
                try (Pinned pinned = Pinned.find(folder, real)) {
                    if (pinned.isOpenForWriting()) {
                        return Optional.of(file);
                    }
                }
            }
        }
        return Optional.empty();
    }
}
