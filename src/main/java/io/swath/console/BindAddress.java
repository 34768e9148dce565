package io.swath.console;

import io.swath.model.Loopback;
import java.net.URI;

/** Where a server of this program listens. */
public record BindAddress(String host, int port) {
    /**
     * Reads {@code host:port}.
     *
     * @throws IllegalArgumentException that says what to write
     */
    public static BindAddress parse(String text) {
        URI uri;
        try {
            uri = URI.create("http://" + text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("give host:port", e);
        }
        if (uri.getHost() == null || uri.getPort() < 0) {
            throw new IllegalArgumentException("give host:port");
        }
        return new BindAddress(uri.getHost(), uri.getPort());
    }

    /** Whether only programs of this machine can connect. */
    public boolean isLoopback() {
        return Loopback.matches(host);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
