/**
 * The incidents that are open now: what does not work, since when, and what Swath waits for.
 *
 * <p>Used by: the stages, {@code job}, {@code broker}, {@code leadership}, {@code console}, {@code app} and
 * {@code cli}.
 *
 * <p>Must not know: the parts that report incidents.
 */
package io.swath.health;
