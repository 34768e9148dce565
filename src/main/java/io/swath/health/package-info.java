/**
 * The incidents that are open now: what does not work, since when, and what Swath waits for.
 *
 * <p>Used by: every package but {@code model}.
 *
 * <p>Must not know: what the parts do that report incidents.
 */
package io.swath.health;
