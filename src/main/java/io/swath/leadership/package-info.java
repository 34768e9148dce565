/**
 * Decides which of several Swaths with one ledger works, by a lock, a heartbeat and a fencing token.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: the cluster and the stages.
 */
package io.swath.leadership;
