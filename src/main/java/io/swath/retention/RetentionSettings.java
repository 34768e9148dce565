package io.swath.retention;

import io.swath.model.Setting;
import java.time.Duration;

/** How long Swath keeps what it no longer needs. */
public record RetentionSettings(
        @Setting(
                key = "keep.runs",
                byDefault = "180d",
                help =
                        "How long the runs of a scene stay in the ledger after the scene has ended. Then they are moved to"
                                + " archive/runs-MONTH-….csv.gz on the storage. The scene and its product stay.")
        Duration runs,

        @Setting(
                key = "keep.work",
                byDefault = "30d",
                help =
                        "How long the work folder of a scene that failed or was cancelled is kept. After that, ./swath retry"
                                + " plans the scene again. The folder of a delivered scene is reduced to its logs at once.")
        Duration work,

        @Setting(
                key = "keep.logs",
                byDefault = "180d",
                help = "How long the packed logs and evidence of a scene are kept after the scene has ended.")
        Duration logs,

        @Setting(
                key = "keep.messages",
                byDefault = "30d",
                help = "How long a message that was sent stays in the ledger.")
        Duration messages) {}
