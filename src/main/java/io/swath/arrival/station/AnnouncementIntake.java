package io.swath.arrival.station;

import io.swath.arrival.FilesSnapshot;
import io.swath.arrival.RejectedSceneException;
import io.swath.arrival.SceneInput;
import io.swath.arrival.SceneRegistry;
import io.swath.arrival.SceneRepair;
import io.swath.arrival.StagingFolders;
import io.swath.arrival.StagingMode;
import io.swath.arrival.station.LookResult.Take;
import io.swath.ledger.Ledger;
import io.swath.model.Announcement;
import io.swath.model.Origin;
import io.swath.model.Scene;
import io.swath.storage.DurableFiles;
import io.swath.storage.Removal;
import io.swath.storage.Storage;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes scenes from announcements. It stages the files, then adds the scene to the ledger, then moves the staged files
 * to the scene's folder in one rename. If Swath is interrupted in between, {@link #finish} continues with the staged
 * files, even when the station's own files are gone. Not thread-safe.
 */
final class AnnouncementIntake {
    private static final Logger log = LoggerFactory.getLogger(AnnouncementIntake.class);

    private final Ledger ledger;
    private final Storage storage;
    private final SceneRegistry registry;
    private final StagingFolders stagingFolders;
    private final SceneRepair repair;
    private final StagingMode mode;

    AnnouncementIntake(Ledger ledger, Storage storage, StagingMode mode, Clock clock) {
        this.ledger = ledger;
        this.storage = storage;
        this.mode = mode;
        this.registry = new SceneRegistry(ledger, clock);
        this.repair = new SceneRepair(ledger, storage);
        this.stagingFolders = new StagingFolders(ledger, storage, ".announced");
    }

    /** Whether an earlier attempt added the scene to the ledger and its files are still there. */
    boolean canFinish(Announcement announcement) throws IOException {
        return announcement.sceneId().isPresent()
                && (storage.holds(storage.scene(announcement.sceneId().get()))
                        || stagingFolders.find(announcement.messageId()).isPresent());
    }

    /** Completes an earlier attempt; see {@link #canFinish}. */
    void finish(Announcement announcement, String sceneId) throws IOException {
        Path place = storage.scene(sceneId);
        if (!storage.holds(place)) {
            Path staged = stagingFolders
                    .find(announcement.messageId())
                    .orElseThrow(() -> new IOException("the staged files of " + sceneId + " are gone"));
            moveIntoPlace(staged, place);
        }
        recordTaken(announcement, sceneId);
        stagingFolders.removeAll(announcement.messageId());
    }

    /** Removes what interrupted attempts left of announcements that do not wait any more. */
    void tidy() throws IOException {
        stagingFolders.keepOnly(
                () -> ledger.read(session -> session.announcements().waitingIds()));
    }

    /**
     * Makes the announced scene, unless the same content with the same recipe has made it before.
     *
     * @throws IOException when it failed, or the files changed meanwhile; it can be tried again
     */
    void take(Announcement announcement, Take take) throws IOException {
        Optional<Scene> same = registry.same(take.recipe(), take.contentKey());
        // An incomplete staged folder must not be used by a later finish.
        stagingFolders.removeAll(announcement.messageId());
        if (same.filter(repair::isNeeded).isPresent()) {
            repair.replace(stage(announcement, take, same.get()), same.get());
            repair.processAgain(same.get());
            recordTaken(announcement, same.get().id());
            return;
        }
        if (same.isPresent() && storage.holds(storage.scene(same.get().id()))) {
            recordTaken(announcement, same.get().id());
            return;
        }
        Scene scene = same.orElseGet(() -> registry.newScene(
                Texts.storable(take.input().name()),
                take.recipe(),
                take.contentKey(),
                announcement.order().priority(),
                Origin.STATION));
        Path staged = stage(announcement, take, scene);
        if (!addToLedger(announcement, scene, same.isPresent())) {
            Removal.remove(staged);
            throw new IOException("the same scene was accepted in another way just now; Swath looks at it again");
        }
        moveIntoPlace(staged, storage.scene(scene.id()));
        recordTaken(announcement, scene.id());
        if (same.isEmpty()) {
            log.info("{} is accepted for {} as {}", announcement.name(), announcement.recipe(), scene.id());
        }
    }

    private Path stage(Announcement announcement, Take take, Scene scene) throws IOException {
        Path staged = stagingFolders.create(announcement.messageId());
        boolean same;
        try {
            SceneInput copy = take.input().stageInto(staged, scene.id(), mode);
            same = StagingFolders.hasContent(copy, scene.recipe(), take.contentKey());
        } catch (RejectedSceneException changed) {
            throw new IOException("it was changed or replaced while it was accepted; Swath looks at it again", changed);
        }
        if (!same || !FilesSnapshot.of(take.input().files()).equals(take.snapshot())) {
            Removal.remove(staged);
            throw new IOException("it was changed or replaced while it was accepted; Swath looks at it again");
        }
        DurableFiles.sync(staged);
        return staged;
    }

    private boolean addToLedger(Announcement announcement, Scene scene, boolean known) {
        return ledger.write(session -> {
            boolean added = known || session.scenes().add(scene);
            if (added) {
                session.announcements().setScene(announcement.messageId(), scene.id());
            }
            return added;
        });
    }

    private void moveIntoPlace(Path staged, Path place) throws IOException {
        ledger.guard(() -> Files.move(staged, place, StandardCopyOption.ATOMIC_MOVE));
        DurableFiles.sync(place.getParent());
    }

    private void recordTaken(Announcement announcement, String sceneId) {
        ledger.change(session -> session.announcements().taken(announcement.messageId(), sceneId));
    }
}
