package io.swath.submission;

import io.swath.model.Batch;
import io.swath.model.Priority;
import io.swath.model.Scene;

/**
 * The tasks that count against the same limits of the cluster: a partition may have its own QOS, and the night may have
 * one too.
 *
 * @param night whether the scene has the priority of the night
 */
record LimitScope(String partition, boolean night) {
    static LimitScope of(Scene scene, String partition) {
        return new LimitScope(partition, scene.priority() == Priority.NIGHT);
    }

    static LimitScope of(Scene scene, Batch batch) {
        return of(scene, batch.request().partition());
    }
}
