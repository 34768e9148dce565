package io.swath.arrival;

import io.swath.model.Setting;
import java.time.Duration;

/** When a scene in an inbox is complete. */
public record ArrivalSettings(
        @Setting(
                key = "arrival.settle",
                byDefault = "10s",
                help = "A file without a .done marker is complete when it has not changed for this long.")
        Duration settle,

        @Setting(
                key = "arrival.patience",
                byDefault = "1d",
                help = "An entry of an inbox that is incomplete for longer than this is rejected. The time counts only"
                        + " while Swath runs and the storage answers.")
        Duration patience,

        @Setting(
                key = "arrival.upload-patience",
                byDefault = "1h",
                help =
                        "A file of an inbox whose header says that more of it must come is rejected when it has not grown"
                                + " for this long.")
        Duration uploadPatience,

        @Setting(
                key = "arrival.copy",
                byDefault = "untrusted",
                help =
                        "When accepted files are copied (as a reflink where the file system has it), and not moved or linked:"
                                + " never, untrusted (what stations announce; dropped files with several names) or always.")
        CopyPolicy copy) {}
