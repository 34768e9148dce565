/**
 * The stage that puts products in their place and sends events and accounting records. Route: {@code
 * routes/delivery.camel.yaml}.
 *
 * <p>Used by: {@code app}.
 *
 * <p>Must not know: the other stages, the cluster and JMS.
 */
package io.swath.delivery;
