package io.swath.tracking;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.job.Evidence;
import io.swath.job.TaskFiles;
import io.swath.model.Allocation;
import io.swath.model.Batch;
import io.swath.model.ExitStatus;
import io.swath.model.ResourceUse;
import io.swath.model.Run;
import io.swath.model.Timing;
import io.swath.model.Tres;
import io.swath.tracking.PackedTask.Part;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A task that has ended in accounting, with those of its runs that are open in the ledger: one, or several that it made one
 * after the other.
 */
record EndedTask(Batch batch, String node, List<EndedRun> runs) {
    /**
     * A run of the task.
     *
     * @param status what accounting reports about it, or would report if the run had been a task
     * @param part what the end of the task means to it
     * @param facts to record
     * @param mayHaveBegun whether it seems not to have begun, and that may change
     */
    record EndedRun(
            TrackedRun run,
            TaskStatus status,
            TaskUsage usage,
            TaskTraces traces,
            Part part,
            Run.Facts facts,
            boolean mayHaveBegun) {
        String id() {
            return run.id();
        }

        /**
         * Whether the verdict depends on traces that may not be visible yet. After COMPLETED, the evidence shows the output.
         * After FAILED on a GPU, it shows whether the GPU's memory was too small, unless a signal ended job.sh itself, which
         * then wrote none. If a task seems never to have begun, its lease may still appear, unless the cluster confirms that
         * the node is at fault.
         */
        boolean mayLeaveMore(Optional<String> nodeProblem) {
            if (part == Part.NOT_BEGUN) {
                return mayHaveBegun;
            }
            if (traces.neverBegan(status)) {
                return nodeProblem.isEmpty();
            }
            boolean onGpu = run.batch().request().gpu().any();
            return switch (status.phase()) {
                case COMPLETED ->
                    !traces.outputInPlace() || traces.ownEvidence(status).isEmpty();
                case FAILED ->
                    onGpu
                            && status.exit().code().orElse(0) != 0
                            && traces.evidence().isEmpty();
                default -> false;
            };
        }

        JudgedRun judge(Optional<String> nodeProblem) {
            boolean dependent = !run.batch().dependsOn().isEmpty();
            Verdict verdict = part == Part.NOT_BEGUN
                    ? Verdict.notBegun(status)
                    : Verdict.of(status, usage, traces, dependent, nodeProblem);
            // of a preparation that a duplicate job has done, the evidence is that job's
            return new JudgedRun(
                    run, verdict, facts, run.batch().preparation() ? traces.evidence() : traces.ownEvidence(status));
        }
    }

    /** Whether the task got a node, and nothing of it ran there. */
    boolean neverBegan() {
        return runs.stream().allMatch(run -> run.traces().neverBegan(run.status()));
    }

    /**
     * Reads what a task has left on the storage.
     *
     * @param reported its open runs, at least one
     * @param usage what accounting reports for the task
     */
    static EndedTask of(List<ReportedTask> reported, TaskUsage usage, TaskFiles files) {
        ReportedTask first = reported.get(0);
        Batch batch = first.run().batch();
        List<EndedRun> runs =
                batch.packed() ? severalRuns(reported, usage, files) : List.of(oneRun(first, usage, files));
        return new EndedTask(batch, first.status().allocation().node(), runs);
    }

    private static EndedRun oneRun(ReportedTask task, TaskUsage usage, TaskFiles files) {
        TaskTraces traces = traces(task, files);
        TaskStatus status = task.status();
        TaskUsage onEach =
                usage.onEachOf(task.run().batch().request().placement().nodes());
        Run.Facts facts = RunFacts.of(status, task.usageId(), onEach, traces.evidence());
        return new EndedRun(task.run(), status, usage, traces, Part.AT, facts, false);
    }

    private static List<EndedRun> severalRuns(List<ReportedTask> reported, TaskUsage usage, TaskFiles files) {
        TaskStatus status = reported.get(0).status();
        Batch batch = reported.get(0).run().batch();
        Map<Integer, PackedTask.Line> lines = new HashMap<>();
        for (int index : batch.runsOf(reported.get(0).run().taskIndex())) {
            lines.put(index, new PackedTask.Line(files.evidence(batch, index), Optional.empty())); // recorded earlier
        }
        Map<Integer, TaskTraces> traces = new HashMap<>();
        for (ReportedTask task : reported) {
            TaskTraces left = traces(task, files);
            TrackedRun run = task.run();
            traces.put(run.index(), left);
            lines.put(
                    run.index(),
                    new PackedTask.Line(
                            left.evidence(),
                            files.leaseOwner(batch, run.run().tile(), run.run().attempt())));
        }
        PackedTask packed = new PackedTask(status, lines, usage.killedForMemory());
        SharedUsage shared = packed.share(usage);
        List<EndedRun> runs = new ArrayList<>();
        for (ReportedTask task : reported) {
            int index = task.run().index();
            Part part = packed.part(index);
            TaskStatus own = packed.statusOf(index);
            boolean killed = part == Part.AT ? usage.killedForMemory() : packed.memoryKilled(index);
            Run.Facts facts =
                    facts(task.run(), own, part, shared, traces.get(index).ownEvidence(status));
            TaskUsage ofRun =
                    new TaskUsage(facts.used().memoryKiB(), facts.used().cpuMillis(), killed);
            runs.add(new EndedRun(task.run(), own, ofRun, traces.get(index), part, facts, packed.mayHaveBegun(index)));
        }
        return runs;
    }

    private static Run.Facts facts(
            TrackedRun run, TaskStatus status, Part part, SharedUsage shared, Optional<Evidence> evidence) {
        Timing timing = shared.timing(run.index());
        ResourceUse used = shared.used(run.index());
        boolean notBegun = part == Part.NOT_BEGUN;
        TaskStatus own = new TaskStatus(
                status.task(),
                status.state(),
                notBegun ? ExitStatus.NONE : status.exit(),
                timing,
                notBegun ? new Allocation(status.allocation().partition(), "", Optional.empty()) : status.allocation(),
                notBegun ? new Tres(status.tres().requested(), "") : status.tres(),
                status.reason(),
                status.restarts());
        return RunFacts.of(own, run.taskId(status.jobId()), used, evidence);
    }

    private static TaskTraces traces(ReportedTask task, TaskFiles files) {
        TrackedRun run = task.run();
        Batch batch = run.batch();
        Optional<Evidence> evidence =
                files.evidence(batch, run.index(), run.run().attempt());
        return new TaskTraces(
                evidence,
                files.success(batch, run.run().tile(), evidence),
                task.status().phase() == Phase.COMPLETED ? "" : files.endOfLog(batch, run.index()),
                files.leased(batch, run.run().tile(), run.run().attempt()),
                files.logReplaced(batch, run.index()));
    }
}
