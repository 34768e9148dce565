package io.swath.app.routes;

import io.swath.arrival.station.AnnouncementReceiver;
import io.swath.control.ControlMessages;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.LeadershipLostException;
import io.swath.model.Rejection;
import io.swath.untrusted.Texts;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.apache.camel.support.DefaultMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives the JMS messages of other programs. The text of a message goes to its receiver, which records it, or records
 * why it is rejected. The content of a message that is not text is not opened. The headers of a message are dropped.
 * Thread-safe.
 */
public final class JmsReceiver {
    private static final Logger log = LoggerFactory.getLogger(JmsReceiver.class);

    private static final String INCIDENT = "incoming messages";
    /** How often a message may fail while the ledger works. The broker makes pauses in between, of 8 s in all. */
    private static final int TRIES = 5;

    private static final Rejection NOT_TEXT = new Rejection(
            "message-is-text",
            "",
            "the message is neither a text message nor a bytes message with UTF-8 text, and was not opened",
            "Send one JSON object, as docs/messages describes it, in a text message.");

    private final AnnouncementReceiver announcements;
    private final ControlMessages controlMessages;
    private final Ledger ledger;
    private final Incidents incidents;
    /** How often each message has failed. It holds only the messages that fail now: the broker delivers those first. */
    private final Map<String, Integer> failures = new ConcurrentHashMap<>();

    public JmsReceiver(
            AnnouncementReceiver announcements, ControlMessages controlMessages, Ledger ledger, Incidents incidents) {
        this.announcements = announcements;
        this.controlMessages = controlMessages;
        this.ledger = ledger;
        this.incidents = incidents;
    }

    /** For {@code swath.scenes}. A failure of the ledger is thrown, so that the broker delivers the message again. */
    public void scene(Exchange exchange) {
        pass(exchange, announcements::receive, announcements::reject);
    }

    /** For {@code swath.control}. A failure of the ledger is thrown, as for {@link #scene}. */
    public void control(Exchange exchange) {
        pass(exchange, controlMessages::receive, controlMessages::reject);
    }

    @FunctionalInterface
    private interface Receiver {
        Optional<Rejection> receive(String id, String correlation, String body);
    }

    @FunctionalInterface
    private interface Rejecter {
        void reject(String id, String correlation, String body, Rejection why);
    }

    private void pass(Exchange exchange, Receiver receiver, Rejecter rejecter) {
        ReceivedMessage received = ReceivedMessage.of(exchange.getMessage().getBody(jakarta.jms.Message.class));
        try {
            if (received.body().isPresent()) {
                receiver.receive(
                        received.id(), received.correlation(), received.body().get());
            } else {
                rejecter.reject(received.id(), received.correlation(), "", NOT_TEXT);
            }
        } catch (LeadershipLostException e) {
            throw e; // the heartbeat reports it
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError failure) {
            if (!setAside(received, rejecter, failure)) {
                throw failure; // the broker delivers the message again
            }
        }
        failures.remove(received.id());
        incidents.resolve(INCIDENT);
        // A new message: to touch the properties of the received one decodes them, which fails for a damaged message.
        exchange.setMessage(new DefaultMessage(exchange.getContext()));
    }

    /**
     * Makes a dead letter of a message that failed several times while the ledger worked.
     *
     * @return false when the message has to be tried again
     */
    private boolean setAside(ReceivedMessage received, Rejecter rejecter, Throwable failure) {
        Optional<Exception> outage = ledger.outage(failure);
        if (outage.isPresent()) {
            incidents.report(
                    INCIDENT,
                    "messages cannot be recorded in the ledger, and wait in the broker: "
                            + outage.get().getMessage());
            return false;
        }
        int failed = failures.merge(received.id(), 1, Integer::sum);
        if (failed < TRIES) {
            log.debug("a message cannot be handled messageId={}", received.id(), failure);
            incidents.report(INCIDENT, "a message cannot be handled (" + failure + "), and is tried again");
            return false;
        }
        Rejection why = new Rejection(
                "message-can-be-handled",
                "",
                "Swath tried " + TRIES + " times to handle the message and failed: "
                        + Texts.storable(failure.toString()),
                "Compare the message with docs/messages. If it is correct, report this to Swath's developers.");
        try {
            rejecter.reject(
                    received.id(), received.correlation(), received.body().orElse(""), why);
        } catch (LeadershipLostException e) {
            throw e; // the heartbeat reports it
        } catch (RuntimeException e) { // a part of the message itself cannot be recorded
            log.debug("the message is rejected without its content messageId={}", received.id(), e);
            controlMessages.reject("digest:" + Texts.digest(received.id()), "", "", why);
        }
        log.error(
                "A message cannot be handled and goes to swath.dead: {}. messageId={}",
                why.what(),
                received.id(),
                failure);
        return true;
    }
}
