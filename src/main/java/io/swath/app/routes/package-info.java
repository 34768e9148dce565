/**
 * All that touches Camel besides the wiring: the JMS receivers, the SSH runner, and what watches the routes.
 *
 * <p>Used by: {@code app}.
 *
 * <p>Must not know: the wiring, and decisions of the stages.
 */
package io.swath.app.routes;
