/**
 * Health and metrics over HTTP.
 *
 * <p>Used by: {@code app}.
 *
 * <p>Must not know: the stages and the cluster. It reads the ledger, the storage and the open incidents.
 */
package io.swath.console;
