/**
 * Decides which of several Swaths on one ledger works: lock, heartbeat and fencing token.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: the cluster and the stages.
 */
package io.swath.leadership;
