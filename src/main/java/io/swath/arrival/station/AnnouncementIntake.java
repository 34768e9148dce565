package io.swath.arrival.station;

import io.swath.arrival.FilesSnapshot;
import io.swath.arrival.SceneInput;
import io.swath.arrival.SceneInput.StagingMode;
import io.swath.arrival.SceneRegistry;
import io.swath.ledger.Ledger;
import io.swath.model.Announcement;
import io.swath.model.Origin;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.storage.DurableFiles;
import io.swath.storage.Storage;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.Optional;

/**
 * Makes scenes of what stations announced: the files are laid aside, the ledger says which scene they are, and one rename
 * puts them into its place. Stopped in between, {@link #finished} goes on from what was laid aside, whether the
 * station's own files are still there or not. Not thread-safe.
 */
final class AnnouncementIntake {
    private static final int KEY_DIGITS = 16;

    private final Ledger ledger;
    private final Storage storage;
    private final SceneRegistry register;

    AnnouncementIntake(Ledger ledger, Storage storage, Clock clock) {
        this.ledger = ledger;
        this.storage = storage;
        this.register = new SceneRegistry(ledger, clock);
    }

    /** Whether nothing is left to be done, because an earlier attempt has come as far as the ledger. */
    boolean finished(Announcement one) throws IOException {
        if (one.sceneId().isEmpty()) {
            return false;
        }
        String id = one.sceneId().get();
        if (!storage.holds(storage.scene(id))) {
            Optional<Path> laid = staged(one);
            if (laid.isEmpty()) {
                return false;
            }
            put(laid.get(), storage.scene(id));
        }
        taken(one, id);
        clear(one);
        return true;
    }

    /** Removes what interrupted attempts have laid aside. */
    void clear(Announcement one) throws IOException {
        for (Optional<Path> left = staged(one); left.isPresent(); left = staged(one)) {
            DurableFiles.remove(left.get());
        }
    }

    /**
     * Takes one in.
     *
     * @param sighting what the files looked like before
     * @return the scene, where this has made it; empty where it was there already
     * @throws IOException when it could not be done, or the files changed meanwhile; to be tried again
     */
    Optional<Scene> take(Announcement one, SceneInput material, Recipe recipe, FilesSnapshot sighting)
            throws IOException {
        String key = material.contentKey(recipe.name());
        Optional<Scene> same = register.same(recipe, key);
        if (same.isPresent() && storage.holds(storage.scene(same.get().id()))) {
            clear(one);
            taken(one, same.get().id());
            return Optional.empty();
        }
        Scene scene = same.orElseGet(() -> register.fresh(
                Texts.storable(material.name()), recipe, key, one.order().priority(), Origin.STATION));
        clear(one); // half of it may lie there, which must not be taken for the whole later
        Path part = storage.folder(part(one, String.valueOf(ledger.fencingToken())));
        material.stageInto(part, scene.id(), StagingMode.LINK);
        if (!FilesSnapshot.of(material.files()).equals(sighting)) {
            DurableFiles.remove(part);
            throw new IOException("it was changed or replaced while it was taken in; it is looked at again");
        }
        DurableFiles.sync(part);
        boolean mine = ledger.write(session -> {
            boolean added = same.isPresent() || session.scenes().add(scene);
            if (added) {
                session.announcements().becomes(one.messageId(), scene.id());
            }
            return added;
        });
        if (!mine) {
            DurableFiles.remove(part);
            throw new IOException("the same scene came in through another door just now; it is looked at again");
        }
        put(part, storage.scene(scene.id()));
        taken(one, scene.id());
        return same.isPresent() ? Optional.empty() : Optional.of(scene);
    }

    private void put(Path part, Path place) throws IOException {
        ledger.guard(() -> Files.move(part, place, StandardCopyOption.ATOMIC_MOVE));
        DurableFiles.sync(place.getParent());
    }

    private void taken(Announcement one, String id) {
        ledger.change(session -> session.announcements().taken(one.messageId(), id));
    }

    /** Each turn has a folder of its own: another Swath that was paused may still hold on to its. */
    private Path part(Announcement one, String turn) {
        return aside().resolve(prefix(one) + turn + ".part");
    }

    /** A folder that holds nothing else: it is looked through for each announcement. */
    private Path aside() {
        return storage.scene(".announced");
    }

    private static String prefix(Announcement one) {
        return Texts.digest(one.messageId()).substring(0, KEY_DIGITS) + "-";
    }

    private Optional<Path> staged(Announcement one) throws IOException {
        if (Files.notExists(aside()) && Files.isDirectory(aside().getParent())) {
            return Optional.empty();
        }
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(aside(), prefix(one) + "*.part")) {
            for (Path part : parts) {
                return Optional.of(part);
            }
        }
        return Optional.empty();
    }
}
