/**
 * The stage that finds out what became of each run, and what its tile does next. Route: {@code
 * routes/tracking.camel.yaml}.
 *
 * <p>Used by: {@code app}.
 *
 * <p>Must not know: the other stages; which cluster it is.
 */
package io.swath.tracking;
