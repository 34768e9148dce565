package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.cluster.ClusterException;
import io.swath.cluster.SchedulerStarts;
import io.swath.ledger.Archives;
import io.swath.ledger.Usage;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        mixinStandardHelpOptions = true,
        name = "report",
        description = {
            "Show what the ended runs were allocated and what they used, by recipe, step, partition and outcome.",
            "Times are sums over the runs. Memory is the highest request and the highest peak. CPU efficiency is used"
                    + " / allocated CPU time.",
            "On Slurm, the last line says how many jobs of all users were started by backfill, where sdiag may be asked."
        })
final class ReportCommand implements Callable<Integer> {
    @Mixin
    private SettingsOptions options;

    @Override
    public Integer call() throws Exception {
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            System.out.print(
                    table(pipeline.ledger().read(session -> session.usage().totals())));
            Archives.Size archived =
                    pipeline.ledger().read(session -> session.archives().size());
            if (archived.files() > 0) {
                System.out.println(archived.runs() + " of these runs were moved to " + archived.files()
                        + " files in archive/ on the storage");
            }
            System.out.flush();
            printStarts(pipeline);
            return 0;
        }
    }

    /** The report is complete without this line, so a cluster that does not answer is no failure. */
    private static void printStarts(Pipeline pipeline) {
        try {
            pipeline.access().starts().map(ReportCommand::text).ifPresent(System.out::println);
        } catch (ClusterException e) {
            System.err.println("Starts by backfill are not shown: " + e.getMessage());
        }
    }

    static String text(SchedulerStarts starts) {
        return "Slurm started " + starts.started() + " jobs of all users since " + starts.since() + ", "
                + starts.backfilled() + " of them by backfill (sdiag)";
    }

    static Table table(List<Usage.Total> totals) {
        Table table = new Table(
                "recipe",
                "step",
                "partition",
                "outcome",
                "runs",
                "elapsed",
                "CPU allocated",
                "CPU used",
                "CPU efficiency",
                "memory requested",
                "memory peak");
        for (Usage.Total total : totals) {
            table.row(
                    total.recipe(),
                    total.step(),
                    total.partition(),
                    total.outcome(),
                    total.runs(),
                    seconds(total.elapsed()),
                    seconds(total.allocatedCpu()),
                    seconds(total.usedCpu()),
                    total.cpuEfficiency()
                            .map(efficiency -> String.format(Locale.ROOT, "%.0f %%", 100 * efficiency))
                            .orElse("-"),
                    total.requestedMemoryMiB() + " MiB",
                    total.peakMemoryKiB() == 0 ? "-" : total.peakMemoryKiB() / 1024 + " MiB");
        }
        return table;
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
    }
}
