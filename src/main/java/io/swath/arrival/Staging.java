package io.swath.arrival;

import io.swath.arrival.SceneInput.StagingMode;
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

/** Puts a file into a scene's folder, and sees to it that it is on the disk. */
final class Staging {
    private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-r-----");

    private Staging() {}

    static void stage(Path file, Path target, StagingMode mode) throws IOException {
        Path real = file.toRealPath(); // a link to a link would be none to the file
        Files.deleteIfExists(target); // an interrupted try's: a link to the same file would be left as it is
        if (mode == StagingMode.COPY || !linked(real, target)) {
            Files.copy(real, target);
            Files.setPosixFilePermissions(target, MODE);
        }
        DurableFiles.sync(target);
    }

    /**
     * Tries a hard link. It has the file's own mode, so the group must be able to read it. The kernel refuses one to
     * another file system, and one to a stranger's file that may not be written (protected_hardlinks, proc(5)).
     */
    private static boolean linked(Path file, Path target) throws IOException {
        if (!Files.getPosixFilePermissions(file).contains(PosixFilePermission.GROUP_READ)) {
            return false;
        }
        try {
            Files.createLink(target, file);
            return true;
        } catch (NoSuchFileException | FileAlreadyExistsException wrong) {
            throw wrong;
        } catch (FileSystemException rejected) {
            return false; // to be copied, which tells if something else is wrong
        }
    }
}
