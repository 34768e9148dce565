package io.swath.arrival;

import io.swath.storage.FileIdentity;
import io.swath.storage.RegularFiles;
import io.swath.storage.Roots;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Puts a file into a scene's folder and syncs it to the disk. The file is found by open folders, so a sender cannot lead
 * Swath out of the roots by a link that he puts in the way between the check and the use.
 */
final class Staging {
    private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-r-----");

    private Staging() {}

    /** @throws IOException when it failed, or the file was replaced, or led out of the roots, meanwhile */
    static void stage(Path file, Path target, StagingMode mode, Roots roots) throws IOException {
        Path real = file.toRealPath(); // a hard link to a symbolic link would not be a link to the file
        Path root = roots.rootOf(real)
                .orElseThrow(() -> new IOException(file + " was made a link that leads out of " + roots));
        Files.deleteIfExists(target); // the leftover of an interrupted attempt
        boolean staged = switch (mode) {
            case COPY -> false;
            case LINK -> isReadableForGroup(real) && tryLink(root, real, target);
            case MOVE -> hasNoOtherName(file) && tryLink(root, real, target) && tryToOwn(target);
        };
        if (!staged && !tryReflink(root, real, target)) {
            RegularFiles.copy(root, real, target);
        }
        RegularFiles.sync(target.getParent(), target);
    }

    private static boolean isReadableForGroup(Path file) throws IOException {
        return Files.getPosixFilePermissions(file).contains(PosixFilePermission.GROUP_READ);
    }

    private static boolean hasNoOtherName(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) == 1
                && !Files.isSymbolicLink(file);
    }

    /**
     * Tries to make a hard link. The kernel refuses a link to another file system, and a link to another user's file that
     * Swath may not write (protected_hardlinks, proc(5)).
     */
    private static boolean tryLink(Path root, Path file, Path target) throws IOException {
        FileIdentity checked = RegularFiles.identity(root, file);
        try {
            Files.createLink(target, file);
        } catch (NoSuchFileException | FileAlreadyExistsException failed) {
            throw failed;
        } catch (FileSystemException refused) {
            return false; // then the caller copies; if that fails too, it reports the real problem
        }
        if (!checked.contentDifference(FileIdentity.of(target)).isEmpty()) {
            Files.delete(target);
            throw new IOException(file + " was changed or replaced while it was accepted");
        }
        return true;
    }

    /**
     * Tries to make a copy that shares the blocks of its source, which takes neither time nor space (ioctl_ficlone(2)). Only
     * some file systems can, and Java has no call for it. {@code cp} gets a link to the checked file.
     */
    private static boolean tryReflink(Path root, Path file, Path target) throws IOException {
        Path link = target.resolveSibling("." + target.getFileName() + ".link");
        Files.deleteIfExists(link);
        if (!tryLink(root, file, link)) {
            return false;
        }
        // While it is open here, nobody can get a lease on it, which cp would wait for.
        try (SeekableByteChannel held = RegularFiles.open(link.getParent(), link)) {
            Process copy = new ProcessBuilder(
                            "cp", "--reflink=always", "--no-target-directory", "--", link.toString(), target.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (copy.waitFor() == 0 && held.isOpen()) {
                Files.setPosixFilePermissions(target, MODE);
                return true;
            }
            Files.deleteIfExists(target);
            return false;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IOException("Swath was stopped while it copied " + file, stopped);
        } finally {
            Files.deleteIfExists(link);
        }
    }

    /** Gives the file Swath's own user, the group of the scene's folder and its mode; a file that keeps another is copied. */
    private static boolean tryToOwn(Path target) throws IOException {
        PosixFileAttributes folder = Files.readAttributes(target.getParent(), PosixFileAttributes.class);
        PosixFileAttributeView file =
                Files.getFileAttributeView(target, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        try {
            PosixFileAttributes found = file.readAttributes();
            if (!found.owner().equals(folder.owner())) {
                file.setOwner(folder.owner());
            }
            if (!found.group().equals(folder.group())) {
                file.setGroup(folder.group());
            }
            Files.setPosixFilePermissions(
                    target, MODE); // by its name: the view would open the file, and wait for a lease
            return true;
        } catch (FileSystemException refused) {
            Files.delete(target);
            return false;
        }
    }
}
