/**
 * The adapter that runs the jobs on this machine, with the states, limits and dependencies of Slurm.
 *
 * <p>Used by: {@code app}, which makes it; everybody else uses the port.
 *
 * <p>Must not know: everything about scenes.
 */
package io.swath.cluster.local;
