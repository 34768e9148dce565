package io.swath.model;

import java.time.Instant;
import java.util.List;

/**
 * One submission with sbatch: a job array over tiles of one scene, with one step and one request. Immutable.
 *
 * @param token the job name in Slurm, by which the job array is looked up: letters, digits and dashes
 * @param number counts a scene's batches from 1
 * @param stepIndex index of the recipe's step, from 0; {@link #ASSEMBLY} for the assembly, {@link #PREPARATION} for the
 *     preparation
 * @param size number of array tasks
 * @param dependsOn tokens of the batches on which this batch depends
 * @param clusterId the job id, empty until it is known
 * @param attempts lookups or submissions that were tried in the present state
 * @param version the version of the scene's product for which this batch works
 * @param recipeHash the recipe whose step it runs
 * @param why why it asks for this memory and this time, for people; empty if nobody wrote it down
 */
public record Batch(
        String token,
        String sceneId,
        int number,
        int stepIndex,
        String step,
        int size,
        Request request,
        List<String> dependsOn,
        BatchState state,
        String clusterId,
        int attempts,
        Instant createdAt,
        Instant submittedAt,
        int version,
        String recipeHash,
        String why) {
    /** The step index of a scene's assembly. */
    public static final int ASSEMBLY = -1;

    /** The step index of a scene's preparation. */
    public static final int PREPARATION = -2;

    public Batch {
        dependsOn = List.copyOf(dependsOn);
    }

    /** The same batch with another request. */
    public Batch resized(Request other, String because) {
        return new Batch(
                token,
                sceneId,
                number,
                stepIndex,
                step,
                size,
                other,
                dependsOn,
                state,
                clusterId,
                attempts,
                createdAt,
                submittedAt,
                version,
                recipeHash,
                because);
    }

    public boolean assembly() {
        return stepIndex == ASSEMBLY;
    }

    public boolean preparation() {
        return stepIndex == PREPARATION;
    }
}
