package io.swath.retention;

import io.swath.health.FailingRows;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.ledger.WorkFolders;
import io.swath.ledger.WorkFolders.Content;
import io.swath.model.Batch;
import io.swath.model.LeadershipLostException;
import io.swath.model.Scene;
import io.swath.storage.RegularFiles;
import io.swath.storage.Removal;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reduces the work folders of scenes that have ended to one file with the logs and the evidence, and removes that file later.
 * What belongs to a version that has begun meanwhile is not touched. Every step is safe to repeat. To be called from one
 * thread.
 */
final class WorkTidy {
    private static final Logger log = LoggerFactory.getLogger(WorkTidy.class);
    private static final int AT_ONCE = 20;
    private static final int MOST_NAMES = 100_000;
    private static final Pattern VERSION = Pattern.compile("v([0-9]{1,9})");

    private final Ledger ledger;
    private final Storage storage;
    private final RetentionSettings keep;
    private final LogPack pack;
    private final FailingRows failing;
    private final Removing removing;

    /** Removes a file or a folder with its content, as {@link Removal#remove} does. */
    @FunctionalInterface
    interface Removing {
        void remove(Path path) throws IOException;
    }

    /** @param steady a clock that never jumps */
    WorkTidy(
            Ledger ledger,
            Storage storage,
            RetentionSettings keep,
            Incidents incidents,
            Clock steady,
            Removing removing) {
        this.ledger = ledger;
        this.storage = storage;
        this.keep = keep;
        this.removing = removing;
        this.pack = new LogPack(ledger, storage);
        this.failing = new FailingRows(
                incidents,
                steady,
                "work folder of ",
                "it cannot be packed and removed: ",
                List.of(LeadershipLostException.class));
    }

    /**
     * Tidies the folders of some scenes.
     *
     * @return whether more may be due now; false after a failure, which may be one of all scenes
     */
    boolean tidy() {
        Set<String> due = new HashSet<>();
        boolean more = each(due, (folders, limit) -> folders.started(limit), this::packAndRemove);
        more |= each(due, (folders, limit) -> folders.ofDelivered(limit), this::begin);
        more |= each(due, (folders, limit) -> folders.wholeBefore(before(folders, keep.work()), limit), this::begin);
        more |= each(due, (folders, limit) -> folders.logsBefore(before(folders, keep.logs()), limit), this::removeAll);
        failing.retain(due);
        return more;
    }

    private static Instant before(WorkFolders folders, Duration kept) {
        return folders.now().minus(kept);
    }

    @FunctionalInterface
    private interface Work {
        void on(Scene scene) throws IOException;
    }

    /** Returns whether there may be more scenes for this work, and it succeeded for all that were tried now. */
    private boolean each(Set<String> seen, BiFunction<WorkFolders, Integer, List<Scene>> due, Work work) {
        int limit = AT_ONCE + failing.count(); // scenes that fail delay no other scene
        List<Scene> scenes = ledger.read(session -> due.apply(session.workFolders(), limit));
        scenes.forEach(scene -> seen.add(scene.id()));
        boolean succeeded = true;
        for (Scene scene : scenes) {
            succeeded &= failing.isPaused(scene.id()) || failing.attempt(scene.id(), () -> work.on(scene));
        }
        return succeeded && scenes.size() == limit;
    }

    /** From now on, a retry plans the scene again, because its work folder is not complete any more. */
    private void begin(Scene scene) throws IOException {
        if (ledger.write(session -> session.workFolders().begin(scene))) {
            packAndRemove(scene);
        }
    }

    private void packAndRemove(Scene scene) throws IOException {
        Path folder = storage.work(scene.id());
        List<String> names = ofVersionsUntil(scene, names(folder));
        if (ledger.read(session -> session.workFolders().content(scene.id())) == Content.STARTED) {
            if (names.stream().anyMatch(LogPack::isBatch)) {
                names = withoutFolderAt(PackedLogs.file(storage, scene), names);
                pack.write(scene, names);
            }
            ledger.change(session -> session.workFolders().record(scene, Content.PACKED));
        }
        for (String name : names) {
            if (!PackedLogs.isPack(name)) {
                remove(folder.resolve(name));
            }
        }
        ledger.change(session -> session.workFolders().record(scene, Content.LOGS));
    }

    /** A job may have put anything in the place of the pack. Only a folder is not replaced by the file. */
    private List<String> withoutFolderAt(Path file, List<String> names) throws IOException {
        if (!Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            return names;
        }
        String aside = ".planted." + UUID.randomUUID();
        ledger.guard(() -> Files.move(file, file.resolveSibling(aside)));
        return Stream.concat(names.stream(), Stream.of(aside)).toList();
    }

    private void removeAll(Scene scene) throws IOException {
        Path folder = storage.work(scene.id());
        for (String name : ofVersionsUntil(scene, names(folder))) {
            remove(folder.resolve(name));
        }
        removeEmpty(folder);
        ledger.change(session -> session.workFolders().record(scene, Content.NONE));
    }

    private List<String> names(Path folder) throws IOException {
        try {
            return RegularFiles.names(storage.root(), folder, MOST_NAMES);
        } catch (NoSuchFileException gone) {
            return List.of();
        }
    }

    /**
     * Without what belongs to a later version. A later version has its batches in the ledger before their folders are made,
     * so they are read after the names.
     */
    private List<String> ofVersionsUntil(Scene scene, List<String> names) {
        Set<String> later = new HashSet<>();
        ledger.read(session -> session.batches().ofScene(scene.id())).stream()
                .filter(batch -> batch.version() > scene.version())
                .map(Batch::token)
                .forEach(later::add);
        return names.stream()
                .filter(name -> !later.contains(name) && versionOf(name) <= scene.version())
                .toList();
    }

    private static int versionOf(String name) {
        Matcher version = VERSION.matcher(name);
        return version.matches() ? Integer.parseInt(version.group(1)) : 0;
    }

    /** Removes the folder unless something is in it: a version may begin at any moment. */
    private void removeEmpty(Path folder) throws IOException {
        try {
            ledger.guard(() -> Files.deleteIfExists(folder));
        } catch (DirectoryNotEmptyException used) {
            log.debug("a work folder stays, because it is not empty folder={}", folder, used);
        }
    }

    /** A job may have left what Swath has no right to remove, or may still write. That is no reason to keep the rest. */
    private void remove(Path path) throws IOException {
        // Only the check is guarded: a removal may take long, and others wait for the ledger meanwhile. No later
        // version uses the path, so a Swath that loses leadership now does no harm.
        ledger.guard(() -> path);
        try {
            removing.remove(path);
        } catch (FileSystemException left) {
            log.warn(
                    "Swath cannot remove what jobs left in a work folder ({}). Remove it as the jobs' user. path={}",
                    left.toString(),
                    path);
        }
    }
}
