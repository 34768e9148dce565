package io.swath.broker;

import io.swath.health.Incidents;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An ActiveMQ broker inside this program, which keeps its messages on disk. Without a listener no other program can
 * connect. With a listener, stations can connect with the rights in {@link BrokerRights}.
 *
 * <p>If the broker stops because its messages cannot be written, it is opened again, and an incident says so meanwhile.
 * Thread-safe.
 */
public final class EmbeddedBroker implements AutoCloseable {
    /** The URL for connections from this program. */
    public static final String URL = "vm://swath?create=false";

    private static final Logger log = LoggerFactory.getLogger(EmbeddedBroker.class);
    /** A damaged end of the journal is repaired by the first attempt, which fails. */
    private static final int START_ATTEMPTS = 3;

    private static final long LOOK_MILLIS = 1_000;
    private static final long REOPEN_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** Free bytes without which the broker cannot be opened again: a journal file and the index. */
    private static final long OPENING_SPACE = 16L << 20;
    /** The share of the store, in percent, above which unread messages are reported. */
    private static final int MUCH = 60;

    private static final String STOPPED = "broker inside Swath";
    private static final String UNREAD = "unread messages";
    private static final String SPACE = "state.dir";

    private final Incidents incidents;
    private final BrokerSetup setup;
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "swath-broker-watch");
        thread.setDaemon(true);
        return thread;
    });
    private volatile BrokerService broker;
    private volatile Optional<URI> address = Optional.empty();
    private long reopenedAt;

    /** Without a limit for the free space, and with incidents that nobody sees. */
    public EmbeddedBroker(Path folder, Optional<BrokerListener> listener) throws Exception {
        this(new StateSpace(folder, 0), listener, new Incidents(Clock.systemUTC()));
    }

    /** @param space the folder for the messages */
    public EmbeddedBroker(StateSpace space, Optional<BrokerListener> listener, Incidents incidents) throws Exception {
        this(space, listener, incidents, Optional.empty());
    }

    EmbeddedBroker(StateSpace space, Optional<BrokerListener> listener, Incidents incidents, Optional<Long> storeLimit)
            throws Exception {
        this.incidents = incidents;
        String ownPassword = new BigInteger(256, new SecureRandom()).toString(36);
        setup = new BrokerSetup(space, listener, ownPassword, storeLimit);
        Files.createDirectories(space.folder());
        broker = setup.broker(address, this::failed);
    }

    /** @throws IOException when the messages in the folder cannot be read, or the address is in use */
    public void start() throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                open();
                break;
            } catch (Exception e) { // ActiveMQ declares Exception
                if (attempt == START_ATTEMPTS) {
                    throw new IOException(
                            "the broker inside Swath cannot be started: " + e + ". If its messages in "
                                    + setup.space().folder()
                                    + " are damaged, move that folder away and start Swath again. What is lost then:"
                                    + " messages of stations that Swath has not recorded yet, and events, accounting"
                                    + " records and dead letters that no program has read",
                            e);
                }
                log.debug("the broker is started again", e);
                stop();
                reset();
            }
        }
        // look() lets no exception out, so the future has nothing to say
        Future<?> unused = watch.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void open() throws Exception {
        broker.start();
        if (!broker.waitUntilStarted()) {
            throw new IOException("it stopped while it started", broker.getStartException());
        }
        if (setup.listener().isPresent()) {
            URI bound = broker.getTransportConnectors().get(0).getConnectUri();
            address = Optional.of(URI.create(
                    setup.listener().get().uri().getScheme() + "://" + bound.getHost() + ":" + bound.getPort()));
        }
    }

    private void reset() throws IOException {
        try {
            broker = setup.broker(bindAddress(), this::failed);
        } catch (Exception e) { // ActiveMQ declares Exception
            throw new IOException("the broker inside Swath cannot be set up: " + e.getMessage(), e);
        }
    }

    /** The address of the settings, with the port that was bound at the first start. */
    private Optional<URI> bindAddress() {
        return address.map(bound -> URI.create(
                bound.getScheme() + "://" + setup.listener().orElseThrow().uri().getHost() + ":" + bound.getPort()));
    }

    private void failed(IOException failure) {
        incidents.report(
                STOPPED,
                "it cannot write its messages (" + failure.getMessage() + ") and stops; Swath opens it again when "
                        + setup.space().folder() + " can be written. Senders get no confirmation meanwhile");
    }

    private void look() {
        try {
            if (broker.isStopped()) {
                reopen();
            }
            lookAtSpace();
            if (broker.isStarted()) {
                broker.getTransportConnectors().stream()
                        .map(StationConnector.class::cast)
                        .forEach(StationConnector::closeLate);
                setup.limitStore(broker);
                lookAtUnread();
            }
        } catch (RuntimeException e) { // an exception would end the watch
            log.warn("The watch over the broker inside Swath failed ({}); it goes on.", e.toString(), e);
        }
    }

    private void reopen() {
        if (System.nanoTime() - reopenedAt < REOPEN_PAUSE_NANOS || setup.space().free() < OPENING_SPACE) {
            return;
        }
        reopenedAt = System.nanoTime();
        try {
            reset();
            open();
            incidents.resolve(STOPPED);
        } catch (Exception e) { // ActiveMQ declares Exception
            incidents.report(STOPPED, "it cannot be opened again (" + e + "); Swath tries again each 5 s");
            stop();
        }
    }

    private void lookAtSpace() {
        setup.space()
                .problem()
                .ifPresentOrElse(
                        full -> incidents.report(SPACE, full + " No message is accepted until then"),
                        () -> incidents.resolve(SPACE));
    }

    /** Reports unread messages that fill the store. */
    private void lookAtUnread() {
        int percent = broker.getSystemUsage().getStoreUsage().getPercentUsage();
        if (percent < MUCH) {
            incidents.resolve(UNREAD);
            return;
        }
        String queues = Stream.of(BrokerRights.destinations())
                .filter(ActiveMQDestination::isQueue)
                .map(queue -> queue.getPhysicalName() + " " + count(queue))
                .collect(Collectors.joining(", "));
        incidents.report(
                UNREAD,
                "the messages in the broker inside Swath take " + percent
                        + "% of the space that they may take (unread: "
                        + queues
                        + "). Let a program read the queues that Swath sends to. Above 60% Swath keeps its dead letters, and"
                        + " above 80% its events, in the ledger");
    }

    private String count(ActiveMQDestination queue) {
        try {
            return String.valueOf(broker.getDestination(queue)
                    .getDestinationStatistics()
                    .getMessages()
                    .getCount());
        } catch (Exception e) { // ActiveMQ declares Exception
            return "?";
        }
    }

    /** The address of the listener, as {@code scheme://host:port}; empty without a listener. */
    public Optional<String> address() {
        return address.map(URI::toString);
    }

    /** How many messages of a queue its consumers have received and not yet acknowledged. */
    public long unacknowledged(String queue) throws Exception {
        return broker.getDestination(new ActiveMQQueue(queue))
                .getDestinationStatistics()
                .getInflight()
                .getCount();
    }

    /** For connections from this program, with all rights. */
    public BrokerClient client() {
        return setup.listener().isPresent()
                ? new BrokerClient(URL, BrokerListener.SWATH_USER, setup.ownPassword())
                : new BrokerClient(URL, "", "");
    }

    /** The present broker of ActiveMQ. */
    BrokerService service() {
        return broker;
    }

    private void stop() {
        try {
            broker.stop();
            broker.waitUntilStopped();
        } catch (Exception e) { // ActiveMQ declares Exception
            log.debug("the broker could not be stopped", e);
        }
    }

    @Override
    public void close() throws IOException {
        watch.shutdownNow();
        try {
            watch.awaitTermination(30, TimeUnit.SECONDS);
            broker.stop();
            broker.waitUntilStopped();
        } catch (Exception e) { // ActiveMQ declares Exception
            throw new IOException("the embedded broker could not be stopped", e);
        }
    }
}
