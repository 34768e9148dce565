package io.swath.cluster.slurm;

import io.swath.cluster.TaskUsage;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Asks accounting what ended tasks used (sacct(1)). Only the rows of the steps contain these values. */
record SacctUsage(List<String> taskIds, Duration age, String user) implements SlurmCommand<Map<String, TaskUsage>> {
    private static final List<String> FIELDS = List.of(
            "JobID",
            "State",
            "ExitCode",
            "TotalCPU",
            "MaxRSS",
            "TRESUsageInTot",
            "TRESUsageInMax",
            "ReqMem",
            "User",
            "JobName");

    @Override
    public List<String> argv() {
        return Sacct.argv(true, age, FIELDS, List.of("-j", String.join(",", taskIds)));
    }

    @Override
    public Map<String, TaskUsage> parse(CommandResult result) {
        Map<String, Sum> sums = new HashMap<>();
        result.stdout()
                .lines()
                .map(line -> Sacct.row(FIELDS, line))
                .flatMap(Optional::stream)
                .forEach(row -> {
                    String[] id = row.get("JobID").split("\\.", 2);
                    Sum sum = sums.computeIfAbsent(id[0], task -> new Sum());
                    if (id.length == 1) {
                        sum.allocation(row, user);
                    } else {
                        sum.step(row);
                    }
                });
        Map<String, TaskUsage> usage = new HashMap<>();
        sums.forEach((task, sum) -> {
            if (sum.ours) {
                usage.put(task, sum.usage());
            }
        });
        return usage;
    }

    @Override
    public String description() {
        return "ask accounting what " + taskIds.size() + " tasks used";
    }

    /** The sum of one task's rows. */
    private static final class Sum {
        private boolean ours;
        private boolean killed;
        private long requestedKiB = Long.MAX_VALUE;
        private long killedAtKiB;
        private long memoryKiB;
        private long totalCpuMillis;
        private long stepsCpuMillis;

        void allocation(Map<String, String> row, String user) {
            ours = row.get("User").equals(user) && row.get("JobName").startsWith("swath-");
            killed |= row.get("State").startsWith("OUT_OF_ME");
            totalCpuMillis = millis(row.get("TotalCPU"));
            SlurmText.requestedKiB(row.get("ReqMem")).filter(kib -> kib > 0).ifPresent(kib -> requestedKiB = kib);
        }

        /** TRESUsageInTot is the sum of all processes of a step, while MaxRSS is the highest value of one process. */
        void step(Map<String, String> row) {
            long step = Stream.of(
                            row.get("MaxRSS"),
                            SlurmText.tres(row.get("TRESUsageInTot"), "mem"),
                            SlurmText.tres(row.get("TRESUsageInMax"), "mem"))
                    .flatMap(text -> SlurmText.usedKiB(text).stream())
                    .mapToLong(Long::longValue)
                    .max()
                    .orElse(0);
            memoryKiB = Math.max(memoryKiB, step);
            stepsCpuMillis +=
                    Math.max(millis(row.get("TotalCPU")), millis(SlurmText.tres(row.get("TRESUsageInTot"), "cpu")));
            killed |= row.get("State").startsWith("OUT_OF_ME");
            if (row.get("ExitCode").endsWith(":9")) {
                killedAtKiB = Math.max(killedAtKiB, step);
            }
        }

        private static long millis(String time) {
            return SlurmText.duration(time).map(Duration::toMillis).orElse(0L);
        }

        /**
         * Without cgroups, Slurm kills a job that exceeds its memory, but does not report OUT_OF_MEMORY. The step then
         * shows a peak above the request.
         */
        TaskUsage usage() {
            return new TaskUsage(
                    known(memoryKiB),
                    known(Math.max(totalCpuMillis, stepsCpuMillis)),
                    killed || killedAtKiB > requestedKiB);
        }

        private static Optional<Long> known(long value) {
            return value > 0 ? Optional.of(value) : Optional.empty();
        }
    }
}
