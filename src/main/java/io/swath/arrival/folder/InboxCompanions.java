package io.swath.arrival.folder;

import io.swath.arrival.EntrySnapshot;
import io.swath.arrival.GeoTiffInput;
import io.swath.arrival.SceneInput;
import io.swath.arrival.SceneName;
import io.swath.arrival.folder.Candidate.Waiting;
import io.swath.storage.DurableFiles;
import io.swath.storage.Storage;
import io.swath.untrusted.raster.CompanionFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The files of an inbox that belong to a GeoTIFF beside them. They are no scenes: they are accepted with their GeoTIFF,
 * whichever came first. Immutable.
 */
final class InboxCompanions {
    /** Files that belong to a GeoTIFF and change nothing lie here afterwards, in the scene's folder. */
    private static final String BESIDE = ".beside";

    private final Map<Path, List<Path>> byTiff;
    private final Map<Path, Path> tiffs;

    private InboxCompanions(Map<Path, List<Path>> byTiff, Map<Path, Path> tiffs) {
        this.byTiff = byTiff;
        this.tiffs = tiffs;
    }

    /** Finds, for each GeoTIFF among the entries, the others that belong to it. */
    static InboxCompanions of(List<Path> entries) {
        Map<Path, List<Path>> byTiff = new HashMap<>();
        Map<Path, Path> tiffs = new HashMap<>();
        List<Path> others = entries.stream().filter(InboxCompanions::mayBelong).toList();
        if (!others.isEmpty()) {
            Map<String, List<Path>> byStem = entries.stream()
                    .filter(entry -> SceneName.isTiff(nameOf(entry)))
                    .collect(Collectors.groupingBy(InboxCompanions::stem));
            for (Path other : others) {
                for (Path tiff : tiffsBeside(other, byStem)) {
                    tiffs.putIfAbsent(other, tiff);
                    byTiff.computeIfAbsent(tiff, first -> new ArrayList<>()).add(other);
                }
            }
        }
        return new InboxCompanions(byTiff, tiffs);
    }

    private static List<Path> tiffsBeside(Path other, Map<String, List<Path>> byStem) {
        String name = nameOf(other);
        String lower = name.toLowerCase(Locale.ROOT);
        return IntStream.range(1, lower.length())
                .filter(at -> lower.charAt(at) == '.' || lower.charAt(at) == '_')
                .mapToObj(at -> byStem.getOrDefault(lower.substring(0, at), List.of()))
                .flatMap(List::stream)
                .filter(tiff -> CompanionFiles.belongsTo(nameOf(tiff)).test(name))
                .toList();
    }

    private static String stem(Path tiff) {
        String lower = nameOf(tiff).toLowerCase(Locale.ROOT);
        return lower.substring(0, lower.lastIndexOf('.'));
    }

    private static boolean mayBelong(Path entry) {
        return !SceneName.isTiff(nameOf(entry))
                && !nameOf(entry).endsWith(FolderScan.MARKER)
                && (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS) || Files.isSymbolicLink(entry));
    }

    /** The files that belong to a GeoTIFF. */
    List<Path> of(Path tiff) {
        return byTiff.getOrDefault(tiff, List.of());
    }

    /** Whether the entry belongs to a GeoTIFF that is there. */
    boolean isTaken(Path entry) {
        return tiffs.containsKey(entry);
    }

    /** Whether the entry is a companion whose GeoTIFF is not there. */
    boolean isAlone(Path entry) {
        return mayBelong(entry) && !isTaken(entry) && CompanionFiles.isCompanionName(nameOf(entry));
    }

    /**
     * What a companion waits for that came without its GeoTIFF, or after it. This wait never ends with a rejection: it is
     * no scene. Empty for a companion that changes nothing, which is left alone.
     */
    Optional<Candidate> waiting(Path companion) {
        return CompanionFiles.changesMeaning(nameOf(companion))
                ? Optional.of(new Waiting(
                        companion,
                        "the GeoTIFF that it belongs to; if that was accepted without it, send that again, or remove this"
                                + " file",
                        false))
                : Optional.empty();
    }

    /** The companions that are part of a scene, as they are now. */
    static Map<Path, EntrySnapshot> snapshots(SceneInput input) throws IOException {
        Map<Path, EntrySnapshot> snapshots = new LinkedHashMap<>();
        if (input instanceof GeoTiffInput tiff) {
            for (Path companion : tiff.companions().paths()) {
                snapshots.put(companion, EntrySnapshot.of(companion));
            }
        }
        return snapshots;
    }

    /**
     * Removes from the inbox what belonged to a GeoTIFF that was accepted: companions that are part of the scene are
     * deleted, unless they were replaced since; the rest is kept in the scene's folder for people. What may belong to the
     * next GeoTIFF of that name stays: all when that is there, and what came after the note was written and changes what a
     * GeoTIFF means. Safe to repeat.
     */
    static void remove(Path tiff, TakenNote note, Path place) throws IOException {
        for (Path name : note.companions().keySet()) {
            Path companion = tiff.resolveSibling(name);
            if (Files.exists(companion, LinkOption.NOFOLLOW_LINKS)
                    && note.isOfSame(name, EntrySnapshot.of(companion))) {
                Files.delete(companion);
            }
        }
        if (Files.exists(tiff, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Set<Path> stay = new HashSet<>(note.companions().keySet());
        stay.addAll(later(tiff, Files.getLastModifiedTime(place.resolve(Storage.TAKEN_NOTE))));
        if (move(tiff, place.resolve(BESIDE), stay)) {
            DurableFiles.sync(place);
        }
    }

    /** The names of companions that came later, and change what a GeoTIFF means. */
    private static List<Path> later(Path tiff, FileTime time) throws IOException {
        List<Path> later = new ArrayList<>();
        for (Path other : belonging(tiff)) {
            FileTime came = (FileTime) Files.getAttribute(other, "unix:ctime", LinkOption.NOFOLLOW_LINKS);
            if (CompanionFiles.changesMeaning(nameOf(other)) && came.compareTo(time) > 0) {
                later.add(other.getFileName());
            }
        }
        return later;
    }

    /**
     * Moves what belongs to a GeoTIFF, which leaves the inbox, into a folder.
     *
     * @param but the names of files that stay
     * @return whether there was anything to move; then the folder is there
     */
    static boolean move(Path tiff, Path folder, Set<Path> but) throws IOException {
        List<Path> rest = belonging(tiff).stream()
                .filter(other -> !but.contains(other.getFileName()))
                .toList();
        for (Path other : rest) {
            Files.createDirectories(folder);
            Files.deleteIfExists(folder.resolve(other.getFileName()));
            Files.move(other, folder.resolve(other.getFileName()));
            DurableFiles.sync(folder);
        }
        return !rest.isEmpty();
    }

    /** What lies beside a GeoTIFF, which may be gone, and belongs to it by its name; nothing for another entry. */
    private static List<Path> belonging(Path tiff) throws IOException {
        List<Path> belonging = new ArrayList<>();
        if (SceneName.isTiff(nameOf(tiff))) {
            Predicate<String> belongs = CompanionFiles.belongsTo(nameOf(tiff));
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                    tiff.getParent(), entry -> mayBelong(entry) && belongs.test(nameOf(entry)))) {
                entries.forEach(belonging::add);
            }
        }
        return belonging;
    }

    private static String nameOf(Path entry) {
        return entry.getFileName().toString();
    }
}
