package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.model.Run;
import io.swath.model.RunState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The open runs, sorted by what accounting reports about them.
 *
 * @param missing runs without a row in accounting
 * @param ended runs whose task has ended
 * @param open runs that accounting reports as open, without the runs in an unknown state
 * @param changed open runs whose cluster state differs from the ledger, with the new state, to be written to the ledger
 * @param unknownStates states that Swath does not know, each with a task that has it
 */
record ClassifiedRuns(
        List<TrackedRun> missing,
        List<ReportedTask> ended,
        List<ReportedTask> open,
        List<Run> changed,
        Set<String> unknownStates) {

    static ClassifiedRuns of(Collection<AccountingSnapshot> snapshots) {
        ClassifiedRuns classified = new ClassifiedRuns(
                new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new TreeSet<>());
        for (AccountingSnapshot snapshot : snapshots) {
            for (TrackedRun run : snapshot.runs()) {
                snapshot.status(run.index())
                        .ifPresentOrElse(
                                status -> classified.add(run, status),
                                () -> classified.missing().add(run));
            }
        }
        return classified;
    }

    private void add(TrackedRun run, TaskStatus status) {
        if (status.phase().ended()) {
            ended.add(new ReportedTask(run, status));
            return;
        }
        if (status.phase() == Phase.UNKNOWN) {
            unknownStates.add(status.clusterState() + " (" + status.task().id() + ")");
        } else {
            open.add(new ReportedTask(run, status));
        }
        if (!status.clusterState().equals(run.run().clusterState())) {
            changed.add(inProgress(run, status));
        }
    }

    private static Run inProgress(TrackedRun run, TaskStatus status) {
        boolean running = status.phase() == Phase.RUNNING || status.phase() == Phase.SUSPENDED;
        return run.withState(
                running ? RunState.RUNNING : RunState.QUEUED,
                Optional.empty(),
                "",
                RunFacts.of(status, run.taskId(status.jobId()), TaskUsage.UNKNOWN, Optional.empty()));
    }
}
