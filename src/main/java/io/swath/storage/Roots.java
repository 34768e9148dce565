package io.swath.storage;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The folders that a path, after all its links, may not leave. Immutable. */
public record Roots(List<Path> folders) {
    public Roots {
        folders = List.copyOf(folders);
    }

    public static Roots of(Path... folders) {
        return new Roots(List.of(folders));
    }

    /**
     * Whether a path is below one of the folders after all its links are followed. A path that does not exist yet is
     * judged by its nearest existing parent.
     *
     * @throws IOException when the storage does not answer
     */
    public boolean hold(Path path) throws IOException {
        return rootOf(real(path.toAbsolutePath().normalize())).isPresent();
    }

    /**
     * The real path of the folder that holds a path.
     *
     * @param real a path with no link in it
     */
    public Optional<Path> rootOf(Path real) throws IOException {
        for (Path folder : folders) {
            if (Files.exists(folder) && real.startsWith(folder.toRealPath())) {
                return Optional.of(folder.toRealPath());
            }
        }
        return Optional.empty();
    }

    /**
     * Opens a regular file for reading, after its links were followed. Neither a pipe nor a lease makes it wait. The caller
     * closes it.
     *
     * @throws NotRegularException when it is not a regular file, or leads out of the folders
     * @throws FileInUseException when its writer holds a lease on it
     */
    public SeekableByteChannel open(Path file) throws IOException {
        Path real = file.toRealPath();
        Path root = rootOf(real).orElseThrow(() -> new NotRegularException(file, "leads out of " + this));
        return RegularFiles.open(root, real);
    }

    private static Path real(Path path) throws IOException {
        if (Files.exists(path) || path.getParent() == null) {
            return path.toRealPath();
        }
        return real(path.getParent()).resolve(path.getFileName());
    }

    @Override
    public String toString() {
        return String.join(", ", folders.stream().map(Path::toString).toList());
    }
}
