package io.swath.e2e;

import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.activemq.ActiveMQSslConnectionFactory;

/** A ground station that uses ActiveMQ's own client over TLS, as a station's programmer would. */
final class Station implements AutoCloseable {
    private final Connection connection;
    private final Session session;
    private final List<Message> dead = new CopyOnWriteArrayList<>();

    /** The {@code keyStore} is a PKCS#12 file with the broker's certificate. */
    Station(String url, String user, String password, Path keyStore, String keyStorePassword) throws Exception {
        ActiveMQSslConnectionFactory factory = new ActiveMQSslConnectionFactory(url);
        factory.setUserName(user);
        factory.setPassword(password);
        factory.setTrustStore(keyStore.toString());
        factory.setTrustStoreType("PKCS12");
        factory.setTrustStorePassword(keyStorePassword);
        connection = factory.createConnection();
        session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        connection.start();
    }

    /** Receives the dead letters from now on. */
    Station receivingDeadLetters() throws JMSException {
        Session listening = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer letters = listening.createConsumer(listening.createQueue("swath.dead"));
        letters.setMessageListener(dead::add);
        return this;
    }

    void announce(String text) throws JMSException {
        announce(text, null);
    }

    void announce(String text, String correlation) throws JMSException {
        send("swath.scenes", text, correlation);
    }

    void send(String queue, String text, String correlation) throws JMSException {
        try (MessageProducer producer = session.createProducer(session.createQueue(queue))) {
            producer.setDeliveryMode(DeliveryMode.PERSISTENT);
            TextMessage message = session.createTextMessage(text);
            message.setJMSCorrelationID(correlation);
            producer.send(message);
        }
    }

    List<Message> dead() {
        return List.copyOf(dead);
    }

    /** Waits for the dead letter with this correlation id. */
    Message awaitDead(String correlation, Duration limit) throws JMSException {
        org.awaitility.Awaitility.await("the dead letter of " + correlation)
                .atMost(limit)
                .until(() -> find(correlation) != null);
        return find(correlation);
    }

    private Message find(String correlation) throws JMSException {
        for (Message letter : dead) {
            if (correlation.equals(letter.getJMSCorrelationID())) {
                return letter;
            }
        }
        return null;
    }

    @Override
    public void close() throws JMSException {
        connection.close();
    }
}
