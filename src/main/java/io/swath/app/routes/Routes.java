package io.swath.app.routes;

import io.swath.app.Pipeline;
import io.swath.app.settings.Settings;
import io.swath.arrival.night.Schedule;
import io.swath.model.SettingsException;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.camel.main.Main;

/** The files in routes/, made ready for Camel with the settings that they name. */
public final class Routes {
    /** How long, in ms, a stage may take to see that it is to stop; else each of them takes a second. */
    public static final String STOP_SOON = "camel.component.seda.default-poll-timeout";

    private Routes() {}

    /** Not started yet; {@code files} is a pattern of names. */
    public static Main load(Settings settings, Storage storage, String files) {
        Path folder = settings.home().resolve("routes");
        try {
            folder = folder.toRealPath(); // Camel does not look through links
        } catch (IOException e) {
            throw new SettingsException(folder + " is not there: Swath's routes belong beside its config/");
        }
        Main main = new Main();
        main.configure()
                .withBasePackageScanEnabled(false)
                .withRoutesIncludePattern("file:" + folder + "/" + files)
                .withName("swath")
                .withShutdownTimeout(20)
                .withStreamCachingEnabled(false)
                .withInflightRepositoryBrowseEnabled(true);
        main.setDefaultPropertyPlaceholderLocation("false");
        Properties properties = new Properties();
        properties.putAll(settings.all());
        properties.setProperty("storage.root", storage.root().toString());
        properties.setProperty(
                "ssh.used", String.valueOf(settings.slurm() && settings.login().isPresent()));
        Settings.Login login = settings.login().orElse(new Settings.Login("nobody", "localhost", 22));
        properties.setProperty("ssh.host", login.host());
        properties.setProperty("ssh.port", String.valueOf(login.port()));
        properties.setProperty("ssh.user", login.user());
        properties.setProperty(
                "ssh.timeout", String.valueOf(settings.duration("slurm.timeout").toMillis()));
        properties.setProperty(STOP_SOON, "50");
        Schedule nights = Pipeline.schedule(settings);
        properties.setProperty("nightly.used", String.valueOf(nights.used()));
        // The route is made even where it is not started, so it needs a rule then, too. A + is a space to Quartz.
        properties.setProperty("nightly.rule", nights.used() ? nights.cron().replace(' ', '+') : "0+0+0+1+1+?+2099");
        properties.setProperty("nightly.time-zone", nights.zone().getId());
        properties.forEach((key, value) -> main.addOverrideProperty(key.toString(), value.toString()));
        main.bind("sshClientBuilder", new SshClients(Path.of(settings.text("slurm.ssh.known-hosts"))));
        return main;
    }
}
