/**
 * The third way in which scenes arrive: delivered and failed scenes are reprocessed by a schedule. Route:
 * {@code routes/arrival-nightly.camel.yaml}.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: the other ways of arrival, the other stages and the cluster.
 */
package io.swath.arrival.night;
