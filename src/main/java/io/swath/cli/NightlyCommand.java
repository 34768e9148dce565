package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.arrival.night.Choice;
import io.swath.arrival.night.Forecast;
import io.swath.arrival.night.Forecast.Estimate;
import io.swath.arrival.night.NightlyReprocessing;
import io.swath.model.Scene;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        mixinStandardHelpOptions = true,
        name = "nightly",
        description = "Do again now, once, what nightly.select means; with --dry-run, only tell what that would be.")
final class NightlyCommand implements Callable<Integer> {
    @Mixin
    private SettingsOptions options;

    @Option(
            names = "--dry-run",
            description =
                    "Tell what would be done again, why, and what it will take by what it took before. Changes nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            NightlyReprocessing night = pipeline.night();
            List<Scene> waiting =
                    pipeline.ledger().read(session -> session.nights().waiting());
            Forecast forecast = new Forecast(pipeline.ledger());
            List<Choice> choices = night.choose();
            choices.forEach(
                    choice -> forecast.estimate(choice.scene(), choice.recipe())); // while their history is the last
            if (dryRun) {
                System.out.println(times(night));
                System.out.println();
            } else {
                choices = night.fire();
            }
            System.out.print(table(choices, forecast));
            if (dryRun && !waiting.isEmpty()) {
                System.out.println();
                System.out.println("The night's work that has not ended:");
                System.out.print(waiting(waiting));
            }
            List<String> unknown = night.unknown();
            if (!unknown.isEmpty()) {
                System.out.println("no scenes here, though a list names them: " + String.join(", ", unknown));
            }
            if (!dryRun && !choices.isEmpty()) {
                System.err.println(
                        pipeline.leadership().isHeldElsewhere()
                                ? "They are accepted; ./swath status shows how they go on."
                                : "They are accepted and wait: no Swath is running here (./swath run).");
            }
            return 0;
        }
    }

    private static String times(NightlyReprocessing night) {
        Optional<Instant> next = night.next();
        String begins = next.isPresent()
                ? "The next night begins at " + next.get() + "."
                : "There are no nights: nightly.cron is empty. ./swath nightly without --dry-run makes one now.";
        if (!night.lasts()) {
            return begins + " Until then nothing of the night's work is submitted.";
        }
        return begins
                + night.end()
                        .map(end -> " It is night now, until " + end + ".")
                        .orElse(" What is done again is submitted at any time: behind the day's, which goes first.");
    }

    private static String table(List<Choice> choices, Forecast forecast) {
        if (choices.isEmpty()) {
            return "Nothing is to be done again.\n";
        }
        Table table = new Table("scene", "version", "recipe", "tiles", "CPU hours", "GPU hours", "why");
        Estimate total = Estimate.NOTHING;
        int tiles = 0;
        for (Choice choice : choices) {
            Scene scene = choice.scene();
            Estimate estimate = forecast.estimate(scene, choice.recipe());
            total = total.plus(estimate);
            tiles += scene.plan().tileCount();
            table.row(
                    scene.id(),
                    scene.version() + 1,
                    scene.recipe(),
                    scene.plan().tileCount(),
                    hours(estimate.cpuHours()),
                    hours(estimate.gpuHours()),
                    choice.why());
        }
        table.row("all " + choices.size(), "", "", tiles, hours(total.cpuHours()), hours(total.gpuHours()), "");
        return table
                + (total.guessed().isEmpty()
                        ? ""
                        : "Never run before, so their whole time limit is counted for each tile: "
                                + String.join(
                                        ", ", total.guessed().stream().sorted().toList()) + "\n");
    }

    private static Table waiting(List<Scene> scenes) {
        Table table = new Table("scene", "version", "recipe", "state", "since", "reason");
        scenes.forEach(scene -> table.row(
                scene.id(),
                scene.version(),
                scene.recipe(),
                scene.state(),
                scene.status().changedAt().truncatedTo(ChronoUnit.SECONDS),
                scene.reason()));
        return table;
    }

    private static String hours(double hours) {
        return String.format(Locale.ROOT, hours > 0 && hours < 0.1 ? "%.4f" : "%.2f", hours);
    }
}
