package io.swath.cluster;

import io.swath.model.Request;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One limit of an account or a quality of service, as sacctmgr(1) names it. Immutable.
 *
 * @param column its name, such as {@code MaxTRES} or {@code GrpJobs}
 * @param resource what is limited: {@code cpu}, {@code mem} (MiB), {@code node}, {@code gres/gpu}, {@code gres/gpu:a100},
 *     {@code gres/shard}, {@code gres/mps}; empty for jobs and for time
 * @param amount jobs, seconds, or of the resource
 * @param text as the cluster prints it, such as {@code MaxTRES=mem=400M}
 */
public record Limit(String column, String resource, long amount, String text) {
    /** What the amount is compared with. */
    enum Scope {
        /** What one job requests. */
        JOB,
        /** The least that one job requests. */
        LEAST,
        /** The time limit of a job. */
        TIME,
        /** What all running jobs have together. */
        TOGETHER,
        /** The number of running jobs. Each task of an array counts. */
        RUNNING,
        /** The number of jobs that wait or run. Each task of an array counts. */
        QUEUED
    }

    Scope scope() {
        String name = column.toLowerCase(Locale.ROOT);
        if (name.contains("wall")) {
            return Scope.TIME;
        }
        if (name.contains("submit")) {
            return Scope.QUEUED;
        }
        if (name.contains("jobs")) {
            return Scope.RUNNING;
        }
        if (name.startsWith("min")) {
            return Scope.LEAST;
        }
        return name.startsWith("grp") || name.endsWith("user") || name.endsWith("account") ? Scope.TOGETHER : Scope.JOB;
    }

    /**
     * Limits with the same key replace one another by precedence (resource_limits.html, "Hierarchy"). MaxJobs of an
     * association is what a QOS calls MaxJobsPerUser.
     */
    String key() {
        return column.replace("JobsPerUser", "Jobs") + " " + resource;
    }

    /** In which way one job with this request breaks the limit; empty when it does not. */
    Optional<String> brokenBy(Request request) {
        long asked = asked(request);
        return switch (scope()) {
            case TIME ->
                request.time().compareTo(Duration.ofSeconds(amount)) > 0
                        ? Optional.of(text + " is less than its time limit of "
                                + request.time().toSeconds() + " s")
                        : Optional.empty();
            case LEAST -> asked >= 0 && asked < amount ? Optional.of(text + asks(asked)) : Optional.empty();
            case JOB, TOGETHER -> asked > amount ? Optional.of(text + asks(asked)) : Optional.empty();
            case RUNNING, QUEUED -> amount == 0 ? Optional.of(text + ", so no job may start") : Optional.empty();
        };
    }

    /**
     * How much memory of each node, in MiB, one job with such tasks and nodes may request; empty: it says nothing of that. A limit
     * of CPUs says it where memory costs CPUs ({@code MaxMemPerCPU}).
     */
    Optional<Long> mostMemoryMiBPerNode(Request request, PartitionRules rules) {
        if (scope() != Scope.JOB && scope() != Scope.TOGETHER) {
            return Optional.empty();
        }
        long each = amount / nodes(request);
        return switch (resource) {
            case "mem" -> Optional.of(each);
            case "cpu" ->
                rules.limitsMemoryPerCpu()
                        ? Optional.of(Math.min(each, Integer.MAX_VALUE) * rules.mostMemoryMiBPerCpu())
                        : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** Whether all running jobs have the amount together, so that a job which asks for all of it waits for all others. */
    boolean shared() {
        return scope() == Scope.TOGETHER;
    }

    /** The longest time limit of a job; empty: it says nothing of time. */
    Optional<Long> mostSeconds() {
        return scope() == Scope.TIME ? Optional.of(amount) : Optional.empty();
    }

    private int nodes(Request request) {
        return column.endsWith("PerNode") ? 1 : request.placement().nodes();
    }

    private String asks(long asked) {
        return ", and it asks for " + resource + "=" + asked + (resource.equals("mem") ? "M" : "");
    }

    /** How many jobs with this request may run at once under this limit alone; {@link Integer#MAX_VALUE}: any number. */
    int tasksAtOnce(Request request) {
        long asked = asked(request);
        long tasks = switch (scope()) {
            case RUNNING -> amount;
            case TOGETHER -> asked > 0 ? amount / asked : Integer.MAX_VALUE;
            case JOB, LEAST, TIME, QUEUED -> Integer.MAX_VALUE;
        };
        return (int) Math.min(Integer.MAX_VALUE, tasks);
    }

    /** How much of the resource one job asks for; -1 when nothing is known of the resource. */
    private long asked(Request request) {
        int nodes = nodes(request);
        Map<String, Long> amounts = Map.of(
                "cpu",
                (long) request.cpusPerNode() * nodes,
                "node",
                (long) nodes,
                "gres/gpu",
                (long) request.gpus() * nodes,
                "gres/gpu:" + request.gpuType(),
                (long) request.gpus() * nodes,
                "gres/mps",
                (long) request.gpu().mps() * nodes,
                "gres/shard",
                (long) request.shards() * nodes,
                "mem",
                request.memoryMiB() > 0 ? (long) request.memoryMiB() * nodes : -1L);
        return amounts.getOrDefault(resource, -1L);
    }
}
