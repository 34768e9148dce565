package io.swath.broker;

import io.swath.model.Secret;
import io.swath.model.Setting;
import java.nio.file.Path;
import java.util.Optional;

/** Which ActiveMQ broker Swath uses. */
public record BrokerSettings(
        @Setting(
                key = "broker.url",
                help =
                        "The URL of an ActiveMQ broker, such as failover:(ssl://broker:61617). Empty: Swath starts a broker"
                                + " inside its own program.")
        String url,

        @Setting(key = "broker.user", help = "The user with which Swath connects to that broker.")
        String user,

        @Setting(key = "broker.password", help = "The password of broker.user.")
        Secret password,

        @Setting(
                key = "broker.ca",
                help =
                        "A PEM file with the broker's certificate, or with the certificate of the authority that signed it,"
                                + " for ssl://. Empty: the authorities that Java trusts.")
        Optional<Path> ca) {

    /** Whether the broker runs inside this program. */
    public boolean embedded() {
        return url.isEmpty();
    }
}
