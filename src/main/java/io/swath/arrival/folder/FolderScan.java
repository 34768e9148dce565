package io.swath.arrival.folder;

import io.swath.arrival.EntrySnapshot;
import io.swath.arrival.FilesSnapshot;
import io.swath.arrival.SceneName;
import io.swath.arrival.StorageUnavailableException;
import io.swath.arrival.folder.Candidate.Ready;
import io.swath.arrival.folder.Candidate.Rejected;
import io.swath.arrival.folder.Candidate.Waiting;
import io.swath.storage.FileInUseException;
import io.swath.storage.NotRegularException;
import io.swath.storage.Roots;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists what is in one {@code inbox/RECIPE/} folder, and judges each entry. It only reads: it creates, moves and removes
 * nothing.
 *
 * <p>A file is complete when a marker {@code NAME.done} or {@code NAME.tif.done} is beside it, or when its size, time
 * and identity have stood still for the settling time, no program has it open for writing, and its header names no more
 * bytes than there are ({@link FileCompleteness}). Names of {@link EntryNames} are ignored. A GeoTIFF and its companions
 * are one entry, and so is a folder with a STAC Item and its files or with a product, or an archive. After a restart,
 * every entry must stand still for the settling time again. A marker is a regular file.
 *
 * <p>No file is waited for, and the folders of one sender do not use up the time of the others ({@link FolderLooks}).
 *
 * <p>Thread-safe.
 */
final class FolderScan {
    private static final Logger log = LoggerFactory.getLogger(FolderScan.class);
    static final String MARKER = ".done";
    private static final Pattern ARCHIVE_NAME = Pattern.compile("(?is)(?<=.)\\.(zip|tar|tgz|tar\\.gz|tar\\.bz2)$");

    private final Path folder;
    private final Path storageRoot;
    private final EntryCheck check;
    private final SceneEntries entries;
    private final StabilityTimer settling;
    private final FileCompleteness completeness;
    private final FolderLooks folders;

    /**
     * Prepares the scan; it reads nothing yet.
     *
     * @param folder the inbox; it must exist when {@link #scan} is called
     * @param storageRoot the folder that no link may lead out of
     * @param entries judges folders and archives
     * @param settle how long a file without a marker must stand still
     * @param uploadPatience how long a file whose header says that more must come may stand still
     */
    FolderScan(Path folder, Path storageRoot, SceneEntries entries, Duration settle, Duration uploadPatience) {
        this(folder, storageRoot, entries, settle, uploadPatience, System::nanoTime);
    }

    FolderScan(
            Path folder,
            Path storageRoot,
            SceneEntries entries,
            Duration settle,
            Duration uploadPatience,
            LongSupplier nanos) {
        this.folder = folder;
        this.storageRoot = storageRoot;
        this.entries = entries;
        this.check = new EntryCheck(folder, storageRoot);
        this.settling = new StabilityTimer(settle, nanos);
        this.completeness = new FileCompleteness(settle, uploadPatience);
        this.folders = new FolderLooks(nanos);
    }

    /**
     * The entries of the folder now, ordered by name. A marker is not an entry, unless it has been there for the settling
     * time without its scene.
     *
     * @throws StorageUnavailableException when the folder is not there or cannot be read
     */
    synchronized List<Candidate> scan() {
        List<Path> listed = list();
        Set<Path> present = new HashSet<>(listed);
        settling.keepOnly(present);
        folders.keepOnly(present);
        Map<String, Path> markers = new HashMap<>();
        for (Path entry : listed) {
            if (isMarker(entry)) {
                markers.put(nameOf(entry), entry);
            }
        }
        Map<String, Path> orphans = new HashMap<>(markers);
        InboxCompanions companions = InboxCompanions.of(listed);
        List<Path> scenes = new ArrayList<>(listed);
        scenes.removeAll(new HashSet<>(markers.values()));
        scenes.removeIf(entry -> companions.isTaken(entry) || companions.isAlone(entry));
        Map<Path, Candidate> judged = new HashMap<>();
        for (Path entry : folders.longestAgoFirst(scenes)) {
            orphans.remove(nameOf(entry) + MARKER);
            orphans.remove(stem(nameOf(entry)) + MARKER);
            Optional<Path> marker = marker(entry, markers);
            folders.look(entry, () -> judge(entry, companions.of(entry), marker))
                    .ifPresent(found -> judged.put(entry, found));
        }
        List<Candidate> candidates = new ArrayList<>();
        scenes.stream().map(judged::get).filter(Objects::nonNull).forEach(candidates::add);
        listed.stream()
                .filter(companions::isAlone)
                .forEach(entry -> companions.waiting(entry).ifPresent(candidates::add));
        orphans.values().forEach(marker -> orphan(marker).ifPresent(candidates::add));
        return candidates;
    }

