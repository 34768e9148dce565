package io.swath.broker;

import io.swath.model.Secret;
import io.swath.model.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Where the embedded broker listens for ground stations. {@link BrokerListener#of} checks them together. */
public record ListenerSettings(
        @Setting(
                key = "broker.listen",
                help =
                        "Where the broker inside Swath listens for ground stations, such as ssl://0.0.0.0:61617. Without TLS"
                                + " only a loopback address is allowed, such as tcp://127.0.0.1:61616. Empty: no other program"
                                + " can connect.")
        String address,

        @Setting(
                key = "broker.listen.user",
                help =
                        "The user with which stations connect. This user may write to swath.scenes and swath.control, and"
                                + " read swath.events, swath.accounting and swath.dead.")
        String user,

        @Setting(key = "broker.listen.password", help = "The password of broker.listen.user.")
        Secret password,

        @Setting(
                key = "broker.listen.key-store",
                help =
                        "A PKCS#12 file with the private key and the certificate of the broker inside Swath. ssl:// needs"
                                + " it.")
        Optional<Path> keyStore,

        @Setting(key = "broker.listen.key-store-password", help = "The password of broker.listen.key-store.")
        Secret keyStorePassword,

        @Setting(
                key = "broker.listen.messages-per-second",
                byDefault = "50",
                help =
                        "How many messages one user may send in a second, after a first burst of 10 s. A message counts once"
                                + " more for each 16 KiB. The broker slows down a user who sends faster; no message is lost.")
        int messagesPerSecond,

        @Setting(
                key = "broker.listen.connections-per-user",
                byDefault = "150",
                help = "How many connections one user may have at once.")
        int connectionsPerUser,

        @Setting(
                key = "broker.listen.connections-per-address",
                byDefault = "100",
                help = "How many connections may come from one address at once.")
        int connectionsPerAddress,

        @Setting(
                key = "broker.listen.login-time",
                byDefault = "10s",
                help = "How long a connection may take to give the password. After that the broker closes it.")
        Duration loginTime) {
    ListenerLimits limits() {
        return new ListenerLimits(messagesPerSecond, connectionsPerUser, connectionsPerAddress, loginTime);
    }
}
