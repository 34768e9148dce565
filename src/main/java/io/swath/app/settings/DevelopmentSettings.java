package io.swath.app.settings;

import io.swath.model.Setting;

/** Help for the people who write routes. */
public record DevelopmentSettings(
        @Setting(
                key = DevelopmentSettings.KEY,
                byDefault = "false",
                help = "true: Swath loads a file in routes/ again when it changes. Use it to develop routes, not in"
                        + " production. A variable DEV in the environment does not set it.")
        boolean reloadsRoutes) {
    static final String KEY = "dev";
}
