package io.swath.submission;

import io.swath.model.Setting;
import io.swath.model.TilesPerTask;
import java.time.Duration;

/** How large tiles are, and how many of them a task makes, for recipes that leave it to Swath. */
public record TileSettings(
        @Setting(
                key = "sizing.task-time",
                byDefault = "30s",
                help =
                        "How long a task should last at least, for recipes with tile.size auto or tile.per-task auto: shorter ones"
                                + " spend much of their time on starting. Tasks are made shorter only to give each free core one.")
        Duration taskTime,

        @Setting(
                key = "sizing.tiles-per-task",
                byDefault = "1",
                help =
                        "How many tiles a task makes, one after the other, for recipes that do not say tile.per-task: 1 to 1000, or"
                                + " auto, which is as many as make a task last.")
        TilesPerTask perTask) {
    /** Half a minute, and a task for each tile. */
    public static final TileSettings DEFAULT = new TileSettings(Duration.ofSeconds(30), TilesPerTask.ONE);
}
