/**
 * The contract with a node: what Swath writes for a task (script, tiles, settings of the assembly) and what the task
 * writes back (evidence, exit code, product facts).
 *
 * <p>Used by: {@code submission} writes it; {@code tracking} and {@code delivery} read it.
 *
 * <p>Must not know: the ledger, the cluster and the stages.
 */
package io.swath.job;
