package io.swath.arrival.folder;

import io.swath.arrival.folder.Candidate.Rejected;
import io.swath.arrival.folder.Candidate.Waiting;
import io.swath.storage.OpenFiles;
import io.swath.storage.Roots;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.CompanionFiles;
import io.swath.untrusted.raster.CompanionFiles.Kind;
import io.swath.untrusted.raster.TiffHeader;
import io.swath.untrusted.raster.TiffHeaderReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds out whether an entry that has stood still is known to be incomplete all the same: a program has it open for
 * writing, its header says that more must come, or nothing says yet where it lies. Immutable.
 *
 * @param settle how long an entry must stand still
 * @param uploadPatience how long a file whose header says that more must come may stand still
 */
record FileCompleteness(Duration settle, Duration uploadPatience) {
    /** A file that does not say where it lies waits this many settling times for the companion that does. */
    private static final int COMPANION_SETTLES = 6;

    private static final int MOST_FILES = 5_000;
    private static final int DEEPEST = 12;

    /** What the entry waits for when a program on this machine has one of its files open for writing. */
    Optional<Waiting> openForWriting(Path entry, boolean folder, List<Path> companions) throws IOException {
        List<Path> files = new ArrayList<>();
        companions.stream().filter(file -> !Files.isSymbolicLink(file)).forEach(files::add);
        if (folder) {
            try (Stream<Path> walk = Files.walk(entry, DEEPEST)) {
                walk.limit(MOST_FILES)
                        .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                        .forEach(files::add);
            } catch (UncheckedIOException failed) {
                throw failed.getCause();
            }
        } else {
            files.add(entry);
        }
        return OpenFiles.firstOpenForWriting(files)
                .map(file -> new Waiting(
                        entry,
                        "the program on this machine that has " + file.getFileName() + " open for writing to close it",
                        true));
    }

    /**
     * Judges a file that nobody has open.
     *
     * @param marker what declares the file complete
     * @param still for how long it has stood still
     * @return empty when it may be complete; other faults are found by planning
     * @throws IOException when it could not be read
     */
    Optional<Candidate> judge(Path entry, Optional<Path> marker, Duration still) throws IOException {
        Path real = entry.toRealPath();
        try (SeekableByteChannel channel =
                Roots.of(real.getParent()).open(real)) { // nobody waits for a pipe or a lease
            TiffHeader header = TiffHeaderReader.read(entry, channel);
            return marker.isEmpty() ? waitsForPlace(entry, header, still) : Optional.empty();
        } catch (BadSceneException bad) {
            if (!bad.isIncomplete()) {
                return Optional.empty();
            }
            return Optional.of(
                    marker.isPresent() || still.compareTo(uploadPatience) >= 0
                            ? new Rejected(entry, bad.rule(), bad.what(), bad.remedy())
                            : new Waiting(entry, "the rest of it: " + bad.what(), true));
        }
    }

    private Optional<Candidate> waitsForPlace(Path entry, TiffHeader header, Duration still) {
        CompanionFiles companions = CompanionFiles.beside(entry);
        boolean described = companions.of(Kind.AUXILIARY).isPresent()
                || companions.of(Kind.TABLE).isPresent()
                || companions.of(Kind.RPC).isPresent();
        boolean transform = header.hasTransform() || companions.of(Kind.WORLD).isPresent();
        boolean system = header.hasSystem() || companions.of(Kind.PROJECTION).isPresent();
        if (described || (transform && system) || still.compareTo(settle.multipliedBy(COMPANION_SETTLES)) >= 0) {
            return Optional.empty();
        }
        return Optional.of(new Waiting(
                entry,
                "a file that says where it lies, such as a .tfw and a .prj: the GeoTIFF itself does not say"
                        + (transform ? " in which coordinate system" : "")
                        + "; after " + settle.multipliedBy(COMPANION_SETTLES).toSeconds() + " s it is accepted without",
                true));
    }
}
