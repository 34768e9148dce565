package io.swath.arrival.folder;

import io.swath.arrival.EntrySnapshot;
import io.swath.arrival.RejectedSceneException;
import io.swath.arrival.SceneInput;
import io.swath.arrival.SceneRepair;
import io.swath.arrival.SenderRights;
import io.swath.arrival.SharedFiles;
import io.swath.arrival.StagingFolders;
import io.swath.arrival.StagingMode;
import io.swath.ledger.Ledger;
import io.swath.model.Scene;
import io.swath.storage.DurableFiles;
import io.swath.storage.Removal;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the files of an inbox entry into the folder of a scene that is in the ledger: they are put together beside it, and
 * one rename makes them the scene's. It can be repeated after an interruption. Not thread-safe.
 */
final class ScenePlacement {
    private static final Logger log = LoggerFactory.getLogger(ScenePlacement.class);
    private static final String CHANGED = "it was changed or replaced while it was accepted; Swath looks at it again";

    private final Ledger ledger;
    private final Storage storage;
    private final StagingFolders stagingFolders;
    private final TakenEntry takenEntry;
    private final SceneRepair repair;
    private final StagingMode mode;

    /** An entry and its companions, as they were when their content was read. */
    record Entry(Path path, EntrySnapshot snapshot, SceneInput input, Map<Path, EntrySnapshot> companions) {
        boolean isUnchanged() throws IOException {
            return EntrySnapshot.of(path).equals(snapshot)
                    && InboxCompanions.snapshots(input).equals(companions);
        }
    }

    ScenePlacement(
            Ledger ledger, Storage storage, StagingFolders stagingFolders, TakenEntry takenEntry, StagingMode mode) {
        this.ledger = ledger;
        this.storage = storage;
        this.stagingFolders = stagingFolders;
        this.takenEntry = takenEntry;
        this.repair = new SceneRepair(ledger, storage);
        this.mode = mode;
    }

    /**
     * Places the files.
     *
     * @param first the scene that the same entry made for another recipe: its files are shared by hard links
     * @return false when the scene has its files from another entry, so that this one is a duplicate
     * @throws IOException when it failed, or the entry changed meanwhile; it can be tried again
     */
    boolean place(Entry entry, Scene scene, Optional<Scene> first) throws IOException {
        Path place = storage.scene(scene.id());
        boolean isOfEntry = takenEntry.matches(scene.id(), entry.snapshot());
        if (repair.isNeeded(scene)) {
            if (!isOfEntry) {
                repair.replace(stage(entry, scene, first), scene);
                log.info(
                        "{} takes the place of the changed or lost files of {}",
                        entry.path().getFileName(),
                        scene.id());
            }
            repair.processAgain(scene);
            return true;
        }
        if (storage.holds(place)) {
            return isOfEntry;
        }
        Path staged = stage(entry, scene, first);
        ledger.guard(() -> Files.move(staged, place, StandardCopyOption.ATOMIC_MOVE));
        DurableFiles.sync(place.getParent());
        log.info("{} is accepted for {} as {}", entry.path().getFileName(), scene.recipe(), scene.id());
        return true;
    }

    private Path stage(Entry entry, Scene scene, Optional<Scene> first) throws IOException {
        Path staged = stagingFolders.create(scene.id());
        SenderRights rights = SenderRights.of(entry.input().files());
        String key = scene.arrival().contentKey();
        try {
            Optional<SceneInput> shared = SharedFiles.find(storage, first, scene.recipe(), key);
            SceneInput copy = shared.isPresent()
                    ? shared.get().stageInto(staged, scene.id(), StagingMode.LINK)
                    : entry.input().stageInto(staged, scene.id(), mode);
            if (!StagingFolders.hasContent(copy, scene.recipe(), key) || !entry.isUnchanged()) {
                throw new IOException(CHANGED);
            }
            TakenNote.write(staged, entry.path(), entry.snapshot(), entry.companions());
            DurableFiles.sync(staged);
            return staged;
        } catch (RejectedSceneException changed) {
            withdraw(staged, rights);
            throw new IOException(CHANGED, changed);
        } catch (IOException | RuntimeException failed) {
            withdraw(staged, rights);
            throw failed;
        }
    }

    private static void withdraw(Path staged, SenderRights rights) {
        try {
            rights.giveBack(staged);
            Removal.remove(staged);
        } catch (IOException later) {
            log.info("what was staged is removed at the next attempt folder={}", staged, later);
        }
    }
}
