package io.swath.arrival.station;

import io.swath.model.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Which scenes ground stations may announce. */
public record StationSettings(
        @Setting(
                key = "station.roots",
                help = "Folders in which announced scenes may be, beside storage.root. Separate them with commas.")
        List<Path> roots,

        @Setting(
                key = "station.patience",
                byDefault = "1h",
                help =
                        "An announced scene that is still missing after this long is rejected. The time counts only while"
                                + " Swath runs and the storage answers.")
        Duration patience,

        @Setting(
                key = "station.keep-rejected",
                byDefault = "7d",
                help =
                        "How long a rejected message, of any queue, stays in the ledger after it was sent to swath.dead.")
        Duration keepRejected,

        @Setting(
                key = "station.most-rejected",
                byDefault = "10000",
                help = "How many rejected messages stay in the ledger. The oldest are removed first.")
        int mostRejected) {}
