package io.swath.model;

import java.time.Instant;

/**
 * A scene and one recipe to be applied to it, as the ledger knows it.
 *
 * @param id {@code [A-Za-z0-9._-]{1,128}}
 * @param name the name under which it arrived
 * @param contentKey the same scene with the same recipe and content has the same one
 * @param reason why it is in its state, empty where there is nothing to say
 * @param width pixels, 0 before it was first planned
 * @param height pixels, 0 before it was first planned
 * @param tileCount tiles that are queued, 0 before it was first planned
 * @param plan what planning found, as JSON; empty before
 * @param version of its product: 1, and one more each time it is done again
 * @param night its place in the order of the night's work; 0 when it is not by the night that it is worked on
 */
public record Scene(
        String id,
        String name,
        String recipe,
        String recipeHash,
        String contentKey,
        Door door,
        Priority priority,
        SceneState state,
        String reason,
        boolean held,
        boolean suspended,
        int width,
        int height,
        int tileCount,
        String plan,
        Instant acceptedAt,
        Instant changedAt,
        int version,
        long night) {
    /** One that has just come, by day; nothing is planned of it yet. */
    public static Scene arrived(
            String id,
            String name,
            String recipe,
            String recipeHash,
            String contentKey,
            Door door,
            Priority priority,
            SceneState state,
            String reason,
            Instant at) {
        return new Scene(
                id,
                name,
                recipe,
                recipeHash,
                contentKey,
                door,
                priority,
                state,
                reason,
                false,
                false,
                0,
                0,
                0,
                "",
                at,
                at,
                1,
                0);
    }

    /** Whether it is the night's work: it is submitted only while the night lasts. */
    public boolean nightly() {
        return night > 0;
    }
}
