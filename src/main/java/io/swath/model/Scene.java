package io.swath.model;

import java.time.Instant;

/**
 * A scene and one recipe to be applied to it, as the ledger knows it. Immutable.
 *
 * @param id {@code [A-Za-z0-9._-]{1,128}}
 * @param recipe the recipe's name
 * @param recipeHash the recipe's hash when the scene was accepted or last planned
 * @param version of its product: 1, and one more each time the scene is reprocessed
 * @param night its place in the order of the nightly reprocessing; 0 when it is not part of that
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
     * How the scene came.
     *
     * @param name the name under which it arrived
     * @param contentKey the same scene with the same recipe and content has the same one
     */
    public record Arrival(String name, String contentKey, Origin origin, Priority priority, Instant acceptedAt) {}

    /**
     * Where the scene is on its way.
     *
     * @param reason why it is in its state, empty where there is nothing to say
     * @param held nothing more of it is started
     * @param suspended its running tasks are stopped where they are
     * @param changedAt when the state changed last
     */
    public record Status(SceneState state, String reason, boolean held, boolean suspended, Instant changedAt) {}

    /**
     * What planning found.
     *
     * @param width pixels, 0 before the scene was first planned
     * @param height pixels, 0 before the scene was first planned
     * @param tileCount tiles of the scene that are processed, 0 before the scene was first planned
     * @param json the plan in full; empty before
     */
    public record Plan(int width, int height, int tileCount, String json) {
        /** Of a scene that was not planned yet. */
        public static final Plan NONE = new Plan(0, 0, 0, "");
    }

    /** A scene that has just come, by day; nothing is planned of it yet. */
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

    /** Why the scene is in its state; empty where there is nothing to say. */
    public String reason() {
        return status.reason();
    }

    /** Whether the scene is part of the nightly reprocessing: then it is submitted only at night. */
    public boolean nightly() {
        return night > 0;
    }
}
