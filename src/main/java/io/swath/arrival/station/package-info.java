/**
 * The second way in which scenes arrive: ground stations announce them on {@code swath.scenes}.
 *
 * <p>Route: {@code routes/arrival-station.camel.yaml}.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: the other ways of arrival, the other stages, the cluster and JMS.
 */
package io.swath.arrival.station;
