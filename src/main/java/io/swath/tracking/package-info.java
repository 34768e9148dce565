/**
 * The stage that finds out how each run ended, and decides what its tile does next. Route:
 * {@code routes/tracking.camel.yaml}.
 *
 * <p>Used by: {@code app}.
 *
 * <p>Must not know: the other stages, and the kind of cluster.
 */
package io.swath.tracking;
