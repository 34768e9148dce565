package io.swath.cluster.local;

import io.swath.cluster.ClusterException;
import java.time.Duration;
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
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that owns a node's state. Other threads run their calls in it. Thread-safe. */
final class NodeThread {
    private static final Logger LOG = LoggerFactory.getLogger(NodeThread.class);

    private final Map<String, LongAdder> calls = new ConcurrentHashMap<>();
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "swath-local-cluster");
        thread.setDaemon(true);
        return thread;
    });

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
     * @throws ClusterException when the call fails or this is closed
     */
    <T> T call(String name, Callable<T> call) {
        calls.computeIfAbsent(name, key -> new LongAdder()).increment();
        try {
            return executor.submit(call).get();
        } catch (ExecutionException failed) {
            throw failure(name, String.valueOf(failed.getCause()), failed.getCause());
        } catch (RejectedExecutionException closed) {
            throw failure(name, "it is closed", closed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw failure(name, "Swath is stopping", interrupted);
        }
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
