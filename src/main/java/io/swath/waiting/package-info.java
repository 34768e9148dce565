/**
 * Which scenes wait for what, since when, and who can end the wait. A wait that has used up its patience is an incident.
 * Route: {@code routes/waiting.camel.yaml}.
 *
 * <p>Used by: {@code app}, {@code console} and {@code cli}.
 *
 * <p>Must not know: the stages, and the kind of cluster.
 */
package io.swath.waiting;
