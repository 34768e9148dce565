package io.swath.tracking;

import io.swath.model.Setting;
import java.time.Duration;

/** How Swath decides that a run is lost. */
public record TrackingSettings(
        @Setting(
                key = "tracking.lost-after",
                byDefault = "10m",
                help =
                        "A run that is missing from every answer of Slurm's queue and accounting for this long is lost, and"
                                + " its tile is retried. Time without answers does not count.")
        Duration lostAfter) {}
