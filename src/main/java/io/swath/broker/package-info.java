/**
 * The ActiveMQ inside this program, its rights and its TLS; and the client for a broker outside.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: what the messages say.
 */
package io.swath.broker;
