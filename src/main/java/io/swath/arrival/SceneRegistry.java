package io.swath.arrival;

import io.swath.ledger.Ledger;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import java.time.Clock;
import java.util.Optional;

/** Knows which scenes there are, and gives new ones ids of their own, whichever door they came through. Thread-safe. */
public final class SceneRegistry {
    private final Ledger ledger;
    private final Clock clock;

    public SceneRegistry(Ledger ledger, Clock clock) {
        this.ledger = ledger;
        this.clock = clock;
    }

    /** The scene that the same content made for the recipe, unless it was rejected or cancelled. */
    public Optional<Scene> same(Recipe recipe, String key) {
        return ledger.read(session -> session.scenes().find(recipe.name(), key));
    }

    /** A scene that can be written down as accepted: its id is free now. */
    public Scene fresh(String name, Recipe recipe, String key, Priority priority, Origin origin) {
        String plain = SceneName.id(name, key);
        String id = plain;
        // The id of one that was rejected or cancelled stays its own.
        for (int number = 2; exists(id); number++) {
            id = plain + "-" + number;
        }
        Scene.Arrival arrival = new Scene.Arrival(name, key, origin, priority, clock.instant());
        return Scene.arrived(id, recipe.name(), recipe.hash(), arrival, SceneState.ACCEPTED, "");
    }

    private boolean exists(String id) {
        return ledger.read(session -> session.scenes().find(id)).isPresent();
    }

    /** Writes one down as accepted; or finds the one that is the same. */
    public Scene accept(String name, Recipe recipe, String key, Priority priority, Origin origin) {
        while (true) {
            Optional<Scene> same = same(recipe, key);
            if (same.isPresent()) {
                return same.get();
            }
            Scene scene = fresh(name, recipe, key, priority, origin);
            if (ledger.write(session -> session.scenes().add(scene))) {
                return scene;
            }
        }
    }

    /** What is turned away is a scene too, for the ledger: one that ended at once. The same twice is one. */
    public void reject(String name, String recipe, String key, String reason) {
        Scene.Arrival arrival = new Scene.Arrival(name, key, Origin.FOLDER, Priority.NORMAL, clock.instant());
        Scene scene = Scene.arrived(SceneName.id(name, key), recipe, "", arrival, SceneState.REJECTED, reason);
        ledger.write(session -> session.scenes().add(scene));
    }
}
