package io.swath.submission;

import io.swath.model.Setting;

/** How much Swath queues. */
public record SubmissionSettings(
        @Setting(
                key = "submission.queue-limit",
                byDefault = "5000",
                help = "How many tasks may be queued or running at once. Slurm counts each task against its MaxJobCount"
                        + " (10000 by default); half of that leaves space for other users.")
        int queueLimit) {}
