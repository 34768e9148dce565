package io.swath.arrival.night;

import io.swath.model.Setting;
import java.time.Duration;

/** When nightly reprocessing runs, what it reprocesses and how much of the cluster it may use. */
public record NightlySettings(
        @Setting(
                key = "nightly.cron",
                help = "When nightly reprocessing starts, as a Quartz cron expression: second, minute, hour, day of the"
                        + " month, month, day of the week. `0 0 1 * * ?` is every night at 01:00. Empty: never, unless"
                        + " somebody runs `./swath nightly`.")
        String cron,

        @Setting(
                key = "nightly.zone",
                byDefault = "UTC",
                help = "The time zone of nightly.cron and nightly.until. Empty: this machine's time zone. UTC has no"
                        + " daylight saving time, so no hour is skipped or repeated.")
        String zone,

        @Setting(
                key = "nightly.until",
                help = "The time of day, such as 06:00, after which Swath submits no more nightly work until the next"
                        + " night. Tasks that are queued by then still run, at lower priority than daytime work. Empty:"
                        + " nightly work is submitted by day too, after daytime work.")
        String until,

        @Setting(
                key = "nightly.select",
                byDefault = "stale; failed",
                help =
                        "Which scenes are reprocessed, the most valuable first. Clauses are separated by `;`. A clause has"
                                + " terms, separated by spaces, which must all be true: stale (the recipe changed since), failed,"
                                + " recipe=NAME, sensor=landsat-8, datetime=2024-01-01/2024-06-30, bbox=WEST,SOUTH,EAST,NORTH,"
                                + " list=FILE (one scene id per line). A clause without stale or failed chooses each scene only"
                                + " once, until you change the text of the clause.")
        String select,

        @Setting(key = "nightly.limit", byDefault = "100", help = "How many scenes one night reprocesses at most.")
        int limit,

        @Setting(
                key = "nightly.retries",
                byDefault = "3",
                help =
                        "How often a failed scene is reprocessed by night. The count starts again when its recipe changes.")
        int retries,

        @Setting(
                key = "nightly.keep",
                byDefault = "30d",
                help = "How long a replaced product is kept, as RECIPE.vN beside the new product.")
        Duration keep,

        @Setting(
                key = "nightly.qos",
                help = "The quality of service for nightly work. Empty: slurm.qos. Nightly jobs always have a lower"
                        + " priority, by --nice.")
        String qos,

        @Setting(
                key = "nightly.share",
                byDefault = "0.5",
                range = Setting.Range.SHARE,
                help = "The share of submission.queue-limit that nightly work may use. The rest stays free for daytime"
                        + " work.")
        double share) {

    /** @throws IllegalArgumentException when the schedule or the selection cannot be read; it names the setting */
    public NightlySettings {
        Schedule.of(cron, zone, until);
        Selection.parse(select);
    }

    public Schedule schedule() {
        return Schedule.of(cron, zone, until);
    }

    public Selection selection() {
        return Selection.parse(select);
    }
}
