package io.swath.tracking;

import io.swath.cluster.Cluster;
import io.swath.cluster.ClusterException;
import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskUsage;
import io.swath.cluster.Waiting;
import io.swath.job.TaskFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends tasks that Slurm has put back into the queue and holds there, because they could not begin on their node. Slurm
 * does this where a site lets jobs be requeued against the job script's {@code --no-requeue}. Such a task waits until an
 * administrator releases it. Not thread-safe.
 */
final class FailedLaunches {
    private static final Logger log = LoggerFactory.getLogger(FailedLaunches.class);

    /** squeue shows {@code launch failed requeued held} as the reason (seen with 24.11.5). */
    private static final String REASON = "launch failed";

    private final Cluster cluster;
    private final TaskFiles files;

    FailedLaunches(Cluster cluster, TaskFiles files) {
        this.cluster = cluster;
        this.files = files;
    }

    /**
     * Cancels the held tasks, so that they cannot begin later, and judges their runs.
     *
     * @param open the tasks that accounting calls open
     * @throws ClusterException when the cancellation fails; then no run is judged
     */
    List<JudgedRun> judge(List<ReportedTask> open, QueueSnapshot queue) {
        List<ReportedTask> held = open.stream()
                .filter(task -> queue.row(task.run())
                        .map(Waiting::reason)
                        .filter(reason -> reason.toLowerCase(Locale.ROOT).startsWith(REASON))
                        .isPresent())
                .toList();
        if (held.isEmpty()) {
            return List.of();
        }
        List<String> ids = held.stream().map(ReportedTask::usageId).distinct().toList();
        Map<String, String> problems = cluster.nodeProblems(held.stream()
                .map(task -> task.status().allocation().node())
                .filter(node -> !node.isEmpty())
                .distinct()
                .toList());
        log.info("Tasks are cancelled that Slurm holds because their launch failed. tasks={}", ids);
        cluster.cancel(ids);
        List<JudgedRun> judged = new ArrayList<>();
        for (ReportedTask task : held) {
            TaskStatus status = task.status();
            judged.add(new JudgedRun(
                    task.run(),
                    Verdict.neverBegan(
                            status,
                            Optional.ofNullable(problems.get(status.allocation().node())),
                            files.logReplaced(task.run().batch(), task.run().index())),
                    RunFacts.of(status, task.usageId(), TaskUsage.UNKNOWN, Optional.empty())));
        }
        return judged;
    }
}
