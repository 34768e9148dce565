package io.swath.model;

/** Why a run failed. Trouble with the plumbing (SSH, Slurm's daemons, disk, broker, database) is never one. */
public enum Cause {
    EXIT,
    /** The scene's own pixels cannot be read, by the script or by anything else. */
    BAD_INPUT,
    OUT_OF_MEMORY,
    GPU_OUT_OF_MEMORY,
    TIMEOUT,
    NODE,
    PREEMPTED,
    CANCELLED,
    BAD_OUTPUT,
    LOST
}
