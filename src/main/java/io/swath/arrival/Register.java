package io.swath.arrival;

import io.swath.ledger.Ledger;
import io.swath.model.Door;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import java.time.Clock;
import java.util.Optional;

/** Knows which scenes there are, and gives new ones ids of their own, whichever door they came through. Thread-safe. */
final class Register {
    private final Ledger ledger;
    private final Clock clock;

    Register(Ledger ledger, Clock clock) {
        this.ledger = ledger;
        this.clock = clock;
    }

    /** The scene that the same content made for the recipe, unless it was rejected or cancelled. */
    Optional<Scene> same(Recipe recipe, String key) {
        return ledger.read(session -> session.scenes().find(recipe.name(), key));
    }

    /** A scene that can be written down as accepted: its id is free now. */
    Scene fresh(String name, Recipe recipe, String key, Priority priority, Door door) {
        String plain = SceneName.id(name, key);
        String id = plain;
        // The id of one that was rejected or cancelled stays its own.
        for (int number = 2; exists(id); number++) {
            id = plain + "-" + number;
        }
        return Scene.arrived(
                id, name, recipe.name(), recipe.hash(), key, door, priority, SceneState.ACCEPTED, "", clock.instant());
    }

    private boolean exists(String id) {
        return ledger.read(session -> session.scenes().find(id)).isPresent();
    }

    /** Writes one down as accepted; or finds the one that is the same. */
    Scene accept(String name, Recipe recipe, String key, Priority priority, Door door) {
        while (true) {
            Optional<Scene> same = same(recipe, key);
            if (same.isPresent()) {
                return same.get();
            }
            Scene scene = fresh(name, recipe, key, priority, door);
            if (ledger.write(session -> session.scenes().add(scene))) {
                return scene;
            }
        }
    }

    /** What is turned away is a scene too, for the ledger: one that ended at once. The same twice is one. */
    void reject(String name, String recipe, String key, String reason) {
        Scene scene = Scene.arrived(
                SceneName.id(name, key),
                name,
                recipe,
                "",
                key,
                Door.FOLDER,
                Priority.NORMAL,
                SceneState.REJECTED,
                reason,
                clock.instant());
        ledger.write(session -> session.scenes().add(scene));
    }
}
