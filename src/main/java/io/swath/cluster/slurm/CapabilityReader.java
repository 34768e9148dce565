package io.swath.cluster.slurm;

import io.swath.cluster.Accounts;
import io.swath.cluster.Capabilities;
import io.swath.cluster.ClusterException;
import io.swath.cluster.Reservation;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a Slurm cluster offers. Nodes and partitions are kept for a minute; the configuration and the accounts, which
 * seldom change, for ten. So it costs two RPCs of slurmctld a minute, and up to three more and four queries of slurmdbd in ten
 * minutes. Thread-safe.
 */
final class CapabilityReader {
    private static final Logger LOG = LoggerFactory.getLogger(CapabilityReader.class);
    private static final Duration NODES_KEPT = Duration.ofMinutes(1);
    private static final Duration RULES_KEPT = Duration.ofMinutes(10);

    /** Sends a command, and gives its answer. */
    interface Sender {
        <T> T send(SlurmCommand<T> command);
    }

    private final Sender sender;
    private final String user;
    private final String account;
    private final String qos;
    private final boolean requestMemory;
    private final Clock clock;
    private final Consumer<Configuration> configurations;
    private Capabilities capabilities;
    private Instant readAt = Instant.MIN;
    private Configuration configuration;
    private List<NodeRecord> nodes = List.of();
    private Accounts accounts = Accounts.UNKNOWN;
    private String accountsProblem = "";
    private List<Reservation> reservations = List.of();
    private Optional<Set<String>> visible = Optional.empty();
    private Instant rulesReadAt = Instant.MIN;

    /**
     * @param user the Slurm user that owns Swath's jobs
     * @param account the account of jobs that name none; empty: the user's default
     * @param qos the QOS of jobs that name none; empty: the account's default
     * @param requestMemory whether jobs may request memory where Slurm manages it
     * @param configurations gets the configuration each time that it is read, before anything else is asked
     */
    CapabilityReader(
            Sender sender,
            String user,
            String account,
            String qos,
            boolean requestMemory,
            Clock clock,
            Consumer<Configuration> configurations) {
        this.sender = sender;
        this.user = user;
        this.account = account;
        this.qos = qos;
        this.requestMemory = requestMemory;
        this.clock = clock;
        this.configurations = configurations;
    }

    synchronized Capabilities capabilities() {
        Instant now = clock.instant();
        if (capabilities != null && readAt.plus(NODES_KEPT).isAfter(now)) {
            return capabilities;
        }
        boolean rulesAreOld =
                configuration == null || !rulesReadAt.plus(RULES_KEPT).isAfter(now);
        Configuration rules = rulesAreOld ? sender.send(new Configuration.Query()) : configuration;
        configurations.accept(rules);
        nodes = sender.send(new NodeRecord.Query());
        Partitions.Answer answer = sender.send(new Partitions(nodes, rules, requestMemory));
        if (rulesAreOld) {
            visible = answer.askWhatIsVisible() ? Optional.of(sender.send(new Partitions.Visible())) : Optional.empty();
            reservations = sender.send(new Reservations(user));
            accounts = keptAccounts(rules);
            configuration = rules;
            rulesReadAt = now;
        }
        capabilities = new Capabilities(
                "slurm " + rules.version(), rules.maxArraySize(), answer.partitions(visible), accounts, reservations);
        readAt = now;
        return capabilities;
    }

    /** The configuration that {@link #capabilities} read last. */
    synchronized Configuration configuration() {
        capabilities();
        return configuration;
    }

    /** The nodes that {@link #capabilities} read last. */
    synchronized List<NodeRecord> nodes() {
        capabilities();
        return nodes;
    }

    /** Why the limits of accounts and QOS are not known; empty: they are. */
    synchronized String accountsProblem() {
        capabilities();
        return accountsProblem;
    }

    /** Without the accounting database the limits that were read last count on: Slurm itself does the same. */
    private Accounts keptAccounts(Configuration rules) {
        try {
            Accounts read = accounts(rules);
            accountsProblem = "";
            return read;
        } catch (ClusterException noAnswer) {
            accountsProblem =
                    "the limits of accounts and QOS could not be read, and are not checked: " + noAnswer.getMessage();
            LOG.warn(
                    "{}; limits that were read before count, and they are read again in {}",
                    accountsProblem,
                    RULES_KEPT);
            return accounts;
        }
    }

    private Accounts accounts(Configuration rules) {
        if (!rules.hasAccounting() || !rules.enforcesAccounts()) {
            return Accounts.UNKNOWN;
        }
        String cluster = rules.value("ClusterName");
        return new Accounts(
                true,
                rules.enforcesLimits(),
                account.isEmpty()
                        ? sender.send(new Sacctmgr.DefaultAccount(user)).orElse("")
                        : account,
                qos,
                sender.send(new Sacctmgr.Associations(user, cluster)),
                sender.send(new Sacctmgr.Groups(cluster)),
                sender.send(new Sacctmgr.AllQos()));
    }
}
