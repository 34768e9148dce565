package io.swath.cli;

import io.swath.broker.BrokerClient;
import io.swath.broker.EmbeddedBroker;
import io.swath.ledger.Ledger;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** A downstream consumer for the demo: writes the messages that it receives to a file, one message on each line. */
final class DemoConsumer implements AutoCloseable {
    private final Writer file;
    private Connection connection;
    private int received;

    DemoConsumer(Path file) throws IOException {
        this.file = Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
    }

    /** Connects to the embedded broker. */
    void listen() throws JMSException {
        connection = new BrokerClient(EmbeddedBroker.URL, "", "").connections().createConnection();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        for (String queue : new String[] {"swath.events", "swath.accounting"}) {
            MessageConsumer consumer = session.createConsumer(session.createQueue(queue));
            consumer.setMessageListener(this::write);
        }
        connection.start();
    }

    private synchronized void write(Message message) {
        try {
            file.write(((TextMessage) message).getText() + "\n");
            file.flush();
            received++;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (JMSException e) {
            throw new IllegalStateException("a JMS message cannot be read", e);
        }
    }

    synchronized int received() {
        return received;
    }

    /** Waits until everything in the outbox has been sent and received. */
    void awaitAll(Ledger ledger, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (received() < ledger.read(session -> session.outbox().count())) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        "the broker did not deliver all messages within " + patience.toSeconds() + " s");
            }
            Thread.sleep(50);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (JMSException e) {
            throw new IOException("the connection to the broker could not be closed", e);
        } finally {
            file.close();
        }
    }
}
