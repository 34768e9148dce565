/**
 * The adapter for Slurm: one class per command, with the command's arguments and the reading of its answer.
 *
 * <p>Used by: {@code app}, which creates it; all other packages use the port.
 *
 * <p>Must not know: how a command reaches the login node (a {@code CommandRunner} does that), and anything about
 * scenes.
 */
package io.swath.cluster.slurm;
