package io.swath.cluster;

import io.swath.model.Request;
import io.swath.model.WaitCause;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The port to the system that runs the jobs: Slurm, or this machine. Implementations are thread-safe.
 *
 * <p>A method that returns has done its work completely. A method that throws {@link ClusterException} may have done
 * none of it, a part, or all; it is safe to call the method again. Only {@link #submit} is not safe to repeat: a second
 * call may queue a second job. So an unclear answer is a result, and not an exception.
 */
public interface Cluster extends AutoCloseable {
    /** What the cluster is and what it offers. The answer may be some minutes old. */
    Capabilities capabilities();

    /**
     * Queues one job array.
     *
     * @return {@link Submitted.Ambiguous} when the cluster's answer is lost or unclear
     * @throws UnreachableException when the cluster certainly received nothing
     */
    Submitted submit(JobArray submission);

    /**
     * Queues job arrays, in this order, with as few calls to the cluster as it can.
     *
     * @param answers receives the answer to each, in their order; a lost or unclear answer to one says nothing about the others
     * @throws ClusterException when the cluster certainly did not receive those that have no answer yet
     */
    default void submit(List<JobArray> submissions, BiConsumer<JobArray, Submitted> answers) {
        submissions.forEach(submission -> answers.accept(submission, submit(submission)));
    }

    /**
     * Looks up submissions by their tokens, in the queue and in accounting.
     *
     * @param since when the first of them was made; it only makes the search faster
     * @return the ids of all jobs of Swath's user with such a name, by token, the oldest first; a token without jobs has
     *     no entry
     */
    Map<String, List<String>> find(Collection<String> tokens, Instant since);

    /**
     * Whether {@link #find} is conclusive: if it finds no job for a token, then no job exists and none will appear. Such
     * a submission may be sent again at once. With Slurm this is false, because a command can take effect late.
     */
    default boolean findsForCertain() {
        return false;
    }

    /**
     * Reads the accounting rows of the given jobs, with one query.
     *
     * <ul>
     *   <li>Each array task that has started has a row of its own. Pending tasks share a range row.
     *   <li>A requeued task has one row for each of its runs.
     *   <li>A task may have no row. Then nothing is known about it.
     *   <li>A truncated answer is an exception, never a short answer.
     *   <li>Rows that were passed on before an exception are correct, but later rows of a requeued task may be missing.
     * </ul>
     *
     * @param since when the first of the jobs was made; it only makes the search faster
     * @param rows receives each row as soon as it is read, in the caller's thread or another
     */
    void states(Collection<String> jobIds, Instant since, Consumer<TaskStatus> rows);

    /**
     * Reads from accounting what ended tasks used, with one query.
     *
     * @param taskIds as in {@link TaskStatus.Task#id()}
     * @param since when the first of the jobs was made; it only makes the search faster
     * @return by task id; a task without a row has no entry
     */
    Map<String, TaskUsage> usage(Collection<String> taskIds, Instant since);

    /**
     * Reads the queue, with one query: why pending tasks wait, when they may start, and which tasks were cancelled
     * recently (see {@link Waiting}). Every task of these jobs that has not ended is in one of the rows. A job that is
     * not in the queue has no row.
     */
    List<Waiting> waiting(Collection<String> jobIds);

    /**
     * Why a row of the queue waits, and who can end that. Asks the cluster nothing that it was not asked recently.
     *
     * @param partition the partition that the job asked for
     */
    default WaitCause explain(Waiting waiting, String partition) {
        String reason = waiting.reason().isEmpty() ? waiting.clusterState() : waiting.reason();
        return switch (reason) {
            case "Dependency" ->
                new WaitCause(
                        reason,
                        WaitCause.Kind.FOLLOWS,
                        "the job waits because the job that it depends on has not ended",
                        WaitCause.NOBODY);
            default ->
                new WaitCause(reason, WaitCause.Kind.PASSES, "the job waits for free resources", WaitCause.NOBODY);
        };
    }

    /**
     * What in the cluster would keep a job with this request from ever starting, as things are now; for each, who can mend
     * it. Only for a person who checks the settings, because it costs several queries.
     *
     * @param account the account that the job is charged to; empty: the user's default
     * @param qos its quality of service; empty: the user's default
     */
    default List<String> obstacles(Request request, String account, String qos) {
        return List.of();
    }

    /**
     * What a person who checks the settings should know: nodes that run no jobs, maintenance windows, how the scheduler is
     * set.
     */
    default List<String> notices() {
        return List.of();
    }

    /** What is missing or unused in the cluster's configuration, each with what helps. */
    default List<String> advice() {
        return List.of();
    }

    /** What waits in each partition, with one query. A partition in which nothing waits has no entry. */
    default Map<String, Backlog> backlog() {
        return Map.of();
    }

    /**
     * Asks about nodes on which tasks could not begin.
     *
     * @return for each of these nodes that gets no work now: its state and the reason, in the cluster's own words
     */
    default Map<String, String> nodeProblems(Collection<String> nodes) {
        return Map.of();
    }

    /**
     * Has the listener called, in any thread, when all tasks of a job have ended. A cluster that does not learn of it never
     * calls it. The listener returns at once, and throws nothing.
     */
    default void onJobEnd(Runnable listener) {}

    /** Whether {@link #resizeWaiting} has an effect. */
    default boolean resizesWaiting() {
        return false;
    }

    /**
     * Changes how much memory of each node the pending tasks of a job array ask for. Tasks that have started keep theirs. An
     * unknown or ended job is not an error.
     */
    default void resizeWaiting(String jobId, int memoryMiB) {}

    /** Cancels jobs ({@code 12}) or single tasks ({@code 12_3}). An unknown or ended job is not an error. */
    void cancel(Collection<String> jobIds);

    /** Keeps pending tasks from starting. Running tasks continue. */
    void hold(Collection<String> jobIds);

    /** Lets held jobs start again. */
    void release(Collection<String> jobIds);

    /** Stops running tasks without ending them. */
    void suspend(Collection<String> jobIds);

    /** Continues suspended tasks. */
    void resume(Collection<String> jobIds);

    /**
     * Asks whether the cluster would accept a job with these options, and submits nothing.
     *
     * @param options as in {@code --name=value}, one option a word
     * @return why not, in the cluster's own words; empty: it would
     */
    default Optional<String> refusalOf(List<String> options) {
        return Optional.empty();
    }

    /**
     * How many jobs the cluster's scheduler has started; empty: the cluster does not count that.
     *
     * @throws ClusterException when the cluster does not answer, or does not tell this user
     */
    default Optional<SchedulerStarts> starts() {
        return Optional.empty();
    }

    /** Why fewer commands are sent to the cluster than the settings allow, as it asked for; empty: no fewer. */
    default Optional<String> overload() {
        return Optional.empty();
    }

    /** How many commands were sent to the cluster since the start, by command name. For the metrics. */
    Map<String, Long> commandsSent();

    @Override
    void close();
}
