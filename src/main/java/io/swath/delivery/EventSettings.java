package io.swath.delivery;

import io.swath.model.Setting;

/** How events identify this Swath. */
public record EventSettings(
        @Setting(
                key = "events.source",
                byDefault = "/swath",
                help = "The `source` of every event. Give each Swath its own, so that consumers can distinguish them.")
        String source) {}
