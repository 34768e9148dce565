package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.cli.UsageTable.Column;
import io.swath.cluster.Capabilities;
import io.swath.ledger.GpuUsage;
import io.swath.ledger.Usage;
import io.swath.submission.NextRequests;
import io.swath.submission.NextRequests.Next;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./swath account}: what runs asked for and what they used, and what the next ones will ask for. */
@Command(
        mixinStandardHelpOptions = true,
        name = "account",
        description = {
            "Show how many times what they used the runs of each step asked for.",
            "Asked / used: memory is weighed by each run's time; 1.3 means that 30 % more was asked for than was used."
        })
final class AccountCommand implements Callable<Integer> {
    @Mixin
    private SettingsOptions options;

    @Option(
            names = "--efficiency",
            description = {
                "Show also which part of a GPU the runs asked for and used (of its memory or of its time, whichever is more),",
                "and what the next run of each step will request, and why."
            })
    private boolean efficiency;

    @Override
    public Integer call() throws Exception {
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            List<Usage.Total> totals =
                    pipeline.ledger().read(session -> session.usage().totals());
            if (totals.isEmpty()) {
                System.out.println("no run has ended yet");
                return 0;
            }
            System.out.println(table(totals));
            if (!efficiency) {
                return 0;
            }
            List<GpuUsage.Total> gpus =
                    pipeline.ledger().read(session -> session.gpuUsage().totals());
            if (!gpus.isEmpty()) {
                System.out.println(gpuTable(gpus));
            }
            NextRequests next = new NextRequests(pipeline.sizing(), pipeline.recipes()::find);
            Capabilities cluster = pipeline.access().capabilities();
            pipeline.ledger().read(session -> next.of(session, cluster, false)).forEach(AccountCommand::print);
            return 0;
        }
    }

    static Table table(List<Usage.Total> totals) {
        return UsageTable.of(
                totals,
                new Column("memory asked / used", total -> factor(total.memoryAsked())),
                new Column("time asked / used", total -> factor(total.timeAsked())),
                new Column(
                        "CPU used",
                        total -> total.cpuEfficiency().map(UsageTable::percent).orElse("-")));
    }

    static Table gpuTable(List<GpuUsage.Total> totals) {
        Table table = new Table("recipe", "step", "GPU asked", "GPU used", "GPU asked / used");
        for (GpuUsage.Total total : totals) {
            table.row(
                    total.recipe(),
                    total.step(),
                    UsageTable.percent(total.askedPart()),
                    total.neededPart().map(UsageTable::percent).orElse("-"),
                    factor(total.neededPart().filter(part -> part > 0).map(part -> total.askedPart() / part)));
        }
        return table;
    }

    private static String factor(Optional<Double> factor) {
        return factor.map(times -> String.format(Locale.ROOT, "%.2f", times)).orElse("-");
    }

    private static void print(Next next) {
        System.out.println(next.key().recipe() + " " + next.key().step() + " in partition "
                + next.key().partition() + ", next: " + next.why());
        if (next.recentKills() > 0) {
            System.out.printf(
                    Locale.ROOT, "  %.1f %% of the last runs were killed at this limit%n", 100 * next.recentKills());
        }
        next.leftOut().forEach((node, why) -> System.out.println("  leaves out node " + node + ": " + why));
    }
}
