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

/** The one thread to which a node's state belongs, and the way for others to have something done there. */
final class NodeThread {
    private static final Logger LOG = LoggerFactory.getLogger(NodeThread.class);

    private final Map<String, LongAdder> calls = new ConcurrentHashMap<>();
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "swath-local-cluster");
        thread.setDaemon(true);
        return thread;
    });

    /** Something done for its effect. */
    interface Action {
        void run() throws Exception;
    }

    /** Does it there after a while, unless this is closed by then; trouble is logged. */
    void later(Duration delay, Runnable what) {
        try {
            Future<?> unused = executor.schedule(() -> logging(what), delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            LOG.debug("The local cluster is closed; the next start finds out what became of its tasks");
        }
    }

    private static void logging(Runnable what) {
        try {
            what.run();
        } catch (RuntimeException problem) {
            LOG.error("Trouble in the local cluster", problem);
        }
    }

    void close() {
        executor.shutdownNow();
    }

    /** Does it there, waits for it, and counts it under this name. */
    <T> T call(String name, Callable<T> what) {
        calls.computeIfAbsent(name, key -> new LongAdder()).increment();
        try {
            return executor.submit(what).get();
        } catch (ExecutionException failed) {
            throw failure(name, String.valueOf(failed.getCause()), failed.getCause());
        } catch (RejectedExecutionException closed) {
            throw failure(name, "it is closed", closed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw failure(name, "this program is being stopped", interrupted);
        }
    }

    void run(String name, Action what) {
        call(name, () -> {
            what.run();
            return null;
        });
    }

    static ClusterException failure(String name, String what, Throwable cause) {
        return new ClusterException("Tried to " + name + " on the local cluster, but: " + what, cause);
    }

    Map<String, Long> calls() {
        Map<String, Long> counts = new TreeMap<>();
        calls.forEach((name, count) -> counts.put(name, count.sum()));
        return counts;
    }
}
