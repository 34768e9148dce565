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
        Path directory) {}
