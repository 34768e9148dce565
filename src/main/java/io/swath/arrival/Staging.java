package io.swath.arrival;

import io.swath.storage.DurableFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Puts a file into a scene's folder and syncs it to the disk. */
final class Staging {
    private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-r-----");

    private Staging() {}

    static void stage(Path file, Path target, StagingMode mode) throws IOException {
        Path real = file.toRealPath(); // a hard link to a symbolic link would not be a link to the file
        Files.deleteIfExists(target); // the leftover of an interrupted attempt
        if (mode == StagingMode.COPY || !tryLink(real, target)) {
            Files.copy(real, target);
            Files.setPosixFilePermissions(target, MODE);
        }
        DurableFiles.sync(target);
    }

    /**
     * Tries to make a hard link. A link has the mode of its file, so the group must be able to read the file. The kernel
     * refuses a link to another file system, and a link to another user's file that Swath may not write
     * (protected_hardlinks, proc(5)).
     */
    private static boolean tryLink(Path file, Path target) throws IOException {
        if (!Files.getPosixFilePermissions(file).contains(PosixFilePermission.GROUP_READ)) {
            return false;
        }
        try {
            Files.createLink(target, file);
            return true;
        } catch (NoSuchFileException | FileAlreadyExistsException failed) {
            throw failed;
        } catch (FileSystemException refused) {
            return false; // then the caller copies; if that fails too, it reports the real problem
        }
    }
}
