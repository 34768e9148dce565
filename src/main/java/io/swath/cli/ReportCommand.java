package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.ledger.Usage;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        mixinStandardHelpOptions = true,
        name = "report",
        description = "What the runs asked for and what they used, by recipe, step and outcome.")
final class ReportCommand implements Callable<Integer> {
    @Mixin
    private SettingsOptions options;

    @Override
    public Integer call() throws Exception {
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            System.out.print(
                    table(pipeline.ledger().read(session -> session.usage().totals())));
            return 0;
        }
    }

    /** Memory is the highest peak; the rest are sums. */
    static Table table(List<Usage.Total> totals) {
        Table table = new Table(
                "recipe",
                "step",
                "partition",
                "outcome",
                "runs",
                "elapsed",
                "CPU asked",
                "CPU used",
                "memory asked",
                "memory peak");
        for (Usage.Total total : totals) {
            table.row(
                    total.recipe(),
                    total.step(),
                    total.partition(),
                    total.outcome(),
                    total.runs(),
                    total.elapsedSeconds() + " s",
                    total.allocatedCpuSeconds() + " s",
                    String.format("%.1f s", total.cpuMillis() / 1000.0),
                    total.requestedMemoryMiB() + " MiB",
                    total.peakMemoryKiB() == 0 ? "-" : total.peakMemoryKiB() / 1024 + " MiB");
        }
        return table;
    }
}
