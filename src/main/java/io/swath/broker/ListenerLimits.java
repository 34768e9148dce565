package io.swath.broker;

import java.time.Duration;

/**
 * What the listener of the embedded broker allows at most.
 *
 * @param messagesPerSecond of one user; the broker slows down a user who sends faster
 * @param connectionsPerUser of one user who has given the password
 * @param connectionsPerAddress of one address, with the password
 * @param loginTime how long a connection may take until it has given the password
 */
public record ListenerLimits(
        int messagesPerSecond, int connectionsPerUser, int connectionsPerAddress, Duration loginTime) {
    /** The defaults of the settings. */
    public static final ListenerLimits DEFAULTS = new ListenerLimits(50, 150, 100, Duration.ofSeconds(10));
}
