package io.swath.app.routes;

import io.swath.arrival.station.AnnouncementReceiver;
import io.swath.control.ControlMessages;
import io.swath.health.Incidents;
import io.swath.model.LeadershipLostException;
import io.swath.model.Rejection;
import io.swath.untrusted.Texts;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.TextMessage;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
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
    private static final int LONGEST_ID = 200;
    private static final Rejection NOT_TEXT = new Rejection(
            "message-is-text",
            "",
            "the message is neither a text message nor a bytes message with UTF-8 text, and was not opened",
            "Send one JSON object, as docs/messages describes it, in a text message.");

    private final AnnouncementReceiver announcements;
    private final ControlMessages controlMessages;
    private final Incidents incidents;

    public JmsReceiver(AnnouncementReceiver announcements, ControlMessages controlMessages, Incidents incidents) {
        this.announcements = announcements;
        this.controlMessages = controlMessages;
        this.incidents = incidents;
    }

    /** For {@code swath.scenes}. A failure of the ledger is thrown, so that the broker delivers the message again. */
    public void scene(Exchange exchange) {
        pass(
                exchange,
                (id, correlation, text) -> text.ifPresentOrElse(
                        body -> announcements.receive(id, correlation, body),
                        () -> announcements.reject(id, correlation, NOT_TEXT)));
    }

    /** For {@code swath.control}. A failure of the ledger is thrown, as for {@link #scene}. */
    public void control(Exchange exchange) {
        pass(
                exchange,
                (id, correlation, text) -> text.ifPresentOrElse(
                        body -> controlMessages.receive(id, correlation, body),
                        () -> controlMessages.reject(id, correlation, "", NOT_TEXT)));
    }

    private interface Receiver {
        void receive(String id, String correlation, Optional<String> text);
    }

    private void pass(Exchange exchange, Receiver receiver) {
        jakarta.jms.Message received = exchange.getMessage().getBody(jakarta.jms.Message.class);
        try {
            receiver.receive(
                    id(Objects.toString(received.getJMSMessageID(), "")),
                    Objects.toString(received.getJMSCorrelationID(), ""),
                    text(body(received)));
            incidents.resolve(INCIDENT);
        } catch (JMSException e) {
            throw new IllegalStateException("a received message cannot be read", e);
        } catch (LeadershipLostException e) {
            throw e; // the heartbeat reports it
        } catch (RuntimeException e) { // the database's failures have no common type
            incidents.report(
                    INCIDENT, "messages cannot be recorded in the ledger, and wait in the broker: " + e.getMessage());
            throw e;
        }
        // A new message: to touch the properties of the received one decodes them, which fails for a damaged message.
        exchange.setMessage(new DefaultMessage(exchange.getContext()));
    }

    /**
     * The message's text or bytes. Returns no bytes if it has neither, or if its body cannot be decoded: a body that
     * cannot be decoded now cannot be decoded at any later delivery.
     */
    private static Object body(jakarta.jms.Message message) {
        try {
            if (message instanceof TextMessage text) {
                return Objects.toString(text.getText(), "");
            }
            if (message instanceof BytesMessage bytes) {
                byte[] content = new byte[Math.toIntExact(bytes.getBodyLength())];
                bytes.readBytes(content);
                return content;
            }
        } catch (JMSException | RuntimeException e) { // a damaged body makes the client throw whatever it meets
            log.debug("the body of a message cannot be decoded", e);
        }
        return new byte[0];
    }

    /** The message id for the ledger. A sender's client creates the id, so it may hold any characters. */
    private static String id(String given) {
        return given.length() <= LONGEST_ID && !given.isEmpty() && Texts.printable(given)
                ? given
                : "digest:" + Texts.digest(given);
    }

    private static Optional<String> text(Object body) {
        if (body instanceof String text) {
            return Optional.of(text);
        }
        byte[] bytes = (byte[]) body;
        if (bytes.length == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
