package io.swath.storage;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * Copies a folder by open folders and not by paths, because somebody may swap in anything meanwhile. Immutable.
 *
 * @param neighbours the folder beside whose folders the copied one lies, without links in its path
 * @param wanted whether the file at this path, relative to the folder, is copied
 */
record FolderCopy(Path neighbours, Predicate<Path> wanted) {

    /**
     * Copies a folder's regular files into a new folder that nobody may change: files get mode 0440, or 0550 if they are
     * executable, and folders 0550. A link to a regular file in this folder or beside it is copied as that file. Anything
     * else, such as another link or a pipe, is neither copied nor opened. A folder that exists is replaced.
     *
     * @param wanted whether the file at this path, relative to the folder, is copied
     * @throws FileSystemException when its folders are nested deeper than {@value DurableFiles#DEEPEST}
     */
    static void readOnly(Path from, Path to, Predicate<Path> wanted) throws IOException {
        Removal.remove(to);
        try (Pinned folder = Pinned.find(from, from)) {
            Path neighbours = from.toAbsolutePath().normalize().getParent().toRealPath();
            new FolderCopy(neighbours, file -> wanted.test(to.relativize(file)))
                    .copyFolder(folder, to, Removal.DEEPEST);
        }
    }

    private void copyFolder(Pinned folder, Path to, int levels) throws IOException {
        if (levels == 0) { // each level needs open files
            throw new FileSystemException(
                    folder.toString(),
                    null,
                    "its folders are nested deeper than " + Removal.DEEPEST + ", so it is not copied");
        }
        DurableFiles.makeFolder(to, DurableFiles.CLOSED);
        try (DirectoryStream<Path> content = folder.entries()) {
            for (Path entry : content) {
                copyEntry(folder, entry.getFileName(), to, levels);
            }
        } catch (DirectoryIteratorException failed) {
            throw failed.getCause();
        }
        DurableFiles.setMode(to, DurableFiles.SEALED);
    }

    private void copyEntry(Pinned folder, Path name, Path to, int levels) throws IOException {
        Path target = to.resolve(name);
        try (Pinned found = folder.child(name)) {
            if (found.attributes().isDirectory()) {
                copyFolder(found, target, levels - 1);
            } else if (found.attributes().isSymbolicLink()) {
                copyLinked(found.path(), target);
            } else {
                copyFile(found, target);
            }
        }
    }

    private void copyLinked(Path link, Path target) throws IOException {
        Path file;
        try {
            file = link.toRealPath();
        } catch (FileSystemException leadsNowhere) {
            return;
        }
        if (file.startsWith(neighbours)) {
            try (Pinned found = Pinned.find(neighbours, file)) {
                copyFile(found, target);
            }
        }
    }

    private void copyFile(Pinned found, Path target) throws IOException {
        if (found.attributes().isRegularFile() && wanted.test(target)) {
            RegularFiles.copy(found, target);
            DurableFiles.finish(target, found.isExecutable() ? DurableFiles.SCRIPT : DurableFiles.READ_ONLY);
        }
    }
}
