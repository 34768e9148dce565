/**
 * The adapter that runs the jobs on this machine, with the states, limits and dependencies of Slurm.
 *
 * <p>Used by: {@code app}, which creates it; all other packages use the port.
 *
 * <p>Must not know: anything about scenes.
 */
package io.swath.cluster.local;
