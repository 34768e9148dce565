package io.swath.app;

import io.swath.app.routes.Routes;
import io.swath.app.routes.SshRunner;
import io.swath.app.settings.Settings;
import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.cluster.local.LocalCluster;
import io.swath.cluster.slurm.CommandRunner;
import io.swath.cluster.slurm.Fence;
import io.swath.cluster.slurm.LocalCommandRunner;
import io.swath.cluster.slurm.SlurmCluster;
import io.swath.leadership.LeaderElection;
import io.swath.leadership.Leadership;
import io.swath.storage.Storage;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.apache.camel.CamelContext;
import org.apache.camel.main.Main;

/**
 * The cluster that the settings name, opened when it is first asked for, and the way to its login node. To be used from
 * one thread, but for {@link #commandsSent}.
 */
public final class ClusterAccess implements AutoCloseable {
    private final Settings settings;
    private final Storage storage;
    private final Leadership leadership;
    private final Clock steady;
    private final Optional<SshRunner> ssh;
    private volatile Cluster cluster;
    private Main login;

    ClusterAccess(Settings settings, Storage storage, Leadership leadership, Clock steady) {
        this.settings = settings;
        this.storage = storage;
        this.leadership = leadership;
        this.steady = steady;
        ssh = settings.slurm() ? settings.login().map(SshRunner::new) : Optional.empty();
    }

    /** Opened at the first call: of a local one only one program may be at the head. */
    Cluster cluster() {
        if (cluster == null && settings.slurm()) {
            CommandRunner runner = ssh.isPresent() ? ssh.get() : new LocalCommandRunner();
            String user = settings.login().map(Settings.Login::user).orElse(System.getProperty("user.name"));
            cluster = new SlurmCluster(runner, user, settings.duration("slurm.timeout"), steady, fence());
        } else if (cluster == null) {
            cluster = new LocalCluster(settings.path("state.dir").resolve("local"));
        }
        return cluster;
    }

    private Optional<Fence> fence() {
        Path marker = LeaderElection.marker(storage);
        return leadership.fence(ssh.isPresent() ? storage.onCluster(marker) : marker.toString());
    }

    /** What the cluster offers, for a command that only wants to know. */
    public Capabilities capabilities() {
        return settings.slurm() ? direct().capabilities() : LocalCluster.offered();
    }

    /** For a command that talks to the cluster itself, while no other route runs. */
    Cluster direct() {
        if (ssh.isPresent() && login == null) {
            login = Routes.load(settings, storage, "login-node.camel.yaml");
            login.start();
            through(login.getCamelContext());
        }
        return cluster();
    }

    /** Takes the route to the login node among those that run. */
    void through(CamelContext routes) {
        ssh.ifPresent(runner -> runner.use(routes));
    }

    /** How many commands have been sent to it. */
    long commandsSent() {
        Cluster asked = cluster;
        return asked == null
                ? 0
                : asked.commandsSent().values().stream()
                        .mapToLong(Long::longValue)
                        .sum();
    }

    @Override
    public void close() {
        if (login != null) {
            login.stop();
        }
        ssh.ifPresent(SshRunner::close);
        if (cluster != null) {
            cluster.close();
        }
    }
}
