package io.swath.app;

import io.swath.app.routes.Routes;
import io.swath.app.routes.SshRunner;
import io.swath.app.settings.Settings;
import io.swath.cluster.Backlog;
import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.cluster.SchedulerStarts;
import io.swath.cluster.local.LocalCluster;
import io.swath.cluster.slurm.CommandRunner;
import io.swath.cluster.slurm.Fence;
import io.swath.cluster.slurm.LocalCommandRunner;
import io.swath.cluster.slurm.LoginNode;
import io.swath.cluster.slurm.SlurmCluster;
import io.swath.leadership.Leadership;
import io.swath.model.Placement;
import io.swath.model.Request;
import io.swath.storage.Storage;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.CamelContext;
import org.apache.camel.main.Main;

/**
 * Opens the cluster that the settings name, at the first use, and the route to its login node. To be used from one
 * thread, except {@link #commandsSent}.
 */
public final class ClusterAccess implements AutoCloseable {
    private final Settings settings;
    private final Storage storage;
    private final Leadership leadership;
    private final Clock steady;
    private final Optional<SshRunner> ssh;
    private volatile Cluster cluster;
    private Main loginRoute;

    ClusterAccess(Settings settings, Storage storage, Leadership leadership, Clock steady) {
        this.settings = settings;
        this.storage = storage;
        this.leadership = leadership;
        this.steady = steady;
        ssh = settings.cluster().slurm() ? settings.slurm().loginNode().map(SshRunner::new) : Optional.empty();
    }

    /** The cluster, opened at the first call. Only one program may have a local cluster open. */
    Cluster cluster() {
        if (cluster == null) {
            cluster = settings.cluster().slurm()
                    ? slurm()
                    : new LocalCluster(settings.state().directory().resolve("local"));
        }
        return cluster;
    }

    private Cluster slurm() {
        CommandRunner runner = ssh.isPresent() ? ssh.get() : new LocalCommandRunner();
        String user = settings.slurm().loginNode().map(LoginNode::user).orElse(System.getProperty("user.name"));
        return new SlurmCluster(
                runner,
                user,
                settings.slurm().account(),
                settings.slurm().qos(),
                settings.slurm().timeout(),
                steady,
                fence(),
                settings.slurm().requestMemory(),
                settings.slurm().commandsPerMinute());
    }

    /** Lets a command change something in Slurm only while this Swath is the leader, when other Swaths share the ledger. */
    private Optional<Fence> fence() {
        Path marker = Leadership.marker(storage);
        String file = ssh.isPresent() ? storage.onCluster(marker) : marker.toString();
        return leadership.fencingToken().map(token -> new Fence(file, token));
    }

    /** What the cluster offers, for a command that changes nothing. */
    public Capabilities capabilities() {
        return settings.cluster().slurm() ? direct().capabilities() : LocalCluster.offered();
    }

    /**
     * What would keep a job with this request from starting, and who can mend it.
     *
     * @param placement what its recipe and the settings ask for together
     */
    public List<String> obstacles(Request request, Placement placement) {
        return settings.cluster().slurm()
                ? direct().obstacles(request, placement.account(), placement.qos())
                : List.of();
    }

    /** What a person who checks the settings should know about the cluster. */
    public List<String> notices() {
        return settings.cluster().slurm() ? direct().notices() : List.of();
    }

    /** What is missing or unused in the cluster's configuration, each with what helps. */
    public List<String> advice() {
        return settings.cluster().slurm() ? direct().advice() : List.of();
    }

    /**
     * How many jobs Slurm has started, and how many of them by backfill; empty on this machine.
     *
     * @throws io.swath.cluster.ClusterException when Slurm does not answer, or does not tell this user
     */
    public Optional<SchedulerStarts> starts() {
        return settings.cluster().slurm() ? direct().starts() : Optional.empty();
    }

    /** What waits in each partition. */
    public Map<String, Backlog> backlog() {
        return settings.cluster().slurm() ? direct().backlog() : Map.of();
    }

    /**
     * Why the cluster would not accept a job with these options; empty: it would. Submits nothing.
     *
     * @throws io.swath.cluster.ClusterException when the cluster does not answer
     */
    public Optional<String> refusalOf(List<String> options) {
        return settings.cluster().slurm() ? direct().refusalOf(options) : Optional.empty();
    }

    /** For a command that uses the cluster while the pipeline's routes do not run. */
    Cluster direct() {
        if (ssh.isPresent() && loginRoute == null) {
            loginRoute = Routes.prepare(settings, storage, "login-node.camel.yaml");
            loginRoute.start();
            use(loginRoute.getCamelContext());
        }
        return cluster();
    }

    /** Sends commands through the route to the login node that runs in this context. */
    void use(CamelContext routes) {
        ssh.ifPresent(runner -> runner.use(routes));
    }

    /** How many commands were sent to the cluster, by their names. */
    Map<String, Long> commandsSent() {
        Cluster opened = cluster;
        return opened == null ? Map.of() : opened.commandsSent();
    }

    @Override
    public void close() {
        if (loginRoute != null) {
            loginRoute.stop();
        }
        ssh.ifPresent(SshRunner::close);
        if (cluster != null) {
            cluster.close();
        }
    }
}
