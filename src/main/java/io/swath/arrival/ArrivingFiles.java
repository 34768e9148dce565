package io.swath.arrival;

import io.swath.model.Origin;
import io.swath.model.RecipeNames;
import io.swath.model.Scene;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the files of a scene are that was accepted and has no folder yet. Thread-safe. */
public final class ArrivingFiles {
    private static final Logger log = LoggerFactory.getLogger(ArrivingFiles.class);
    private static final int MOST_STAGED = 1000;

    private final Storage storage;

    public ArrivingFiles(Storage storage) {
        this.storage = storage;
    }

    /** Whether they are on their way to the scene's folder. */
    public boolean are(Scene scene) {
        return areInInbox(scene) || areBeingStaged(scene);
    }

    /** After a restart, or while it cannot be accepted, the entry is still there; then it has an incident of its own. */
    private boolean areInInbox(Scene scene) {
        if (scene.arrival().origin() != Origin.FOLDER) {
            return false;
        }
        try (DirectoryStream<Path> inboxes = Files.newDirectoryStream(
                storage.inbox(),
                inbox -> RecipeNames.ofInbox(inbox.getFileName().toString()).contains(scene.recipe()))) {
            for (Path inbox : inboxes) {
                if (Files.exists(inbox.resolve(scene.name()), LinkOption.NOFOLLOW_LINKS)) {
                    return true;
                }
            }
            return false;
        } catch (IOException | DirectoryIteratorException gone) {
            log.debug("the inboxes cannot be listed now", gone);
            return true; // the stage that reads them reports it
        }
    }

    /** Copying a large scene takes longer than a minute. The copy lies in {@code scenes/.taken} meanwhile. */
    private boolean areBeingStaged(Scene scene) {
        Path staging = storage.scene(".taken");
        String prefix = Storage.stagingPrefix(scene.id());
        try {
            return RegularFiles.names(storage.root(), staging, MOST_STAGED).stream()
                    .anyMatch(name -> name.startsWith(prefix) && name.endsWith(".part"));
        } catch (IOException none) {
            log.debug("no scene is put together now", none);
            return false;
        }
    }
}
