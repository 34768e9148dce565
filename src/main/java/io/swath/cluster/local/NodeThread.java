package io.swath.cluster.local;

import io.swath.cluster.ClusterException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that owns a node's state. Other threads run their calls in it. Thread-safe. */
final class NodeThread {
    private static final Logger LOG = LoggerFactory.getLogger(NodeThread.class);

    /** The thread opens nothing that makes it wait, so it answers within seconds; the rest is for a slow disk. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Map<String, LongAdder> calls = new ConcurrentHashMap<>();
    private final Duration patience;
    private volatile Thread thread;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
        thread = new Thread(task, "swath-local-cluster");
        thread.setDaemon(true);
        return thread;
    });

    NodeThread() {
        this(PATIENCE);
    }

    /** @param patience how long a call waits for its result */
    NodeThread(Duration patience) {
        this.patience = patience;
    }

    /** A call without a result. */
    interface Action {
        void run() throws Exception;
    }

    /** Runs the task in the thread after a delay, unless this is closed by then. Exceptions are logged. */
    void later(Duration delay, Runnable task) {
        try {
            Future<?> unused = executor.schedule(() -> runAndLog(task), delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            LOG.debug("The local cluster is closed. Its next start ends the tasks that are still running.");
        }
    }

    private static void runAndLog(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException problem) {
            LOG.error("A task of the local cluster's thread failed", problem);
        }
    }

    void close() {
        executor.shutdownNow();
    }

    /**
     * Runs the call in the thread, waits for its result, and counts it under this name.
     *
     * @throws ClusterException when the call fails, this is closed, or the thread stands still
     */
    <T> T call(String name, Callable<T> call) {
        return call(name, patience, call);
    }

    /** As {@link #call(String, Callable)}, and waits this long for the result. */
    <T> T call(String name, Duration longest, Callable<T> call) {
        calls.computeIfAbsent(name, key -> new LongAdder()).increment();
        try {
            Future<T> answer = executor.submit(call);
            try {
                return answer.get(longest.toMillis(), TimeUnit.MILLISECONDS);
            } finally {
                answer.cancel(false); // what has not begun never runs
            }
        } catch (TimeoutException standsStill) {
            throw failure(
                    name,
                    "its thread has not answered for " + longest.toSeconds() + " s" + where()
                            + ". No task starts or ends meanwhile. Look for a disk that does not answer; if there is none,"
                            + " restart Swath",
                    standsStill);
        } catch (ExecutionException failed) {
            throw failure(name, String.valueOf(failed.getCause()), failed.getCause());
        } catch (RejectedExecutionException closed) {
            throw failure(name, "it is closed", closed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw failure(name, "Swath is stopping", interrupted);
        }
    }

    /** What the thread does now, for a person who reports that it stands still. */
    private String where() {
        Thread running = thread;
        return running == null
                ? ""
                : Arrays.stream(running.getStackTrace())
                        .filter(frame -> frame.getClassName().startsWith("io.swath."))
                        .findFirst()
                        .map(frame -> "; it stands in " + frame.getClassName() + "." + frame.getMethodName() + ":"
                                + frame.getLineNumber())
                        .orElse("");
    }

    void run(String name, Action action) {
        call(name, () -> {
            action.run();
            return null;
        });
    }

    static ClusterException failure(String name, String problem, Throwable cause) {
        return new ClusterException("Tried to " + name + " on the local cluster, but: " + problem, cause);
    }

    Map<String, Long> calls() {
        Map<String, Long> counts = new TreeMap<>();
        calls.forEach((name, count) -> counts.put(name, count.sum()));
        return counts;
    }
}
