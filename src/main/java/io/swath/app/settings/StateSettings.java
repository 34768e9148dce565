package io.swath.app.settings;

import io.swath.model.Setting;
import java.nio.file.Path;

/** Where Swath keeps its own files. */
public record StateSettings(
        @Setting(
                key = "state.dir",
                byDefault = "state",
                help =
                        "The folder for the SQLite ledger, the messages of the broker inside Swath, and the jobs of the local"
                                + " cluster. Only one Swath can use it at a time.")
        Path directory,

        @Setting(
                key = "state.least-free",
                byDefault = "256",
                help =
                        "Free space in MiB of state.dir below which the broker inside Swath takes no messages. The ledger"
                                + " still needs space for the scenes that are in work.")
        int leastFreeMiB) {

    public long leastFreeBytes() {
        return leastFreeMiB * 1024L * 1024L;
    }
}
