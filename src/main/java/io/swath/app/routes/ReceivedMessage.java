package io.swath.app.routes;

import io.swath.untrusted.Texts;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.TextMessage;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Swath reads of a JMS message: its ids and its text. Any part may be damaged, and no part that is damaged now can be
 * read at a later delivery; so reading fails for no message.
 *
 * @param id the message id for the ledger
 * @param correlation the id that the sender gave; empty when there is none
 * @param body the text, or the bytes of a bytes message as UTF-8; empty when there is neither
 */
record ReceivedMessage(String id, String correlation, Optional<String> body) {
    private static final Logger log = LoggerFactory.getLogger(ReceivedMessage.class);
    private static final int LONGEST_ID = 200;

    private interface Part<T> {
        T read() throws JMSException;
    }

    static ReceivedMessage of(jakarta.jms.Message message) {
        return new ReceivedMessage(
                id(read(message::getJMSMessageID).orElse("")),
                read(message::getJMSCorrelationID).orElse(""),
                read(() -> body(message)).flatMap(ReceivedMessage::text));
    }

    private static <T> Optional<T> read(Part<T> part) {
        try {
            return Optional.ofNullable(part.read());
        } catch (JMSException
                | RuntimeException
                | OutOfMemoryError e) { // a damaged part makes the client throw anything
            log.debug("a part of a message cannot be read", e);
            return Optional.empty();
        }
    }

    /** The message's text or bytes; no bytes if it has neither. */
    private static Object body(jakarta.jms.Message message) throws JMSException {
        if (message instanceof TextMessage text) {
            return Objects.toString(text.getText(), "");
        }
        if (message instanceof BytesMessage bytes) {
            byte[] content = new byte[Math.toIntExact(bytes.getBodyLength())];
            bytes.readBytes(content);
            return content;
        }
        return new byte[0];
    }

    /**
     * A sender's client creates the id, so it may hold any characters. Some clients create none: then each delivery is a
     * message of its own.
     */
    private static String id(String given) {
        if (given.isEmpty()) {
            return "without-id:" + UUID.randomUUID();
        }
        return given.length() <= LONGEST_ID && Texts.printable(given) ? given : "digest:" + Texts.digest(given);
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
