package io.swath.waiting;

import io.swath.model.Setting;
import java.time.Duration;

/** After how long a wait is an incident, by its kind (see {@link io.swath.model.WaitCause.Kind}). */
public record WaitingSettings(
        @Setting(
                key = "waiting.person",
                byDefault = "5m",
                help =
                        "A scene that waits for a person, for example because its partition is down, is an incident after"
                                + " this long.")
        Duration person,

        @Setting(
                key = "waiting.unknown",
                byDefault = "1h",
                help =
                        "The same for a wait of which Swath does not know whether it passes by itself; and for a limit on"
                                + " what runs at once, while no task of Swath starts or ends.")
        Duration unknown,

        @Setting(
                key = "waiting.limit",
                byDefault = "1d",
                help = "The same for a limit on what runs at once, while other tasks of Swath start and end.")
        Duration limit,

        @Setting(
                key = "waiting.longest",
                byDefault = "7d",
                help =
                        "The same for a wait that passes by itself, such as Priority, for a wait for other tasks of Swath,"
                                + " and for a scene that a person holds. On a busy cluster days are normal.")
        Duration longest) {}
