package io.swath.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.cli.UsageTable.Column;
import io.swath.cluster.SchedulerStarts;
import io.swath.ledger.Archives;
import io.swath.ledger.CommandCounts;
import io.swath.ledger.Usage;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What {@code ./swath report} says.
 *
 * @param commands that were sent to Slurm in the last days; empty: none, or this is not Slurm
 * @param starts empty: nobody can tell
 */
record Report(
        List<Usage.Total> totals,
        Archives.Size archived,
        Optional<CommandCounts.Sent> commands,
        Optional<SchedulerStarts> starts) {
    private static final double PER_SECOND = 1000.0;

    static Table table(List<Usage.Total> totals) {
        return UsageTable.of(
                totals,
                new Column("elapsed", total -> seconds(total.elapsed())),
                new Column("CPU allocated", total -> seconds(total.allocatedCpu())),
                new Column("CPU used", total -> seconds(total.usedCpu())),
                new Column(
                        "CPU efficiency",
                        total -> total.cpuEfficiency().map(UsageTable::percent).orElse("-")),
                new Column("memory requested", total -> total.requestedMemoryMiB() + " MiB"),
                new Column(
                        "memory peak",
                        total -> total.peakMemoryKiB() == 0 ? "-" : total.peakMemoryKiB() / 1024 + " MiB"));
    }

    /** What follows the table. */
    List<String> lines() {
        Optional<String> moved = Optional.of(archived)
                .filter(size -> size.files() > 0)
                .map(size -> size.runs() + " of these runs were moved to " + size.files()
                        + " files in archive/ on the storage");
        return Stream.of(moved, commands.map(Report::text), starts.map(Report::text))
                .flatMap(Optional::stream)
                .toList();
    }

    private static String text(CommandCounts.Sent sent) {
        String each = sent.perThousandTasks()
                .map(commands -> String.format(Locale.ROOT, ": %.0f for each 1,000 tasks", commands))
                .orElse("");
        return "Swath sent " + sent.commands() + " commands and " + sent.tasks() + " tasks to Slurm since "
                + sent.from() + each;
    }

    private static String text(SchedulerStarts starts) {
        return "Slurm started " + starts.started() + " jobs of all users since " + starts.since() + ", "
                + starts.backfilled() + " of them by backfill (sdiag)";
    }

    /** As one JSON object, for programs. What nobody measured is null. Fields are named as in Swath's messages. */
    String json(ObjectMapper json) {
        ObjectNode data = json.createObjectNode();
        data.putArray("steps");
        totals.forEach(total -> put(data.withArray("/steps").addObject(), total));
        data.putObject("archived").put("runs", archived.runs()).put("files", archived.files());
        data.putNull("commands");
        commands.ifPresent(sent -> data.putObject("commands")
                .put("from", sent.from().toString())
                .put("sent", sent.commands())
                .put("tasks", sent.tasks())
                .put("perThousandTasks", sent.perThousandTasks().orElse(null)));
        data.putNull("starts");
        starts.ifPresent(counted -> data.putObject("starts")
                .put("since", counted.since().toString())
                .put("started", counted.started())
                .put("backfilled", counted.backfilled()));
        try {
            return json.writerWithDefaultPrettyPrinter().writeValueAsString(data);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(ObjectNode step, Usage.Total total) {
        step.put("recipe", total.recipe());
        step.put("step", total.step());
        step.put("partition", total.partition());
        step.put("outcome", total.outcome());
        step.put("runs", total.runs());
        step.put("elapsedSeconds", total.elapsed().toMillis() / PER_SECOND);
        step.put("allocatedCpuSeconds", total.allocatedCpu().toMillis() / PER_SECOND);
        step.put("usedCpuSeconds", total.usedCpu().toMillis() / PER_SECOND);
        step.put("cpuUsedPerAllocated", total.cpuEfficiency().orElse(null));
        step.put("memoryAskedPerUsed", total.memoryAsked().orElse(null));
        step.put("timeAskedPerUsed", total.timeAsked().orElse(null));
        step.put("requestedMemoryMiB", total.requestedMemoryMiB());
        step.put("usedMemoryMiB", total.peakMemoryKiB() == 0 ? null : total.peakMemoryKiB() / 1024);
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / PER_SECOND);
    }
}
