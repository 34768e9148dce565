/**
 * The contract with a node: what Swath writes for a task (script, tiles, settings of the assembly) and what the task
 * writes back (evidence, exit code, product facts).
 *
 * <p>Used by: {@code submission}, which writes for the tasks; {@code tracking} and {@code delivery}, which read; and
 * {@code app} and {@code cli}.
 *
 * <p>Must not know: the ledger, the cluster and the stages.
 */
package io.swath.job;
