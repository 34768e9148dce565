package io.swath.broker;

import io.swath.app.settings.Settings;
import io.swath.model.SettingsException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where the embedded broker listens, and for whom.
 *
 * @param uri {@code ssl://host:port}, or {@code tcp://} on loopback
 * @param keyStore PKCS#12, with the broker's key and certificate; empty without TLS
 */
public record BrokerListener(URI uri, String user, String password, Optional<Path> keyStore, String keyStorePassword) {
    public static final Pattern LOOPBACK = Pattern.compile("localhost|\\[::1]|127(\\.\\d{1,3}){3}");

    /** As the settings say; empty: nobody outside can connect. */
    public static Optional<BrokerListener> of(Settings settings) {
        String text = settings.text("broker.listen");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (!settings.text("broker.url").isEmpty()) {
            throw new SettingsException("broker.listen is " + text + " and broker.url is " + settings.text("broker.url")
                    + ": with a broker of your own there is none here that could listen; leave one of them empty");
        }
        URI uri = uri(text);
        boolean loopback = LOOPBACK.matcher(uri.getHost()).matches();
        if (uri.getScheme().equals("tcp") && !loopback) {
            throw new SettingsException("broker.listen is " + text + ", which others can reach without TLS: use ssl://"
                    + " with broker.listen.key-store, or bind it to 127.0.0.1");
        }
        String user = settings.text("broker.listen.user");
        String password = settings.secret("broker.listen.password");
        if (user.isEmpty() || password.isEmpty()) {
            throw new SettingsException("broker.listen is " + text + ", so give broker.listen.user and"
                    + " broker.listen.password (or broker.listen.password-file), with which stations are to connect");
        }
        if (user.equals(EmbeddedBroker.OWN_USER)) {
            throw new SettingsException(
                    "broker.listen.user is '" + user + "', which is Swath's own name there: give the stations another");
        }
        return Optional.of(new BrokerListener(
                uri, user, password, keyStore(settings, uri), settings.secret("broker.listen.key-store-password")));
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
                + "': give ssl://host:port, such as ssl://0.0.0.0:61617," + " or tcp://127.0.0.1:port");
    }

    private static Optional<Path> keyStore(Settings settings, URI uri) {
        if (!uri.getScheme().equals("ssl")) {
            return Optional.empty();
        }
        if (settings.text("broker.listen.key-store").isEmpty()) {
            throw new SettingsException("broker.listen is " + uri
                    + ", so give broker.listen.key-store: a PKCS#12 file with" + " the broker's key and certificate");
        }
        Path file = settings.path("broker.listen.key-store");
        if (!Files.isReadable(file)) {
            throw new SettingsException(
                    "broker.listen.key-store " + file + " cannot be read: give a PKCS#12 file that is"
                            + " there, and readable for the user that runs Swath");
        }
        return Optional.of(file);
    }

    /** Where a client on this machine finds it. */
    String localUrl() {
        String host = Set.of("0.0.0.0", "[::]").contains(uri.getHost()) ? "localhost" : uri.getHost();
        return uri.getScheme() + "://" + host + ":" + uri.getPort();
    }
}
