package io.swath.app.routes;

import io.swath.app.settings.Settings;
import io.swath.arrival.night.Schedule;
import io.swath.cluster.slurm.LoginNode;
import io.swath.cluster.slurm.SlurmSettings;
import io.swath.model.SettingsException;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.camel.main.Main;

/** Configures Camel with the files in {@code routes/} and the values of their placeholders. */
public final class Routes {
    /** Camel's property for how long, in ms, a seda consumer waits before it looks whether it has to stop. */
    public static final String STOP_POLL_MILLIS = "camel.component.seda.default-poll-timeout";

    /** Camel creates a scheduled route even if the route is not started, so the route always needs a valid rule. */
    private static final String NEVER = "0 0 0 1 1 ? 2099";

    private Routes() {}

    /**
     * Prepares Camel, but does not start it.
     *
     * @param files a pattern of file names
     * @throws SettingsException when there is no folder with routes
     */
    public static Main prepare(Settings settings, Storage storage, String files) {
        Path folder = folder(settings);
        Main main = new Main();
        main.configure()
                .withBasePackageScanEnabled(false)
                .withRoutesIncludePattern("file:" + folder + "/" + files)
                .withName("swath")
                .withShutdownTimeout(20)
                .withStreamCachingEnabled(false)
                .withInflightRepositoryBrowseEnabled(true);
        if (settings.development().reloadsRoutes()) {
            main.configure()
                    .withRoutesReloadEnabled(true)
                    .withRoutesReloadDirectory(folder.toString())
                    .withRoutesReloadPattern(files)
                    .withRoutesReloadRemoveAllRoutes(false); // only the routes of the file that changed
        }
        main.setDefaultPropertyPlaceholderLocation("false");
        placeholders(settings, storage).forEach(main::addOverrideProperty);
        main.addOverrideProperty(STOP_POLL_MILLIS, "50");
        main.bind(
                SshClients.NAME,
                new SshClients(
                        settings.slurm().knownHosts().orElse(Path.of("")),
                        settings.slurm().key().orElse(Path.of(""))));
        return main;
    }

    private static Path folder(Settings settings) {
        Path folder = settings.home().resolve("routes");
        try {
            return folder.toRealPath(); // Camel does not follow links
        } catch (IOException e) {
            throw new SettingsException(
                    "there is no folder " + folder + ": put Swath's routes beside its config/ folder");
        }
    }

    /** Every setting except the passwords, and values that are made of settings. */
    private static Map<String, String> placeholders(Settings settings, Storage storage) {
        SlurmSettings slurm = settings.slurm();
        Optional<LoginNode> used = settings.cluster().slurm() ? slurm.loginNode() : Optional.empty();
        LoginNode loginNode = used.orElse(new LoginNode("nobody", "localhost", 22));
        Schedule nights = settings.nightly().schedule();
        Map<String, String> values = new TreeMap<>(settings.texts());
        values.put("storage.root", storage.root().toString());
        values.put("ssh.used", String.valueOf(used.isPresent()));
        values.put("ssh.host", loginNode.host());
        values.put("ssh.port", String.valueOf(loginNode.port()));
        values.put("ssh.user", loginNode.user());
        values.put("ssh.timeout", String.valueOf(slurm.timeout().toMillis()));
        values.put("nightly.used", String.valueOf(nights.used()));
        String cron = nights.used() ? nights.cron() : NEVER;
        values.put("nightly.rule", cron.replace(' ', '+')); // Camel's endpoint URI has + for a space
        values.put("nightly.time-zone", nights.zone().getId());
        return values;
    }
}
