/**
 * Everything that uses Camel, except the wiring: the JMS receivers, the SSH runner, and the classes that watch the
 * routes.
 *
 * <p>Used by: {@code app}.
 *
 * <p>Must not know: the wiring, and what the stages decide.
 */
package io.swath.app.routes;
