package io.swath.planning;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.ledger.Ledger;
import io.swath.model.Rejection;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.storage.DurableFiles;
import io.swath.storage.OwnCopies;
import io.swath.storage.RejectedFolder;
import io.swath.storage.Removal;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rejects an accepted scene: moves its files to {@code rejected/} and then its row to REJECTED. The reason is first
 * written to {@code rejected.json} in the scene's work folder, so that an interrupted rejection is finished with the same
 * reason.
 *
 * <p>To be called from one thread.
 */
final class SceneRejection {
    private static final Logger log = LoggerFactory.getLogger(SceneRejection.class);
    private static final String REASON_FILE = "rejected.json";

    private final Ledger ledger;
    private final Storage storage;
    private final RejectedFolder rejectedFolder;
    private final ObjectMapper json;
    private final Clock clock;

    SceneRejection(Ledger ledger, Storage storage, RejectedFolder rejectedFolder, ObjectMapper json, Clock clock) {
        this.ledger = ledger;
        this.storage = storage;
        this.rejectedFolder = rejectedFolder;
        this.json = json;
        this.clock = clock;
    }

    /** Whether a rejection of the scene was begun and is not finished. */
    boolean isBegun(Scene scene) {
        return Files.exists(reasonFile(scene));
    }

    /** @throws IOException when the rejection could not be finished now; call {@link #resume} later */
    void begin(Scene scene, Rejection rejection) throws IOException {
        storage.folder(storage.work(scene.id()));
        DurableFiles.write(reasonFile(scene), json.writeValueAsString(Reason.of(rejection)));
        finish(scene, rejection);
    }

    /** @throws IOException as {@link #begin} */
    void resume(Scene scene) throws IOException {
        finish(scene, json.readValue(reasonFile(scene).toFile(), Reason.class).rejection());
    }

    private void finish(Scene scene, Rejection rejection) throws IOException {
        moveFiles(scene, rejection);
        ledger.write(session ->
                session.scenes().move(scene.id(), Set.of(SceneState.ACCEPTED), SceneState.REJECTED, rejection.text()));
        log.warn("{} is rejected: {}. {}", scene.id(), rejection.what(), rejection.remedy());
    }

    private void moveFiles(Scene scene, Rejection rejection) throws IOException {
        Path folder = storage.scene(scene.id());
        RejectedFolder.Reason reason = new RejectedFolder.Reason(
                scene.name(), scene.recipe(), rejection.rule(), rejection.what(), rejection.remedy(), clock.instant());
        if (Files.exists(folder)) {
            OwnCopies.make(folder, step -> ledger.guard(step::run)); // another recipe's scene may share the files
        }
        if (holdsSeveralFiles(folder)) {
            rejectedFolder.take(
                    folder, reason, step -> ledger.guard(step::run)); // the files of one scene stay together
        } else if (Files.exists(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    if (file.getFileName().toString().startsWith(".")) {
                        continue; // Swath's own note
                    }
                    rejectedFolder.take(file, reason, step -> ledger.guard(step::run));
                }
            }
            Removal.remove(folder);
        }
    }

    private static boolean holdsSeveralFiles(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> !file.getFileName().toString().startsWith("."))
                            .limit(2)
                            .count()
                    > 1;
        }
    }

    private Path reasonFile(Scene scene) {
        return storage.work(scene.id(), scene.version()).resolve(REASON_FILE);
    }

    /** The content of {@code rejected.json}. */
    private record Reason(String rule, String what, String remedy) {
        static Reason of(Rejection rejection) {
            return new Reason(rejection.rule(), rejection.what(), rejection.remedy());
        }

        Rejection rejection() {
            return new Rejection(rule, "", what, remedy);
        }
    }
}
