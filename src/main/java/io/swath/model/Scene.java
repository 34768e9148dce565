package io.swath.model;

import java.time.Instant;

/**
 * A scene and one recipe to be applied to it, as the ledger knows it.
 *
 * @param id {@code [A-Za-z0-9._-]{1,128}}
 * @param name the name under which it arrived
 * @param contentKey the same scene with the same recipe and content has the same one
 * @param reason why it is in its state, empty where there is nothing to say
 * @param width pixels, 0 before planning
 * @param height pixels, 0 before planning
 * @param tileCount tiles that are queued, 0 before planning
 * @param plan what planning found, as JSON; empty before
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
        Instant changedAt) {}
