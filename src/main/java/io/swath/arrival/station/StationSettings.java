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
        Duration patience) {}
