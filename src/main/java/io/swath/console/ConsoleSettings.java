package io.swath.console;

import io.swath.model.Secret;
import io.swath.model.Setting;
import io.swath.model.SettingsException;
import java.util.List;
import java.util.Optional;

/** Where the console listens, and for whom. */
public record ConsoleSettings(
        @Setting(
                key = "console.bind",
                byDefault = "127.0.0.1:9876",
                help =
                        "Where Swath serves /observe/health and /observe/metrics over HTTP. Empty: nowhere. The port is the"
                                + " one that Camel's tools expect.")
        Optional<BindAddress> bind,

        @Setting(
                key = "console.user",
                help = "The user for HTTP basic authentication. Needed when console.bind is not a loopback address.")
        String user,

        @Setting(key = "console.password", help = "The password of console.user.")
        Secret password,

        @Setting(
                key = "console.hosts",
                help =
                        "Host names, separated by commas, under which a console on a loopback address may be asked, beside"
                                + " localhost, IP addresses and this machine's own name. A proxy in front of the console may"
                                + " need one.")
        List<String> hosts) {

    /** @throws SettingsException when other machines can reach the console without a password */
    public ConsoleSettings {
        if (bind.isPresent() && !bind.get().isLoopback() && (user.isEmpty() || password.isEmpty())) {
            throw new SettingsException("console.bind is " + bind.get()
                    + ", which other machines can reach: give console.user and console.password, or bind it to"
                    + " 127.0.0.1");
        }
    }
}
