/**
 * Health and metrics over HTTP.
 *
 * <p>Used by: {@code app}.
 *
 * <p>Must not know: the stages and the cluster: it is handed what it shows.
 */
package io.swath.console;
