package io.swath.arrival.folder;

import io.swath.arrival.EntrySnapshot;
import io.swath.ledger.Ledger;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The scenes of entries that stay in their inboxes, because another recipe cannot have its files yet. Meanwhile a scene may
 * be rejected or cancelled; the entry must not make it again at each attempt. It is forgotten at a restart. Not thread-safe.
 */
final class Attempts {
    private static final Set<SceneState> ENDED = Set.of(SceneState.REJECTED, SceneState.CANCELLED);

    private final Ledger ledger;
    private final Map<Path, Attempt> byEntry = new HashMap<>();

    /** @param scenes ids by the names of recipes */
    private record Attempt(EntrySnapshot entry, Map<String, String> scenes) {}

    Attempts(Ledger ledger) {
        this.ledger = ledger;
    }

    /** The scene that the unchanged entry has made for the recipe, if that was rejected or cancelled since. */
    Optional<Scene> ended(Path entry, EntrySnapshot snapshot, Recipe recipe) {
        return Optional.ofNullable(byEntry.get(entry))
                .filter(attempt -> attempt.entry().equals(snapshot))
                .map(attempt -> attempt.scenes().get(recipe.name()))
                .flatMap(id -> ledger.read(session -> session.scenes().find(id)))
                .filter(scene -> ENDED.contains(scene.state()));
    }

    void add(Path entry, EntrySnapshot snapshot, Scene scene) {
        Attempt before = byEntry.get(entry);
        if (before == null || !before.entry().equals(snapshot)) {
            byEntry.put(entry, new Attempt(snapshot, new HashMap<>()));
        }
        byEntry.get(entry).scenes().put(scene.recipe(), scene.id());
    }

    /** Forgets entries that are gone from their inboxes. */
    void keepOnly(Collection<Arrived> entries) {
        byEntry.keySet()
                .retainAll(
                        entries.stream().map(entry -> entry.candidate().path()).collect(Collectors.toSet()));
    }
}
