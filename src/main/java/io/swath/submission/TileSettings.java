package io.swath.submission;

import io.swath.model.Setting;
import java.time.Duration;

/** How large tiles are, for recipes that leave it to Swath. */
public record TileSettings(
        @Setting(
                key = "sizing.task-time",
                byDefault = "30s",
                help =
                        "How long a task should last at least, for recipes with tile.size auto: shorter ones spend much of their"
                                + " time on starting. Tiles are made smaller than that only to give each free core one.")
        Duration taskTime) {}
