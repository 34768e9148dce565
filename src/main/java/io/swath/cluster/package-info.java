/**
 * The port to whatever runs the jobs, with two adapters: {@code slurm} and {@code local}.
 *
 * <p>Used by: {@code submission}, {@code tracking} and {@code control}; only {@code app} knows the adapters.
 *
 * <p>Must not know: scenes, recipes and the ledger.
 */
package io.swath.cluster;
