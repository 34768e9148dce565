package io.swath.cli;

import io.swath.app.settings.Settings;
import io.swath.broker.BrokerClient;
import io.swath.broker.BrokerListener;
import io.swath.broker.Tls;
import io.swath.model.SettingsException;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import java.util.Optional;

/** Checks that Swath can use its broker, and that stations can. */
record BrokerCheck(Findings findings) {
    void check(Settings settings) {
        try {
            Optional<BrokerListener> listener = BrokerListener.of(settings.listener(), settings.broker());
            if (settings.broker().embedded()) {
                listener.ifPresent(BrokerCheck::readKeyStore);
                findings.good(
                        "broker",
                        "embedded in Swath; "
                                + listener.map(open -> "stations connect to " + open.uri() + " as user " + open.user())
                                        .orElse("other programs cannot connect to it, because broker.listen is empty"));
                return;
            }
            BrokerClient client = BrokerClient.external(settings.broker());
            try (Connection connection = client.withFewAttempts().connections().createConnection()) {
                connection.start();
                findings.good("broker", client.url() + (client.user().isEmpty() ? "" : ", as user " + client.user()));
            }
        } catch (SettingsException e) {
            findings.bad("broker", e.getMessage());
        } catch (JMSException e) {
            findings.bad(
                    "broker",
                    settings.broker().url() + " cannot be used: " + e.getMessage()
                            + "; check that it runs, and check broker.user, broker.password and broker.ca");
        }
    }

    private static void readKeyStore(BrokerListener listener) {
        listener.keyStore().ifPresent(file -> Tls.keys(file, listener.keyStorePassword()));
    }
}
