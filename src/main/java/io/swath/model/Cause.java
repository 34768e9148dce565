package io.swath.model;

/** Why a run failed. Trouble with the plumbing (SSH, Slurm's daemons, disk, broker, database) is never one. */
public enum Cause {
    EXIT,
    OUT_OF_MEMORY,
    GPU_OUT_OF_MEMORY,
    TIMEOUT,
    NODE,
    PREEMPTED,
    CANCELLED,
    BAD_OUTPUT,
    LOST
}
