package io.swath.app;

import io.swath.arrival.Reception;
import io.swath.control.Wishes;
import io.swath.health.Troubles;
import io.swath.ledger.Outbox;
import io.swath.model.Refusal;
import io.swath.model.TurnLostException;
import io.swath.wire.Texts;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.TextMessage;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/**
 * What comes from outside by JMS: text is handed to whom it is meant for, and what cannot be used leaves as a dead
 * letter, with why in its headers. Whatever else the message had in its headers ends here. Thread-safe.
 */
public final class JmsDoor {
    /** The headers of a dead letter. */
    static final String REASON = "swathReason";

    static final String FIELD = "swathField";
    static final String REMEDY = "swathRemedy";
    static final String MESSAGE_ID = "swathMessageId";

    private static final String TROUBLE = "station door";
    private static final int LONGEST_ID = 200;

    private final Reception reception;
    private final Wishes wishes;
    private final Troubles troubles;

    JmsDoor(Reception reception, Wishes wishes, Troubles troubles) {
        this.reception = reception;
        this.wishes = wishes;
        this.troubles = troubles;
    }

    /** For {@code swath.scenes}. Trouble with the ledger is thrown: the message is to be delivered again. */
    public void scene(Exchange exchange) {
        pass(
                exchange,
                (id, correlation, text) -> reception.receive(id, correlation, text),
                (id, correlation, why) -> reception.refuse(id, correlation, why));
    }

    /** For {@code swath.control}. */
    public void wish(Exchange exchange) {
        pass(exchange, (id, correlation, text) -> wishes.receive(id, text), (id, correlation, why) -> why);
    }

    private interface Receiver {
        Optional<Refusal> receive(String id, String correlation, String text);
    }

    private interface Refuser {
        Refusal refuse(String id, String correlation, Refusal refusal);
    }

    private void pass(Exchange exchange, Receiver receiver, Refuser refuser) {
        Message message = exchange.getMessage();
        jakarta.jms.Message letter = message.getBody(jakarta.jms.Message.class);
        String given;
        String correlation;
        Object body;
        try {
            given = Objects.toString(letter.getJMSMessageID(), "");
            correlation = Objects.toString(letter.getJMSCorrelationID(), "");
            body = body(letter);
        } catch (JMSException e) {
            throw new IllegalStateException("a message that is here cannot be read", e);
        }
        Optional<String> text = text(body);
        Optional<Refusal> refusal = told(() -> text.isPresent()
                ? receiver.receive(id(given), correlation, text.get())
                : Optional.of(refuser.refuse(id(given), correlation, noText())));
        message.removeHeaders("*");
        message.setBody(body);
        refusal.ifPresent(why -> message.setHeaders(headers(why, given, correlation)));
    }

    /** A text or bytes; of everything else nothing is looked at. */
    private static Object body(jakarta.jms.Message letter) throws JMSException {
        if (letter instanceof TextMessage text) {
            return Objects.toString(text.getText(), "");
        }
        if (letter instanceof BytesMessage bytes) {
            byte[] content = new byte[Math.toIntExact(bytes.getBodyLength())];
            bytes.readBytes(content);
            return content;
        }
        return new byte[0];
    }

    private static Map<String, Object> headers(Refusal refusal, String messageId, String correlation) {
        return new HashMap<>(Map.of(
                REASON,
                refusal.reason(),
                FIELD,
                refusal.field(),
                REMEDY,
                refusal.remedy(),
                MESSAGE_ID,
                messageId,
                "JMSCorrelationID",
                correlation,
                "JMSType",
                Outbox.DEAD));
    }

    private <T> T told(Supplier<T> work) {
        try {
            T result = work.get();
            troubles.end(TROUBLE);
            return result;
        } catch (TurnLostException another) {
            throw another; // it is told where it is noticed
        } catch (RuntimeException e) { // of whatever kind the database's failures are
            troubles.begin(
                    TROUBLE, "what stations send cannot be written down, and waits in the broker: " + e.getMessage());
            throw e;
        }
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

    private static Refusal noText() {
        return new Refusal(
                "message-is-text",
                "",
                "it is neither a text message nor a bytes message with UTF-8 in it, and was not opened",
                "Send one JSON object, as docs/messages describes it, in a text message.");
    }
}
