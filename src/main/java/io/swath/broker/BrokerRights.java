package io.swath.broker;

import java.util.List;
import java.util.stream.Stream;
import org.apache.activemq.broker.Broker;
import org.apache.activemq.broker.BrokerFilter;
import org.apache.activemq.broker.BrokerPlugin;
import org.apache.activemq.broker.ConnectionContext;
import org.apache.activemq.broker.region.Subscription;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.apache.activemq.command.ConsumerInfo;
import org.apache.activemq.security.AuthenticationUser;
import org.apache.activemq.security.AuthorizationEntry;
import org.apache.activemq.security.AuthorizationPlugin;
import org.apache.activemq.security.DefaultAuthorizationMap;
import org.apache.activemq.security.SimpleAuthenticationPlugin;
import org.apache.activemq.security.TempDestinationAuthorizationEntry;

/**
 * The rights at an embedded broker that listens. Swath itself may do everything. A station may write to the incoming
 * queues and read the outgoing queues, and nothing else.
 */
final class BrokerRights {
    static final List<String> INCOMING = List.of("swath.scenes", "swath.control");
    static final List<String> OUTGOING = List.of("swath.events", "swath.accounting", "swath.dead");
    /** Every ActiveMQ client listens to these topics by default. The broker sends nothing to them. */
    private static final List<String> ADVISORIES =
            List.of("ActiveMQ.Advisory.TempQueue", "ActiveMQ.Advisory.TempTopic");

    private static final String SWATH = "swath";
    private static final String STATIONS = "stations";
    private static final String BOTH = SWATH + "," + STATIONS;

    private BrokerRights() {}

    /** The queues and topics that exist from the start, because a station may not create any. */
    static ActiveMQDestination[] destinations() {
        return Stream.concat(
                        Stream.concat(INCOMING.stream(), OUTGOING.stream()).map(ActiveMQQueue::new),
                        ADVISORIES.stream().map(ActiveMQTopic::new))
                .toArray(ActiveMQDestination[]::new);
    }

    static BrokerPlugin[] plugins(BrokerListener listener, String ownUser, String ownPassword) throws Exception {
        SimpleAuthenticationPlugin users = new SimpleAuthenticationPlugin(List.of(
                new AuthenticationUser(ownUser, ownPassword, SWATH),
                new AuthenticationUser(listener.user(), listener.password(), STATIONS)));
        users.setAnonymousAccessAllowed(false);
        DefaultAuthorizationMap rights = new DefaultAuthorizationMap();
        rights.put(new ActiveMQQueue(">"), entry(SWATH, SWATH));
        for (String queue : INCOMING) {
            rights.put(new ActiveMQQueue(queue), entry(SWATH, BOTH));
        }
        for (String queue : OUTGOING) {
            rights.put(new ActiveMQQueue(queue), entry(BOTH, SWATH));
        }
        for (String topic : ADVISORIES) {
            rights.put(new ActiveMQTopic(topic), entry(BOTH, SWATH));
        }
        rights.setTempDestinationAuthorizationEntry(temporary());
        rights.setDefaultEntry(entry(SWATH, SWATH));
        return new BrokerPlugin[] {users, new AuthorizationPlugin(rights), broker -> new NoPatterns(broker, ownUser)};
    }

    /**
     * Allows patterns of queue names, such as {@code swath.*}, only to Swath itself. ActiveMQ lets a user read a pattern when
     * the user may read one of its queues.
     */
    private static final class NoPatterns extends BrokerFilter {
        private final String ownUser;

        NoPatterns(Broker next, String ownUser) {
            super(next);
            this.ownUser = ownUser;
        }

        @Override
        public Subscription addConsumer(ConnectionContext context, ConsumerInfo info) throws Exception {
            ActiveMQDestination wanted = info.getDestination();
            boolean pattern = wanted.isComposite()
                    ? Stream.of(wanted.getCompositeDestinations()).anyMatch(ActiveMQDestination::isPattern)
                    : wanted.isPattern();
            if (pattern && !ownUser.equals(context.getUserName())) {
                throw new SecurityException("User " + context.getUserName() + " is not authorized to read from: "
                        + wanted + "; name each queue");
            }
            return super.addConsumer(context, info);
        }
    }

    private static AuthorizationEntry entry(String read, String write) throws Exception {
        AuthorizationEntry entry = new AuthorizationEntry();
        entry.setRead(read);
        entry.setWrite(write);
        entry.setAdmin(SWATH);
        return entry;
    }

    private static TempDestinationAuthorizationEntry temporary() throws Exception {
        TempDestinationAuthorizationEntry entry = new TempDestinationAuthorizationEntry();
        entry.setRead(SWATH);
        entry.setWrite(SWATH);
        entry.setAdmin(SWATH);
        return entry;
    }
}
