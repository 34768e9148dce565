package io.swath.broker;

import io.swath.model.Loopback;
import io.swath.model.Secret;
import io.swath.model.SettingsException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Where the embedded broker listens, and who may connect.
 *
 * @param uri {@code ssl://host:port}, or {@code tcp://} on loopback
 * @param keyStore a PKCS#12 file with the broker's key and certificate; empty without TLS
 * @param limits what stations may do at most
 */
public record BrokerListener(
        URI uri,
        String user,
        String password,
        Optional<Path> keyStore,
        String keyStorePassword,
        ListenerLimits limits) {
    /** The user name of this program at a broker that listens. */
    public static final String SWATH_USER = "swath-itself";

    /** With the default limits. */
    public BrokerListener(URI uri, String user, String password, Optional<Path> keyStore, String keyStorePassword) {
        this(uri, user, password, keyStore, keyStorePassword, ListenerLimits.DEFAULTS);
    }

    /**
     * Checks the settings together.
     *
     * @return empty when no other program may connect
     * @throws SettingsException when they contradict each other, or would let others connect without protection
     */
    public static Optional<BrokerListener> of(ListenerSettings settings, BrokerSettings broker) {
        String text = settings.address();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (!broker.embedded()) {
            throw new SettingsException("broker.listen is " + text + " and broker.url is " + Secret.hide(broker.url())
                    + ": Swath listens only with the broker inside it, which broker.url replaces; leave one of the two"
                    + " empty");
        }
        URI uri = uri(text);
        if (uri.getScheme().equals("tcp") && !Loopback.matches(uri.getHost())) {
            throw new SettingsException("broker.listen is " + text + ", which other machines can reach without TLS: use"
                    + " ssl:// with broker.listen.key-store, or bind it to 127.0.0.1");
        }
        if (settings.user().isEmpty() || settings.password().isEmpty()) {
            throw new SettingsException("broker.listen is " + text + ", so give broker.listen.user and"
                    + " broker.listen.password (or broker.listen.password-file), with which stations connect");
        }
        if (settings.user().equals(SWATH_USER)) {
            throw new SettingsException("broker.listen.user is '" + settings.user()
                    + "', which is Swath's own name at this broker: give the stations another name");
        }
        return Optional.of(new BrokerListener(
                uri,
                settings.user(),
                settings.password().value(),
                keyStore(settings, uri),
                settings.keyStorePassword().value(),
                settings.limits()));
    }

    private static URI uri(String text) {
        URI uri;
        try {
            uri = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw noAddress(text);
        }
        boolean plain = uri.getPath() != null
                && uri.getPath().isEmpty()
                && uri.getQuery() == null
                && uri.getFragment() == null
                && uri.getUserInfo() == null;
        if (!plain
                || uri.getHost() == null
                || uri.getPort() < 0
                || !Set.of("ssl", "tcp").contains(uri.getScheme())) {
            throw noAddress(text);
        }
        return uri;
    }

    private static SettingsException noAddress(String text) {
        return new SettingsException("broker.listen is '" + text
                + "': give ssl://host:port, such as ssl://0.0.0.0:61617, or tcp://127.0.0.1:port");
    }

    private static Optional<Path> keyStore(ListenerSettings settings, URI uri) {
        if (!uri.getScheme().equals("ssl")) {
            return Optional.empty();
        }
        Path file = settings.keyStore()
                .orElseThrow(() -> new SettingsException("broker.listen is " + uri
                        + ", so give broker.listen.key-store: a PKCS#12 file with the broker's key and certificate"));
        if (!Files.isReadable(file)) {
            throw new SettingsException("broker.listen.key-store " + file + " cannot be read: give a PKCS#12 file that"
                    + " exists and that the user who runs Swath can read");
        }
        return Optional.of(file);
    }

    /** The URL for a client on this machine. */
    String localUrl() {
        String host = Set.of("0.0.0.0", "[::]").contains(uri.getHost()) ? "localhost" : uri.getHost();
        return uri.getScheme() + "://" + host + ":" + uri.getPort();
    }

    /** Without the passwords. */
    @Override
    public String toString() {
        return uri + " for " + user;
    }
}
