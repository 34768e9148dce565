package io.swath.arrival;

import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.SceneUnavailableException;
import io.swath.untrusted.raster.TiffHeaderReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A file of a scene that is not there, or of which more must come.
 *
 * @param path absolute, or relative to the scene's folder
 * @param why what shows that the file is incomplete, without a full stop; empty when it is not there
 */
public record MissingFile(Path path, String why) {
    private static final int MOST_SHOWN = 5;

    /**
     * What is missing of a GeoTIFF.
     *
     * @param size the size that was announced, in bytes; 0 for none
     * @return empty when nothing is missing; other faults are found by planning
     * @throws IOException when the storage does not answer
     */
    static Optional<MissingFile> of(Path file, long size) throws IOException {
        if (!Files.exists(file)) {
            return Optional.of(new MissingFile(file, ""));
        }
        long bytes = Files.size(file);
        if (bytes < size) {
            return Optional.of(new MissingFile(file, "it has " + bytes + " of " + size + " bytes"));
        }
        if (!Files.isRegularFile(file)
                || !GeoTiffInput.isTiffName(file.getFileName().toString())) {
            return Optional.empty();
        }
        try {
            TiffHeaderReader.read(file);
            return Optional.empty();
        } catch (BadSceneException bad) {
            return bad.isIncomplete() ? Optional.of(new MissingFile(file, bad.what())) : Optional.empty();
        } catch (SceneUnavailableException unavailable) {
            throw new IOException(unavailable.getMessage(), unavailable);
        }
    }

    /** The file, and why it is incomplete. */
    public String text() {
        return why.isEmpty() ? path.toString() : path + " (" + why + ")";
    }

    /** The first of the files, and how many more there are. */
    public static String shown(List<MissingFile> files) {
        String first = files.stream().limit(MOST_SHOWN).map(MissingFile::text).collect(Collectors.joining(", "));
        return files.size() > MOST_SHOWN ? first + " and " + (files.size() - MOST_SHOWN) + " more" : first;
    }

    public MissingFile relativeTo(Path folder) {
        return path.startsWith(folder) ? new MissingFile(folder.relativize(path), why) : this;
    }
}
