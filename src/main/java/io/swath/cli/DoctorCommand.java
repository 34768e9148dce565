package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.app.settings.Settings;
import io.swath.arrival.night.Selection;
import io.swath.ledger.Kept;
import io.swath.recipes.RecipeException;
import io.swath.retention.Retention;
import io.swath.retention.RetentionSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        mixinStandardHelpOptions = true,
        name = "doctor",
        description =
                "Check settings, storage, ledger, recipes, cluster and broker, and say how to correct each problem.")
final class DoctorCommand implements Callable<Integer> {
    @Mixin
    private SettingsOptions options;

    @Option(names = "--create", description = "Create the storage's folders first, with an inbox for each recipe.")
    private boolean create;

    private final Findings findings = new Findings();

    @Override
    public Integer call() throws Exception {
        Settings settings = options.settings();
        List<String> wrong = settings.problems();
        if (!wrong.isEmpty()) { // the other checks need valid settings
            wrong.forEach(problem -> findings.bad("settings", problem));
            return 1;
        }
        findings.good(
                "settings",
                "java " + Runtime.version() + ", state in " + settings.state().directory());
        gdal();
        try (Pipeline pipeline = new Pipeline(settings)) {
            findings.good("ledger", settings.database().description());
            if (create) {
                pipeline.createStorage().forEach(failure -> findings.bad("storage", failure));
            }
            new StorageChecks(findings).check(pipeline, settings);
            recipes(pipeline);
            retention(pipeline, settings.retention());
            nights(pipeline, settings);
            new ClusterChecks(pipeline, findings).check();
        }
        new BrokerCheck(findings).check(settings);
        int problems = findings.problems();
        System.out.println(problems == 0 ? "All is well." : "Problems to correct: " + problems + ".");
        return problems == 0 ? 0 : 1;
    }

    private void gdal() throws InterruptedException {
        try {
            Process process = new ProcessBuilder("gdalinfo", "--version")
                    .redirectErrorStream(true)
                    .start();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                findings.bad(
                        "gdal", "gdalinfo --version did not end within 20 s; run it by hand and see what it waits for");
                return;
            }
            String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.exitValue() == 0) {
                findings.good("gdal", version.strip());
            } else {
                findings.bad("gdal", "gdalinfo --version failed: " + version.strip());
            }
        } catch (IOException e) {
            findings.bad(
                    "gdal",
                    "gdalinfo cannot be run; install it: apt-get install gdal-bin python3-gdal python3-numpy time");
        }
    }

    private void recipes(Pipeline pipeline) {
        for (RecipeException problem : pipeline.recipes().present().broken().values()) {
            findings.bad("recipes", problem.getMessage());
        }
        pipeline.recipes()
                .present()
                .withoutModel()
                .forEach((name, problem) -> findings.note(
                        "recipes", name + " cannot be used yet, and its scenes would wait: " + problem.getMessage()));
    }

    /** What is old, and what becomes of it: a person may want to keep more of it before Swath starts. */
    private void retention(Pipeline pipeline, RetentionSettings keep) {
        Kept.Due due = Retention.due(pipeline.ledger(), keep);
        findings.good(
                "retention",
                "due now: " + due.runs() + " runs to move to archive/ (keep.runs=" + text(keep.runs()) + "), "
                        + due.work()
                        + " work folders to reduce to their logs (at once after the delivery, else keep.work="
                        + text(keep.work()) + "), the logs of " + due.logs() + " scenes to remove (keep.logs="
                        + text(keep.logs()) + "), " + due.messages()
                        + " sent messages to remove (keep.messages=" + text(keep.messages())
                        + "). A running Swath does this by itself");
    }

    private static String text(Duration kept) {
        return kept.equals(Duration.ofDays(kept.toDays())) ? kept.toDays() + "d" : kept.toString();
    }

    private void nights(Pipeline pipeline, Settings settings) {
        try {
            int chosen = pipeline.night().choose().size();
            findings.good(
                    "nights",
                    pipeline.night()
                                    .next()
                                    .map(next -> "the next night begins at " + next)
                                    .orElse("no schedule, nightly.cron is empty")
                            + "; " + chosen
                            + " scenes are selected for reprocessing (./swath nightly --dry-run lists them)");
        } catch (UncheckedIOException e) {
            findings.bad("nights", e.getMessage());
        }
        for (Selection.Clause clause : settings.nightly().selection().clauses()) {
            clause.filter()
                    .recipe()
                    .filter(name -> pipeline.recipes().all().stream()
                            .noneMatch(recipe -> recipe.name().equals(name)))
                    .ifPresent(name -> findings.bad(
                            "nights",
                            "nightly.select has recipe=" + name + ", but config/recipes has no valid recipe " + name));
        }
    }
}
