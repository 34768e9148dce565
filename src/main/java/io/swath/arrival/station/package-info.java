/**
 * The second way in: scenes that ground stations announce on {@code swath.scenes}. Route: {@code routes/arrival-
 * station.camel.yaml}.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: the other ways in, the other stages, the cluster and JMS.
 */
package io.swath.arrival.station;
