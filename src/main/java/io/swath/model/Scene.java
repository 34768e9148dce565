package io.swath.model;

import java.time.Instant;

/**
 * A scene and the recipe with which it is processed, as the ledger keeps it. Immutable.
 *
 * @param id {@code [A-Za-z0-9._-]{1,128}}
 * @param recipe the recipe's name
 * @param recipeHash the recipe's hash when the scene was accepted or last planned
 * @param version the version of its product: 1, and one more for each time that the scene is reprocessed
 * @param night the scene's place in the order of the nightly reprocessing, from 1; 0 if it is not part of it
 */
public record Scene(
        String id,
        String recipe,
        String recipeHash,
        Arrival arrival,
        Status status,
        Plan plan,
        int version,
        long night) {
    /**
     * How the scene arrived.
     *
     * @param name the name under which the scene arrived
     * @param contentKey identifies the content: it is equal for two scenes with the same content
     */
    public record Arrival(String name, String contentKey, Origin origin, Priority priority, Instant acceptedAt) {}

    /**
     * The scene's state and its flags.
     *
     * @param reason why the scene is in its state; empty if there is nothing to say
     * @param held whether the scene is held: no further task of it is started
     * @param suspended whether its running tasks are suspended
     * @param changedAt when the state last changed
     */
    public record Status(SceneState state, String reason, boolean held, boolean suspended, Instant changedAt) {}

    /**
     * The result of planning. All numbers are 0 before the scene is first planned.
     *
     * @param width pixels
     * @param height pixels
     * @param tileCount tiles of the scene that are processed
     * @param pixelBytes bytes of one pixel, of all bands that the recipe reads; 0: not known
     * @param json the whole plan; empty before the scene is first planned
     * @param prepared the SHA-256 of the file that the preparation made, in 64 lower-case hex digits; empty before that
     */
    public record Plan(int width, int height, int tileCount, int pixelBytes, String json, String prepared) {
        /** The scene was not planned yet. */
        public static final Plan NONE = new Plan(0, 0, 0, 0, "", "");

        /** A plan without a prepared file. */
        public Plan(int width, int height, int tileCount, int pixelBytes, String json) {
            this(width, height, tileCount, pixelBytes, json, "");
        }

        /** The megabytes of a window's pixels, of all bands that the recipe reads. */
        public double megabytes(Window window) {
            return 1e-6 * window.width() * window.height() * Math.max(1, pixelBytes);
        }

        /** The megabytes of the whole scene, as {@link #megabytes(Window)}. */
        public double megabytes() {
            return megabytes(new Window(0, 0, width, height));
        }
    }

    /** A new scene, which is not planned yet and not part of the nightly reprocessing. */
    public static Scene arrived(
            String id, String recipe, String recipeHash, Arrival arrival, SceneState state, String reason) {
        Status status = new Status(state, reason, false, false, arrival.acceptedAt());
        return new Scene(id, recipe, recipeHash, arrival, status, Plan.NONE, 1, 0);
    }

    /** The name under which the scene arrived. */
    public String name() {
        return arrival.name();
    }

    public Priority priority() {
        return arrival.priority();
    }

    public SceneState state() {
        return status.state();
    }

    /** Why the scene is in its state; empty if there is nothing to say. */
    public String reason() {
        return status.reason();
    }

    /** Whether the scene is part of the nightly reprocessing. Such a scene is submitted only at night. */
    public boolean nightly() {
        return night > 0;
    }
}
