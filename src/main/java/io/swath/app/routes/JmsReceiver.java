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
import org.apache.camel.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What comes from outside by JMS: text is handed to whom it is meant for, who writes it down, or why it cannot be used.
 * Of what is no text nothing is opened. Whatever the message had in its headers ends here. Thread-safe.
 */
public final class JmsReceiver {
    private static final Logger log = LoggerFactory.getLogger(JmsReceiver.class);

    private static final String INCIDENT = "station door";
    private static final int LONGEST_ID = 200;
    private static final Rejection NO_TEXT = new Rejection(
            "message-is-text",
            "",
            "it is neither a text message nor a bytes message with UTF-8 in it, and was not opened",
            "Send one JSON object, as docs/messages describes it, in a text message.");

    private final AnnouncementReceiver reception;
    private final ControlMessages controlMessages;
    private final Incidents incidents;

    public JmsReceiver(AnnouncementReceiver reception, ControlMessages controlMessages, Incidents incidents) {
        this.reception = reception;
        this.controlMessages = controlMessages;
        this.incidents = incidents;
    }

    /** For {@code swath.scenes}. Trouble with the ledger is thrown: the message is to be delivered again. */
    public void scene(Exchange exchange) {
        pass(
                exchange,
                (id, correlation, text) -> text.ifPresentOrElse(
                        body -> reception.receive(id, correlation, body),
                        () -> reception.reject(id, correlation, NO_TEXT)));
    }

    /** For {@code swath.control}, likewise. */
    public void control(Exchange exchange) {
        pass(
                exchange,
                (id, correlation, text) -> text.ifPresentOrElse(
                        body -> controlMessages.receive(id, correlation, body),
                        () -> controlMessages.reject(id, correlation, "", NO_TEXT)));
    }

    private interface Receiver {
        void receive(String id, String correlation, Optional<String> text);
    }

    private void pass(Exchange exchange, Receiver receiver) {
        Message message = exchange.getMessage();
        jakarta.jms.Message letter = message.getBody(jakarta.jms.Message.class);
        try {
            receiver.receive(
                    id(Objects.toString(letter.getJMSMessageID(), "")),
                    Objects.toString(letter.getJMSCorrelationID(), ""),
                    text(body(letter)));
            incidents.resolve(INCIDENT);
        } catch (JMSException e) {
            throw new IllegalStateException("a message that is here cannot be read", e);
        } catch (LeadershipLostException another) {
            throw another; // it is told where it is noticed
        } catch (RuntimeException e) { // of whatever kind the database's failures are
            incidents.report(
                    INCIDENT, "what stations send cannot be written down, and waits in the broker: " + e.getMessage());
            throw e;
        }
        message.removeHeaders("*");
        message.setBody(null);
    }

    /** A text or bytes; of everything else nothing is looked at. What cannot be decoded now never can: it is nothing. */
    private static Object body(jakarta.jms.Message letter) {
        try {
            if (letter instanceof TextMessage text) {
                return Objects.toString(text.getText(), "");
            }
            if (letter instanceof BytesMessage bytes) {
                byte[] content = new byte[Math.toIntExact(bytes.getBodyLength())];
                bytes.readBytes(content);
                return content;
            }
        } catch (JMSException | ArithmeticException e) {
            log.debug("the body of a message cannot be decoded", e);
        }
        return new byte[0];
    }

    /** As the ledger keeps it: a sender's client makes ids up, so they may hold anything. */
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
