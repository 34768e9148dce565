/**
 * Carries out what people ask for: cancel, hold, release, suspend, resume, retry. Route: {@code
 * routes/control.camel.yaml}.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: the other stages and JMS; which cluster it is.
 */
package io.swath.control;
