/**
 * The ActiveMQ broker inside this program, its rights and its TLS; and the client for an external broker.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: what the messages contain.
 */
package io.swath.broker;
