package io.swath.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.app.Pipeline;
import io.swath.cluster.ClusterException;
import io.swath.cluster.SchedulerStarts;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        mixinStandardHelpOptions = true,
        name = "report",
        description = {
            "Show what the ended runs were allocated and what they used, by recipe, step, partition and outcome.",
            "Times are sums over the runs. Memory is the highest request and the highest peak. CPU efficiency is used"
                    + " / allocated CPU time.",
            "On Slurm, the last lines say how many commands the running Swath has sent for its tasks in the last 7 days,"
                    + " and how many jobs of all users were started by backfill, where sdiag may be asked."
        })
final class ReportCommand implements Callable<Integer> {
    private static final int DAYS = 7;

    @Mixin
    private SettingsOptions options;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            Report report = read(pipeline);
            if (json) {
                System.out.println(report.json(new ObjectMapper()));
            } else {
                System.out.print(Report.table(report.totals()));
                report.lines().forEach(System.out::println);
            }
            return 0;
        }
    }

    private Report read(Pipeline pipeline) {
        boolean slurm = options.settings().cluster().slurm();
        Optional<SchedulerStarts> starts = starts(pipeline);
        return pipeline.ledger()
                .read(session -> new Report(
                        session.usage().totals(),
                        session.archives().size(),
                        slurm ? session.commandCounts().lastDays(DAYS) : Optional.empty(),
                        starts));
    }

    /** The report is complete without them, so a cluster that does not answer is no failure. */
    private static Optional<SchedulerStarts> starts(Pipeline pipeline) {
        try {
            return pipeline.access().starts();
        } catch (ClusterException e) {
            System.err.println("Starts by backfill are not shown: " + e.getMessage());
            return Optional.empty();
        }
    }
}
