package io.swath.cluster;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The port to whatever runs the jobs: Slurm, or this machine.
 *
 * <p>Every method either does what it says or throws {@link ClusterException}, which always means trouble with the
 * plumbing: nothing is known to have changed, and the call may be made again. Only {@link #submit} answers otherwise,
 * because a submission whose answer got lost may have worked. Implementations are thread-safe.
 */
public interface Cluster extends AutoCloseable {
    /** What the cluster is and offers; asked once, then remembered for some minutes. */
    Capabilities capabilities();

    /** Queues one job array. Never throws for trouble with the plumbing: that is {@link Submitted.Ambiguous}. */
    Submitted submit(JobArray submission);

    /**
     * Looks submissions up by their tokens, both among what is queued and in the accounting.
     *
     * @param since when the first of them was made; for speed alone, since a token is used once
     * @return every job id of our user with such a name, by token, the oldest first; a token without jobs has no entry
     */
    Map<String, List<String>> find(Collection<String> tokens, Instant since);

    /**
     * Whether a token that {@link #find} does not know has surely not been accepted, and never will be: then it may be
     * sent again at once. Not so where commands and accounting have ways of their own, and their delays.
     */
    default boolean findsForCertain() {
        return false;
    }

    /**
     * One accounting query for all the given jobs: a row for each allocation (array task), a range row for what is
     * pending, every run of a task that was requeued. Rows are handed on as they are read; those handed on before an
     * exception are true, but of a requeued task the later ones may be missing. A task may have no row: nothing is known
     * of it then. An answer that was cut short is an exception, never a short answer.
     *
     * @param since when the first of them was made; for speed alone
     */
    void states(Collection<String> jobIds, Instant since, Consumer<TaskStatus> rows);

    /** One accounting query for what the given tasks used: ids as in {@link TaskStatus#taskId()}, ended tasks only. */
    Map<String, TaskUsage> usage(Collection<String> taskIds, Instant since);

    /**
     * One queue query: why the given jobs' pending tasks wait and when they may start, and which tasks were cancelled of
     * late (see {@link Waiting}). Every task that has not ended is in one of the rows; a job that the queue does not
     * know has none.
     */
    List<Waiting> waiting(Collection<String> jobIds);

    /** Ends jobs or single tasks ({@code 12} or {@code 12_3}), queued or running. Unknown or ended ones are no error. */
    void cancel(Collection<String> jobIds);

    /** Keeps queued jobs from starting; running tasks go on. */
    void hold(Collection<String> jobIds);

    /** Lets held jobs start again. */
    void release(Collection<String> jobIds);

    /** Stops running tasks where they are. */
    void suspend(Collection<String> jobIds);

    /** Lets suspended tasks go on. */
    void resume(Collection<String> jobIds);

    /** How many commands or calls have gone to the cluster since the start, by name, for the metrics. */
    Map<String, Long> commandsSent();

    @Override
    void close();
}
