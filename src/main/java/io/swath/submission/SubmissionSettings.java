package io.swath.submission;

import io.swath.model.Setting;

/** How much Swath queues. */
public record SubmissionSettings(
        @Setting(
                key = "submission.queue-limit",
                byDefault = "5000",
                help = "How many tasks may be queued or running at once. Slurm counts each task against its MaxJobCount"
                        + " (10000 by default); half of that leaves space for other users.")
        int queueLimit,

        @Setting(
                key = "submission.waiting",
                byDefault = "64",
                help =
                        "How many tasks of a partition may wait in the cluster, beside those that can run at once; more when"
                                + " many runs have taught what they need. A task keeps the memory and the time that it was queued"
                                + " with; what waits in Swath instead is sized by all that was learned until it is sent.")
        int waiting,

        @Setting(
                key = "sizing.kills",
                byDefault = "0.02",
                range = Setting.Range.RISK,
                help =
                        "The share of runs that may be killed because they asked for too little memory, from 0.001 to 0.5. Each"
                                + " is retried with more. A larger share asks for less memory. Of urgent scenes it is a quarter"
                                + " of this.")
        double kills,

        @Setting(
                key = "sizing.learn",
                byDefault = "true",
                help =
                        "Whether tasks ask for what runs have taught. false: they ask for what the recipe says, and more only"
                                + " after a tile was killed; ./swath account --efficiency still shows what was learned.")
        boolean learn) {}
