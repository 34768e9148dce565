package io.swath.submission.sizing;

/** What is learned and asked for. Every amount of a quantity is in its one unit. */
public enum Quantity {
    /** Memory of the node for one task, in MiB. */
    MEMORY,
    /** How long one task runs, in seconds; asked for in whole minutes, which is what Slurm counts (sbatch, --time). */
    TIME,
    /** Memory of one GPU for one task, in MiB. */
    GPU_MEMORY;
}
