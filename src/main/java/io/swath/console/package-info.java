/**
 * Health and metrics over HTTP.
 *
 * <p>Used by: {@code app}.
 *
 * <p>Must not know: the stages and the cluster: it gets the values that it shows.
 */
package io.swath.console;
