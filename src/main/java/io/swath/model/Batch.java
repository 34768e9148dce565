package io.swath.model;

import java.time.Instant;

/**
 * One sbatch: a job array over tiles of one scene, step and request.
 *
 * @param token its job name, letters, digits and dashes: how it is found again in Slurm
 * @param number counts a scene's batches from 1
 * @param stepIndex from 0; the assembly's is {@link #ASSEMBLY}
 * @param size array tasks
 * @param dependsOn tokens of the batches that it is queued behind
 * @param clusterId the job id, empty until known
 * @param attempts lookups or submissions tried in its present state
 * @param version the scene's, whose work it is
 */
public record Batch(
        String token,
        String sceneId,
        int number,
        int stepIndex,
        String step,
        int size,
        Request request,
        java.util.List<String> dependsOn,
        BatchState state,
        String clusterId,
        int attempts,
        Instant createdAt,
        Instant submittedAt,
        int version) {
    /** The step index of a scene's assembly. */
    public static final int ASSEMBLY = -1;

    public Batch {
        dependsOn = java.util.List.copyOf(dependsOn);
    }

    public boolean assembly() {
        return stepIndex == ASSEMBLY;
    }
}
