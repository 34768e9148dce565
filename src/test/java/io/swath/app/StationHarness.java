package io.swath.app;

import io.swath.app.routes.JmsReceiver;
import io.swath.app.routes.RouteFailures;
import io.swath.app.routes.Routes;
import io.swath.arrival.CopyPolicy;
import io.swath.arrival.RecipeCheck;
import io.swath.arrival.station.AllowedPaths;
import io.swath.arrival.station.AnnouncementReceiver;
import io.swath.arrival.station.Pickup;
import io.swath.arrival.station.RejectedTidy;
import io.swath.broker.BrokerClient;
import io.swath.broker.BrokerListener;
import io.swath.broker.EmbeddedBroker;
import io.swath.broker.StateSpace;
import io.swath.control.Control;
import io.swath.control.ControlMessages;
import io.swath.delivery.Delivery;
import io.swath.delivery.Messages;
import io.swath.recipes.RecipeBook;
import io.swath.testing.Workbench;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.main.Main;
import org.messaginghub.pooled.jms.JmsPoolConnectionFactory;

/** The shipped routes for stations, with a real embedded broker that listens, and a real ledger. */
final class StationHarness implements AutoCloseable {
    static final String USER = "station";
    static final String PASSWORD = "station's secret";

    final Workbench bench;
    final EmbeddedBroker broker;
    private final Main camel = new Main();
    private final JmsPoolConnectionFactory connections = new JmsPoolConnectionFactory();
    private final Connection own;

    /** The stage that the control route wakes. */
    public static final class Tracking {
        public void wake() {}
    }

    /** @param settle how long a scene must not change before it is complete */
    StationHarness(Path folder, Duration settle) throws Exception {
        bench = new Workbench(folder);
        bench.installRecipe("ndvi");
        broker = new EmbeddedBroker(
                new StateSpace(folder.resolve("broker"), 0),
                Optional.of(new BrokerListener(URI.create("tcp://127.0.0.1:0"), USER, PASSWORD, Optional.empty(), "")),
                bench.incidents);
        broker.start();
        connections.setConnectionFactory(broker.client().connections(bench.incidents));
        RecipeBook book = bench.recipes();
        AllowedPaths allowed = new AllowedPaths(bench.storage, List.of());
        JmsComponent jms = new JmsComponent();
        jms.setConnectionFactory(connections);
        camel.configure().withBasePackageScanEnabled(false).withShutdownTimeout(20);
        camel.setDefaultPropertyPlaceholderLocation("false");
        camel.addOverrideProperty(Routes.STOP_POLL_MILLIS, "50");
        String routes = Path.of("routes").toRealPath().toString();
        camel.configure()
                .withRoutesIncludePattern("file:" + routes + "/arrival-station.camel.yaml,file:" + routes
                        + "/control.camel.yaml,file:" + routes
                        + "/delivery.camel.yaml,file:" + routes + "/errors.camel.yaml");
        camel.bind("jms", jms);
        camel.bind("routeFailures", new RouteFailures(bench.incidents));
        camel.bind(
                "delivery",
                new Delivery(
                        bench.ledger,
                        bench.storage,
                        bench.json,
                        "local",
                        "1",
                        Duration.ofDays(30),
                        bench.incidents,
                        bench.steady));
        camel.bind(
                "messages", new Messages(bench.ledger, bench.storage, bench.json, "local", "/test", bench.incidents));
        camel.bind("tracking", new Tracking());
        camel.bind("rejectedTidy", new RejectedTidy(bench.ledger, Duration.ofDays(7), 10_000));
        camel.bind("control", new Control(bench.ledger, bench.cluster, bench.storage, bench.incidents, bench.steady));
        camel.bind(
                "jmsReceiver",
                new JmsReceiver(
                        new AnnouncementReceiver(bench.ledger, allowed, book, bench.clock),
                        new ControlMessages(bench.ledger),
                        bench.ledger,
                        bench.incidents));
        camel.bind(
                "pickup",
                new Pickup(
                        bench.ledger,
                        bench.storage,
                        book,
                        new RecipeCheck(book, any -> "", bench.incidents),
                        allowed,
                        Duration.ofHours(1),
                        settle,
                        CopyPolicy.UNTRUSTED,
                        bench.incidents,
                        bench.clock,
                        new SteadyClock()));
        camel.start();
        own = broker.client().connections().createConnection();
        own.start();
    }

    /** The URL for a station. */
    String url() throws Exception {
        return broker.address().orElseThrow();
    }

    Connection station() throws Exception {
        Connection connection =
                new BrokerClient(url(), USER, PASSWORD).connections().createConnection();
        connection.start();
        return connection;
    }

    int waiting() {
        return bench.ledger.read(session -> session.announcements().waitingCount());
    }

    /** Receives the next message of a queue; empty: none came within the limit. */
    Optional<Message> take(String queue, Duration limit) throws JMSException {
        Session session = own.createSession(false, Session.AUTO_ACKNOWLEDGE);
        try (session) {
            return Optional.ofNullable(
                    session.createConsumer(session.createQueue(queue)).receive(limit.toMillis()));
        }
    }

    /** All messages that are in a queue now. */
    List<Message> all(String queue) throws JMSException {
        List<Message> all = new ArrayList<>();
        Session session = own.createSession(false, Session.AUTO_ACKNOWLEDGE);
        try (session) {
            MessageConsumer consumer = session.createConsumer(session.createQueue(queue));
            for (Message one = consumer.receive(500); one != null; one = consumer.receive(500)) {
                all.add(one);
            }
        }
        return all;
    }

    @Override
    public void close() throws IOException, JMSException {
        camel.stop();
        own.close();
        connections.stop();
        broker.close();
        bench.close();
    }
}
