package io.swath.testing;

import io.swath.cluster.TaskStatus;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.model.Allocation;
import io.swath.model.Batch;
import io.swath.model.ExitStatus;
import io.swath.model.Run;
import io.swath.model.Timing;
import io.swath.model.Tres;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Builds a row of the accounting field by field. The defaults are those of sacct for a task with one CPU. */
public final class TaskRow {
    private final String jobId;
    private final String token;
    private final List<Integer> indices;
    private final boolean range;
    private String clusterState = "PENDING";
    private Phase phase = Phase.PENDING;
    private String detail = "";
    private Optional<Integer> exitCode = Optional.empty();
    private Optional<Integer> signal = Optional.empty();
    private Optional<Instant> submitted = Optional.of(TestClock.START);
    private Optional<Instant> started = Optional.empty();
    private Optional<Instant> ended = Optional.empty();
    private String node = "";
    private String reason = "";
    private int memoryMiB = 600;

    private TaskRow(String jobId, String token, List<Integer> indices, boolean range) {
        this.jobId = jobId;
        this.token = token;
        this.indices = indices;
        this.range = range;
    }

    public static TaskRow task(Batch batch, int index) {
        return new TaskRow(batch.clusterId(), batch.token(), List.of(index), false).asksAs(batch);
    }

    public static TaskRow task(String jobId, String token, int index) {
        return new TaskRow(jobId, token, List.of(index), false);
    }

    /** The row of an array's pending tasks. Without indices, sacct had no room to list them. */
    public static TaskRow range(Batch batch, Integer... indices) {
        return new TaskRow(batch.clusterId(), batch.token(), List.of(indices), true).asksAs(batch);
    }

    private TaskRow asksAs(Batch batch) {
        memoryMiB = batch.request().memoryMiB() > 0 ? batch.request().memoryMiB() : memoryMiB;
        return this;
    }

    public TaskRow is(Phase what) {
        phase = what;
        clusterState = what.name();
        boolean began = what.ended() || what == Phase.RUNNING || what == Phase.SUSPENDED;
        started = began ? Optional.of(TestClock.START.plusSeconds(10)) : Optional.empty();
        ended = what.ended() ? Optional.of(TestClock.START.plusSeconds(40)) : Optional.empty();
        node = began ? "cpu1" : "";
        exit(0, 0);
        return this;
    }

    public TaskRow clusterState(String text) {
        clusterState = text;
        return this;
    }

    public TaskRow detail(String text) {
        detail = text;
        return this;
    }

    public TaskRow exit(int code, int endedBy) {
        exitCode = phase.ended() ? Optional.of(code) : Optional.empty();
        signal = phase.ended() ? Optional.of(endedBy) : Optional.empty();
        return this;
    }

    public TaskRow submittedAt(Instant time) {
        submitted = Optional.of(time);
        return this;
    }

    public TaskRow neverStarted() {
        started = Optional.empty();
        node = "";
        return this;
    }

    public TaskRow endedAt(Instant time) {
        ended = Optional.of(time);
        return this;
    }

    public TaskRow node(String name) {
        node = name;
        return this;
    }

    public TaskRow reason(String text) {
        reason = text;
        return this;
    }

    /** Facts of a run that ended on this node; other facts are empty. */
    public static Run.Facts facts(Batch batch, int index, String node, Instant ended) {
        return facts(batch, index, node, Optional.empty(), ended);
    }

    /** Facts of a run that ran from {@code started} to {@code ended} on this node; other facts are empty. */
    public static Run.Facts facts(Batch batch, int index, String node, Optional<Instant> started, Instant ended) {
        Run.Facts none = Run.Facts.NONE;
        return new Run.Facts(
                batch.clusterId() + "_" + index,
                "FAILED",
                none.exit(),
                new Timing(Optional.empty(), Optional.empty(), started, Optional.of(ended), Optional.empty()),
                new Allocation(batch.request().partition(), node, Optional.empty()),
                none.tres(),
                none.used(),
                none.restarts(),
                none.pending(),
                none.note());
    }

    public TaskStatus row() {
        return new TaskStatus(
                new TaskStatus.Task(jobId, indices, range, jobId, token),
                new TaskStatus.State(clusterState, phase, detail),
                new ExitStatus(exitCode, signal),
                new Timing(submitted, submitted, started, ended, ended.map(end -> 30L)),
                new Allocation("cpu", node, Optional.of(1)),
                new Tres(
                        "billing=1,cpu=1,mem=" + memoryMiB + "M,node=1",
                        "billing=1,cpu=1,mem=" + memoryMiB + "M,node=1"),
                reason,
                0);
    }
}
