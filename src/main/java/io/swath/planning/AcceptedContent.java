package io.swath.planning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.ledger.Ledger;
import io.swath.model.Scene;
import io.swath.storage.FileIdentity;
import io.swath.storage.NotRegularException;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;

/**
 * Whether a scene that was planned before still has the content that was accepted. With other content, it would be another
 * scene under the same name. The files are read only when one of them is not the file that was planned last, or when jobs
 * found a changed file: reading all takes about 2 s per gigabyte. Thread-safe.
 */
final class AcceptedContent {
    private final Ledger ledger;
    private final Storage storage;
    private final ObjectMapper json;
    private final Planning.ContentCheck check;

    AcceptedContent(Ledger ledger, Storage storage, ObjectMapper json, Planning.ContentCheck check) {
        this.ledger = ledger;
        this.storage = storage;
        this.json = json;
        this.check = check;
    }

    boolean isThere(Scene scene) throws IOException {
        boolean same = !ledger.<Boolean>read(session -> session.runs().inputChanged(scene.id())) && isAsPlanned(scene);
        return same || check.matches(storage.scene(scene.id()), scene);
    }

    /** The last plan has the identity of each file. The scene's work folder, which is removed some day, is not needed. */
    private boolean isAsPlanned(Scene scene) throws IOException {
        if (scene.plan().json().isEmpty()) {
            return false;
        }
        JsonNode sources = json.readTree(scene.plan().json()).path("sources");
        for (JsonNode source : sources) {
            FileIdentity planned = source.hasNonNull("identity")
                    ? json.treeToValue(source.get("identity"), FileIdentity.class)
                    : FileIdentity.UNKNOWN;
            if (planned.equals(FileIdentity.UNKNOWN)
                    || !isStill(planned, source.path("path").asText())) {
                return false;
            }
        }
        return !sources.isEmpty();
    }

    private boolean isStill(FileIdentity planned, String path) throws IOException {
        try {
            return planned.difference(
                            RegularFiles.identity(storage.root(), storage.root().resolve(path)))
                    .isEmpty();
        } catch (NoSuchFileException | NotRegularException gone) {
            return false;
        }
    }
}