    private List<Path> list() {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, FolderScan::isVisible)) {
            stream.forEach(entries::add);
        } catch (DirectoryIteratorException failed) {
            throw new StorageUnavailableException(folder, failed.getCause());
        } catch (IOException failed) {
            throw new StorageUnavailableException(folder, failed);
        }
        entries.sort(null);
        return entries;
    }

    private Optional<Candidate> judge(Path entry, List<Path> companions, Optional<Path> marker) {
        try {
            EntrySnapshot snapshot = EntrySnapshot.of(entry);
            boolean still = settling.isStill(entry, List.of(snapshot, FilesSnapshot.of(companions)));
            if (marker.isEmpty() && !still) {
                return Optional.of(waitingToStandStill(entry));
            }
            boolean archive = snapshot.file() && entries.isArchive(entry);
            Optional<Rejected> rejected = check.rejected(entry, snapshot, archive);
            if (rejected.isPresent() && check.mayBeRenamed(rejected.get()) && marker.isEmpty()) {
                return Optional.of(waiting(entry, check.waitsFor(entry)));
            }
            if (rejected.isPresent()) {
                return Optional.of(rejected.get());
            }
            if (marker.isEmpty()) {
                Optional<Waiting> writer = completeness.openForWriting(entry, snapshot.directory(), companions);
                if (writer.isPresent()) {
                    return Optional.of(writer.get());
                }
            }
            if (snapshot.directory() || archive) {
                return Optional.of(judgeEntry(entry, marker, snapshot));
            }
            // Opening the file makes an NFS client ask the server again; reading attributes may use its cache.
            Roots.of(storageRoot, folder).open(entry).close();
            if (marker.isEmpty() && !EntrySnapshot.of(entry).equals(snapshot)) {
                return Optional.of(waitingToStandStill(entry));
            }
            Optional<Candidate> incomplete = completeness.judge(entry, marker, settling.stillFor(entry));
            return Optional.of(incomplete.orElse(new Ready(entry, marker)));
        } catch (NoSuchFileException gone) {
            return Optional.empty();
        } catch (FileInUseException | NotRegularException changing) {
            return Optional.of(waiting(entry, "its writer, who still changes it (" + changing.getMessage() + ")"));
        } catch (AccessDeniedException denied) {
            return Optional.of(waiting(entry, "the right to read it: give the user that runs Swath access"));
        } catch (IOException failed) {
            // An entry that cannot be read must not delay the others. The sender cannot repair the storage.
            return Optional.of(new Waiting(entry, "the storage, which failed to read it (" + failed + ")", false));
        } catch (RuntimeException defect) {
            // Whatever the entry holds, the others are accepted.
            log.warn("an entry cannot be judged, because of a defect in Swath entry={}", entry, defect);
            return Optional.of(new Waiting(
                    entry,
                    "a Swath without the defect that it meets (" + defect + "); report it, with the log",
                    false));
        }
    }

    private Candidate judgeEntry(Path entry, Optional<Path> marker, EntrySnapshot snapshot) throws IOException {
        Optional<Candidate> before = folders.verdict(entry, List.of(snapshot, marker));
        if (before.isPresent()) {
            return before.get();
        }
        Optional<Waiting> unpacking = entries.unpacking(entry);
        if (unpacking.isPresent()) {
            return unpacking.get();
        }
        Candidate judged = entries.judge(entry, marker);
        if (marker.isEmpty() && !EntrySnapshot.of(entry).equals(snapshot)) {
            return waitingToStandStill(entry);
        }
        folders.remember(entry, List.of(snapshot, marker), judged);
        return judged;
    }

    private Optional<Candidate> orphan(Path marker) {
        return settling.isStill(marker, MARKER)
                ? Optional.of(waiting(marker, "the scene that this marker declares complete"))
                : Optional.empty();
    }

    private Waiting waitingToStandStill(Path entry) {
        return waiting(
                entry,
                "its content to stay unchanged for " + settling.settle().toSeconds() + " s, or a file "
                        + stem(nameOf(entry)) + MARKER);
    }

    private Waiting waiting(Path entry, String missing) {
        return new Waiting(entry, missing, true);
    }

    private static Optional<Path> marker(Path entry, Map<String, Path> markers) {
        Path own = markers.get(nameOf(entry) + MARKER);
        return Optional.ofNullable(own != null ? own : markers.get(stem(nameOf(entry)) + MARKER));
    }

    /** Whether it is a marker, which is a regular file; anything else under such a name is an entry. */
    private static boolean isMarker(Path entry) {
        return nameOf(entry).endsWith(MARKER) && Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS);
    }

    /** Where the marker of an entry may be, in the order in which it is looked for. */
    static List<Path> markersOf(Path entry) {
        try {
            return List.of(
                    entry.resolveSibling(nameOf(entry) + MARKER), entry.resolveSibling(stem(nameOf(entry)) + MARKER));
        } catch (InvalidPathException noText) {
            return List.of();
        }
    }

    private static String stem(String name) {
        return SceneName.isTiff(name)
                ? name.substring(0, name.lastIndexOf('.'))
                : ARCHIVE_NAME.matcher(name).replaceFirst("");
    }

    /** Whether an entry can be a scene by its name. */
    static boolean isVisible(Path entry) {
        return !EntryNames.isLeftAlone(nameOf(entry));
    }

    private static String nameOf(Path entry) {
        return entry.getFileName().toString();
    }
}
