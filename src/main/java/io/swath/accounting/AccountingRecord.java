package io.swath.accounting;

import io.swath.model.Batch;
import io.swath.model.Request;
import io.swath.model.Run;
import io.swath.model.Timing;
import io.swath.untrusted.Texts;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The accounting record of one run, field by field in a fixed order: a message on {@code swath.accounting}, and a line of
 * {@code runs.csv}. {@code docs/messages/accounting.schema.json} describes the fields. What was not measured is null, never
 * zero. Stateless.
 */
public final class AccountingRecord {
    private AccountingRecord() {}

    /** {@code cluster} is the adapter's name: {@code slurm}, or {@code local} for runs on this machine. */
    public static Map<String, Object> of(Run run, Batch batch, String recipe, String cluster) {
        Run.Facts facts = run.facts();
        Timing timing = facts.timing();
        Request asked = facts.asked(batch.request());
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("id", run.id());
        record.put("scene", run.sceneId());
        record.put("recipe", recipe);
        record.put("step", run.step());
        record.put("tile", run.tile() < 0 ? null : run.tile());
        record.put("attempt", run.attempt());
        record.put("cluster", cluster);
        record.put("job", batch.clusterId());
        record.put(
                "task", facts.jobId().isEmpty() ? batch.clusterId() + "_" + batch.taskOf(run.index()) : facts.jobId());
        record.put("state", run.state().name());
        record.put("clusterState", Texts.line(facts.clusterState()));
        record.put("cause", run.cause().map(Enum::name).orElse(null));
        record.put("detail", Texts.line(run.detail()));
        record.put("exitCode", facts.exit().code().orElse(null));
        record.put("signal", facts.exit().signal().orElse(null));
        record.put(
                "partition",
                facts.allocation().partition().isEmpty()
                        ? asked.partition()
                        : facts.allocation().partition());
        record.put("node", Texts.line(facts.allocation().node()));
        record.put("submitted", text(timing.submitted()));
        record.put("eligible", text(timing.eligible()));
        record.put("start", text(timing.started()));
        record.put("end", text(timing.ended()));
        record.put("waitingSeconds", seconds(timing.eligible().or(timing::submitted), timing.started()));
        record.put("elapsedSeconds", timing.elapsedSeconds().orElse(null));
        record.put("timeLimitSeconds", asked.time().toSeconds());
        record.put("requestedCpus", asked.totalCpus());
        record.put(
                "requestedCpuSeconds",
                part(run, batch, asked.totalCpus() * asked.time().toSeconds()));
        record.put(
                "allocatedCpuSeconds",
                timing.elapsedSeconds()
                        .map(s -> s * facts.allocation().cpus().orElse(asked.totalCpus()))
                        .orElse(null));
        record.put(
                "usedCpuSeconds",
                facts.used().cpuMillis().map(ms -> ms / 1000.0).orElse(null));
        record.put("requestedMemoryMiB", asked.memoryMiB() == 0 ? null : asked.memoryMiB());
        record.put(
                "usedMemoryMiB",
                facts.used()
                        .memoryKiB()
                        .map(kib -> Math.round(kib / 102.4) / 10.0)
                        .orElse(null));
        record.put("requestedGpus", asked.totalGpus());
        record.put("requestedShards", asked.shards());
        record.put("allocatedGpus", count(facts.tres().allocated(), "gres/gpu"));
        record.put("allocatedShards", count(facts.tres().allocated(), "gres/shard"));
        record.put("requestedTres", facts.tres().requested());
        record.put("allocatedTres", facts.tres().allocated());
        record.put("restarts", facts.restarts());
        record.put("note", facts.note());
        record.put("version", batch.version());
        record.put(
                "wallSeconds",
                facts.used().wall().map(AccountingRecord::seconds).orElse(null));
        record.put("requestedBecause", because(asked, batch));
        record.put("requestedMps", asked.gpu().mps());
        record.put("allocatedMps", count(facts.tres().allocated(), "gres/mps"));
        record.put("requestedGpuPart", asked.gpu().partial() ? asked.gpu().part() : null);
        record.put(
                "allocatedGpuSeconds",
                timing.elapsedSeconds()
                        .flatMap(s -> gpus(asked).map(gpus -> s * gpus))
                        .orElse(null));
        record.put("usedGpuMemoryMiB", facts.used().gpu().memoryMiB().orElse(null));
        record.put("gpuMemoryMiB", facts.used().gpu().cardMiB().orElse(null));
        record.put("gpuUsePercent", facts.used().gpu().percent().orElse(null));
        record.put("gpuMemorySource", Texts.line(facts.used().gpu().source()));
        record.put("shared", shared(run, batch));
        return record;
    }

    /** Why the run asked for so much. Its array may ask for other memory since, and says why for that. */
    private static String because(Request asked, Batch batch) {
        if (asked.memoryMiB() == batch.request().memoryMiB()) {
            return batch.why();
        }
        return asked.memoryMiB() + " MiB: as its array asked when the task started"
                + (batch.why().isEmpty() ? "" : "; tasks of it that start later: " + batch.why());
    }

    /** A part of one GPU counts as that part; empty: an older version did not record which part it was. */
    private static Optional<Double> gpus(Request asked) {
        if (!asked.gpu().partial()) {
            return Optional.of((double) asked.totalGpus());
        }
        return Optional.of(asked.gpu().part()).filter(part -> part > 0);
    }

    /** What of a number is the part of this run, in equal parts whose sum is the number. */
    private static long part(Run run, Batch batch, long number) {
        List<Integer> runs = batch.runsOf(batch.taskOf(run.index()));
        long place = runs.indexOf(run.index());
        return number * (place + 1) / runs.size() - number * place / runs.size();
    }

    /** For a run that shared its task with others: how the record was made from that of the task; else empty. */
    private static String shared(Run run, Batch batch) {
        if (!batch.packed() || run.facts().timing().started().isEmpty()) {
            return "";
        }
        int runs = batch.runsOf(batch.taskOf(run.index())).size();
        return "1 of " + runs + " tiles of task " + run.facts().jobId() + ", by measured time and CPU time";
    }

    /**
     * The amount of a resource in a TRES list. {@code gres/gpu=2,gres/gpu:a100=2} are the same two GPUs, so the untyped
     * entry counts. If there is no untyped entry, the typed entries are added up.
     */
    private static int count(String tres, String name) {
        Matcher untyped =
                Pattern.compile("(?:^|,)" + Pattern.quote(name) + "=(\\d+)").matcher(tres);
        if (untyped.find()) {
            return Integer.parseInt(untyped.group(1));
        }
        Matcher typed = Pattern.compile("(?:^|,)" + Pattern.quote(name) + ":[^=,]+=(\\d+)")
                .matcher(tres);
        int sum = 0;
        while (typed.find()) {
            sum += Integer.parseInt(typed.group(1));
        }
        return sum;
    }

    private static String text(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(null);
    }

    /** Seconds with six decimal places, because tasks measure in microseconds. */
    private static double seconds(Duration time) {
        return TimeUnit.NANOSECONDS.toMicros(time.toNanos()) / 1e6;
    }

    private static Long seconds(Optional<Instant> from, Optional<Instant> to) {
        if (from.isEmpty() || to.isEmpty()) {
            return null;
        }
        return Math.max(0, Duration.between(from.get(), to.get()).toSeconds());
    }
}
