package io.swath.arrival;

import io.swath.storage.Roots;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.Jp2HeaderReader;
import io.swath.untrusted.raster.TiffHeaderReader;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds files of a scene that are not there, or of which more must come. */
public final class IncompleteFiles {
    private static final int MOST_SHOWN = 5;

    private IncompleteFiles() {}

    /**
     * Whether a file is missing, is shorter than was announced, or is a GeoTIFF or JPEG 2000 whose header says that more
     * must come. Other faults are found by planning.
     *
     * @param size the size that was announced, in bytes; 0 for none
     * @throws IOException when the storage does not answer
     */
    static boolean isMissing(Path file, long size) throws IOException {
        return !Files.exists(file) || Files.size(file) < size || reason(file).isPresent();
    }

    /**
     * The first of the missing files, each with what shows that it is incomplete, and how many more there are.
     *
     * @param base the folder from which they are named
     * @throws IOException when the storage does not answer
     */
    public static String shown(List<Path> missing, Path base) throws IOException {
        List<String> shown = new ArrayList<>();
        for (Path file : missing.subList(0, Math.min(MOST_SHOWN, missing.size()))) {
            Path name = file.startsWith(base) ? base.relativize(file) : file;
            String why = !Files.exists(file) ? "" : " (" + reason(file).orElse("it is too short") + ")";
            shown.add(name + why);
        }
        String all = String.join(", ", shown);
        return missing.size() > MOST_SHOWN ? all + " and " + (missing.size() - MOST_SHOWN) + " more" : all;
    }

    private static Optional<String> reason(Path file) throws IOException {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        boolean jpeg2000 = name.endsWith(".jp2") || name.endsWith(".j2k");
        if (!Files.isRegularFile(file) || !(SceneName.isTiff(name) || jpeg2000)) {
            return Optional.empty();
        }
        try (SeekableByteChannel channel =
                Roots.of(file.toRealPath().getParent()).open(file.toRealPath())) {
            if (jpeg2000) {
                Jp2HeaderReader.read(file, channel);
            } else {
                TiffHeaderReader.read(file, channel);
            }
            return Optional.empty();
        } catch (BadSceneException bad) {
            return bad.isIncomplete() ? Optional.of(bad.what()) : Optional.empty();
        }
    }
}
