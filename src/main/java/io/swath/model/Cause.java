package io.swath.model;

/**
 * Why a run failed. An incident of the infrastructure (SSH, Slurm's daemons, disk, broker, database) never makes a run
 * fail.
 */
public enum Cause {
    /** The recipe's script ended with an exit code other than 0. */
    EXIT,
    /** The scene's own pixels cannot be read. */
    BAD_INPUT,
    /** A file of the scene is not the one that was accepted any more. */
    INPUT_CHANGED,
    OUT_OF_MEMORY,
    GPU_OUT_OF_MEMORY,
    TIMEOUT,
    /** The compute node failed, or could not do its part, such as to write the output. */
    NODE,
    PREEMPTED,
    CANCELLED,
    /** The script ended well, but its output is missing or is not what the recipe declares. */
    BAD_OUTPUT,
    /** The run is missing from accounting, or another job has the tile's lease. */
    LOST
}
