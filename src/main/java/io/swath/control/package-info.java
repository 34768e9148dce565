/**
 * Carries out what people ask for: cancel, hold, release, suspend, resume, retry. Route:
 * {@code routes/control.camel.yaml}.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: the other stages, JMS and the kind of cluster.
 */
package io.swath.control;
