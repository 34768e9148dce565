package io.swath.arrival;

import io.swath.ledger.Ledger;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import java.time.Clock;
import java.util.Optional;

/** Finds known scenes and gives new scenes their ids, for every way in which a scene can arrive. Thread-safe. */
public final class SceneRegistry {
    private final Ledger ledger;
    private final Clock clock;

    public SceneRegistry(Ledger ledger, Clock clock) {
        this.ledger = ledger;
        this.clock = clock;
    }

    /** The scene that the same content made for this recipe, unless that scene was rejected or cancelled. */
    public Optional<Scene> same(Recipe recipe, String key) {
        return ledger.read(session -> session.scenes().find(recipe.name(), key));
    }

    /** Makes an accepted scene with an id that is free now. It is not in the ledger yet. */
    public Scene newScene(String name, Recipe recipe, String key, Priority priority, Origin origin) {
        String plain = SceneName.id(name, key);
        String id = plain;
        // The id of a rejected or cancelled scene is not used again.
        for (int number = 2; exists(id); number++) {
            id = plain + "-" + number;
        }
        Scene.Arrival arrival = new Scene.Arrival(name, key, origin, priority, clock.instant());
        return Scene.arrived(id, recipe.name(), recipe.hash(), arrival, SceneState.ACCEPTED, "");
    }

    private boolean exists(String id) {
        return ledger.read(session -> session.scenes().find(id)).isPresent();
    }

    /** Adds an accepted scene to the ledger, or returns the scene that the same content made before. */
    public Scene accept(String name, Recipe recipe, String key, Priority priority, Origin origin) {
        while (true) {
            Optional<Scene> same = same(recipe, key);
            if (same.isPresent()) {
                return same.get();
            }
            Scene scene = newScene(name, recipe, key, priority, origin);
            if (ledger.write(session -> session.scenes().add(scene))) {
                return scene;
            }
        }
    }

    /**
     * Adds a rejected scene for an inbox entry, so that the ledger shows the rejection. A repeated call adds no second
     * scene.
     */
    public void reject(String name, String recipe, String key, String reason) {
        Scene.Arrival arrival = new Scene.Arrival(name, key, Origin.FOLDER, Priority.NORMAL, clock.instant());
        Scene scene = Scene.arrived(SceneName.id(name, key), recipe, "", arrival, SceneState.REJECTED, reason);
        ledger.write(session -> session.scenes().add(scene));
    }
}
