package io.swath.model;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One submission with sbatch: a job array over tiles of one scene, with one step and one request. A task of the array makes one
 * tile, or several tiles one after the other; each of them has a run of its own. Immutable.
 *
 * @param token the job name in Slurm, by which the job array is looked up: letters, digits and dashes
 * @param number counts a scene's batches from 1
 * @param stepIndex index of the recipe's step, from 0; {@link #ASSEMBLY} for the assembly, {@link #PREPARATION} for the
 *     preparation
 * @param size number of runs, with indices from 0
 * @param perTask how many runs one array task makes, one after the other; at least 1. The last task may have fewer
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
        int perTask,
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
        if (perTask < 1) {
            throw new IllegalArgumentException("a task makes at least 1 tile, not " + perTask);
        }
    }

    /** Whether a task makes several tiles. */
    public boolean packed() {
        return perTask > 1;
    }

    /** The number of array tasks. */
    public int tasks() {
        return (size + perTask - 1) / perTask;
    }

    /** The array index of the task that makes a run. */
    public int taskOf(int index) {
        return index / perTask;
    }

    /** The indices of the runs that a task makes, in their order; empty if the array has no such task. */
    public List<Integer> runsOf(int task) {
        return IntStream.range(Math.max(0, task * perTask), Math.min(size, (task + 1) * perTask))
                .boxed()
                .toList();
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
                perTask,
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
