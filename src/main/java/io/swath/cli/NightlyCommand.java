package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.arrival.night.Choice;
import io.swath.arrival.night.Forecast;
import io.swath.arrival.night.Forecast.Estimate;
import io.swath.arrival.night.NightlyReprocessing;
import io.swath.model.Scene;
import io.swath.untrusted.Texts;
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
        description = "Reprocess now, once, the scenes that the setting nightly.select chooses.")
final class NightlyCommand implements Callable<Integer> {
    @Mixin
    private SettingsOptions options;

    @Option(
            names = "--dry-run",
            description =
                    "Only list the scenes, why each is selected, and the CPU and GPU hours that earlier runs predict.")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            NightlyReprocessing night = pipeline.night();
            List<Scene> waiting =
                    pipeline.ledger().read(session -> session.nights().waiting());
            Forecast forecast = new Forecast(pipeline.ledger());
            List<Choice> choices = night.choose();
            // The forecast remembers its answers. It must read the runs before fire() starts a new version of each
            // scene.
            choices.forEach(choice -> forecast.estimate(choice.scene(), choice.recipe()));
            if (dryRun) {
                System.out.println(times(night));
                System.out.println();
            } else {
                choices = night.fire();
            }
            System.out.print(table(choices, forecast));
            if (dryRun && !waiting.isEmpty()) {
                System.out.println();
                System.out.println("Nightly reprocessing that has not ended:");
                System.out.print(notEnded(waiting));
            }
            List<String> unknown = night.unknown();
            if (!unknown.isEmpty()) {
                System.out.println("Named in a list of nightly.select, but not in the ledger: "
                        + Texts.line(String.join(", ", unknown)));
            }
            if (!dryRun && !choices.isEmpty()) {
                System.err.println(
                        pipeline.leadership().isHeldElsewhere()
                                ? "The scenes are accepted; ./swath status shows their progress."
                                : "The scenes are accepted, and wait because no Swath is running. Start one: ./swath run.");
            }
            return 0;
        }
    }

    private static String times(NightlyReprocessing night) {
        Optional<Instant> next = night.next();
        String begins = next.isPresent()
                ? "The next night begins at " + next.get() + "."
                : "There is no schedule: nightly.cron is empty. ./swath nightly without --dry-run starts one run now.";
        if (!night.lasts()) {
            return begins + " Until then no task of the nightly reprocessing is submitted.";
        }
        return begins
                + night.end()
                        .map(end -> " The current night ends at " + end + ".")
                        .orElse(" Reprocessing is submitted at any time, after the tasks of new scenes.");
    }

    private static String table(List<Choice> choices, Forecast forecast) {
        if (choices.isEmpty()) {
            return "No scenes are selected for reprocessing.\n";
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
                        : "Steps without a run in a delivered scene, so the whole time limit is counted for each tile: "
                                + String.join(
                                        ", ", total.guessed().stream().sorted().toList()) + "\n");
    }

    private static Table notEnded(List<Scene> scenes) {
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
