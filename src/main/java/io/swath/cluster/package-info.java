/**
 * The port to the system that runs the jobs, with two adapters: {@code slurm} and {@code local}.
 *
 * <p>Used by: {@code submission}, {@code tracking}, {@code control}, {@code app} and {@code cli}; only {@code app} uses
 * the adapters.
 *
 * <p>Must not know: scenes, recipes and the ledger.
 */
package io.swath.cluster;
