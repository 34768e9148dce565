package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.app.settings.Settings;
import io.swath.arrival.night.Selection;
import io.swath.broker.BrokerClient;
import io.swath.broker.BrokerListener;
import io.swath.broker.Tls;
import io.swath.cluster.Capabilities;
import io.swath.cluster.ClusterException;
import io.swath.ledger.GpuUsage;
import io.swath.ledger.Kept;
import io.swath.model.Placement;
import io.swath.model.Recipe;
import io.swath.model.Request;
import io.swath.model.Secret;
import io.swath.model.SettingsException;
import io.swath.recipes.RecipeException;
import io.swath.retention.Retention;
import io.swath.retention.RetentionSettings;
import io.swath.storage.DurableFiles;
import io.swath.storage.Mounts;
import io.swath.storage.Storage;
import io.swath.storage.StorageRights;
import io.swath.submission.PlacementCheck;
import io.swath.submission.SizingException;
import io.swath.untrusted.Texts;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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

    /** What trial jobs have shown: several steps may have the same problem. */
    private final Set<String> tried = new HashSet<>();

    private int problemCount;

    @Override
    public Integer call() throws Exception {
        Settings settings = options.settings();
        List<String> problems = settings.problems();
        if (!problems.isEmpty()) { // the other checks need valid settings
            problems.forEach(problem -> bad("settings", problem));
            return 1;
        }
        good(
                "settings",
                "java " + Runtime.version() + ", state in " + settings.state().directory());
        gdal();
        try (Pipeline pipeline = new Pipeline(settings)) {
            good("ledger", settings.database().description());
            if (create) {
                pipeline.createStorage().forEach(failure -> bad("storage", failure));
            }
            storage(pipeline.storage());
            terrain(pipeline, settings);
            mountsAndRights(pipeline);
            for (RecipeException problem : pipeline.recipes().present().broken().values()) {
                bad("recipes", problem.getMessage());
            }
            pipeline.recipes()
                    .present()
                    .withoutModel()
                    .forEach((name, problem) -> note(
                            "recipes",
                            name + " cannot be used yet, and its scenes would wait: " + problem.getMessage()));
            retention(pipeline, settings.retention());
            nights(pipeline, settings);
            cluster(pipeline);
        }
        broker(settings);
        System.out.println(problemCount == 0 ? "All is well." : "Problems to correct: " + problemCount + ".");
        return problemCount == 0 ? 0 : 1;
    }

    private void gdal() throws InterruptedException {
        try {
            Process process = new ProcessBuilder("gdalinfo", "--version")
                    .redirectErrorStream(true)
                    .start();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                bad("gdal", "gdalinfo --version did not end within 20 s; run it by hand and see what it waits for");
                return;
            }
            String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.exitValue() == 0) {
                good("gdal", version.strip());
            } else {
                bad("gdal", "gdalinfo --version failed: " + version.strip());
            }
        } catch (IOException e) {
            bad("gdal", "gdalinfo cannot be run; install it: apt-get install gdal-bin python3-gdal python3-numpy time");
        }
    }

    private void storage(Storage storage) throws IOException {
        if (!storage.problem().isEmpty()) {
            bad("storage", storage.problem());
            return;
        }
        Path probe = storage.work(".doctor");
        try {
            DurableFiles.write(probe, "written by ./swath doctor to check the storage\n");
            Files.delete(probe);
            good("storage", storage.root() + ", on the cluster's nodes " + storage.onCluster(storage.root()));
        } catch (IOException e) {
            bad("storage", "no file can be written to " + probe.getParent() + ": " + e);
        }
    }

    private void terrain(Pipeline pipeline, Settings settings) {
        String problem = pipeline.terrain().problem();
        if (!problem.isEmpty()) {
            bad("terrain", problem);
        } else if (!settings.terrain().path().isEmpty()) {
            good("terrain", settings.terrain().path());
        }
    }

    /** Where scenes are copied, and who may write where. A storage that works stays usable: only what is open to everybody is a problem. */
    private void mountsAndRights(Pipeline pipeline) throws IOException {
        if (!pipeline.storage().missing().isEmpty()) {
            return;
        }
        for (String note : new Mounts(pipeline.storage()).notes()) {
            note("storage", note);
        }
        for (StorageRights.Finding finding : pipeline.storageRights().check()) {
            if (finding.open()) {
                bad("rights", finding.text());
            } else {
                note("rights", finding.text());
            }
        }
        for (Path folder : pipeline.storage().layout()) {
            if (!Files.isWritable(folder)) {
                bad("rights", "Swath's user may not write to " + folder + ": make it the owner with chown");
            }
        }
    }

    /** What is old, and what becomes of it: a person may want to keep more of it before Swath starts. */
    private static void retention(Pipeline pipeline, RetentionSettings keep) {
        Kept.Due due = Retention.due(pipeline.ledger(), keep);
        good(
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
            good(
                    "nights",
                    pipeline.night()
                                    .next()
                                    .map(next -> "the next night begins at " + next)
                                    .orElse("no schedule, nightly.cron is empty")
                            + "; " + chosen
                            + " scenes are selected for reprocessing (./swath nightly --dry-run lists them)");
        } catch (UncheckedIOException e) {
            bad("nights", e.getMessage());
        }
        for (Selection.Clause clause : settings.nightly().selection().clauses()) {
            clause.filter()
                    .recipe()
                    .filter(name -> pipeline.recipes().all().stream()
                            .noneMatch(recipe -> recipe.name().equals(name)))
                    .ifPresent(name -> bad(
                            "nights",
                            "nightly.select has recipe=" + name + ", but config/recipes has no valid recipe " + name));
        }
    }

    private void cluster(Pipeline pipeline) {
        Capabilities capabilities;
        try {
            capabilities = pipeline.access().capabilities();
        } catch (ClusterException e) {
            bad("cluster", e.getMessage());
            return;
        }
        try {
            ClusterShape shape =
                    new ClusterShape(capabilities, pipeline.access().backlog());
            shape.lines().forEach(line -> good("cluster", line));
            pipeline.access().notices().forEach(notice -> good("cluster", notice));
            Set<String> used = new HashSet<>();
            gpuHours(pipeline);
            pipeline.recipes().all().forEach(recipe -> used.addAll(recipe(pipeline, recipe, capabilities)));
            pipeline.access().advice().forEach(advice -> note("cluster", advice));
            shape.unused(used).forEach(unused -> note("cluster", unused));
        } catch (ClusterException e) {
            bad("cluster", e.getMessage());
        }
    }

    private static void gpuHours(Pipeline pipeline) {
        List<GpuUsage.Total> totals =
                pipeline.ledger().read(session -> session.gpuUsage().totals());
        for (GpuHours.Line line : new GpuHours(totals).lines()) {
            if (line.advice()) {
                note("gpu", line.text());
            } else {
                good("gpu", line.text());
            }
        }
    }

    /**
     * Whether the cluster can give what a recipe asks for, and would let the jobs start now.
     *
     * @return the partitions that it uses
     */
    private Set<String> recipe(Pipeline pipeline, Recipe recipe, Capabilities capabilities) {
        try {
            Map<String, Request> requests = pipeline.sizing().firstRequests(recipe, capabilities);
            good("recipe", recipe.name() + ": " + recipe.description());
            requests.forEach((step, request) -> obstacles(pipeline, request, capabilities)
                    .forEach(obstacle -> bad("recipe", recipe.name() + ", step " + step + ": " + obstacle)));
            requests.forEach(
                    (step, request) -> trialJob(pipeline, "recipe " + recipe.name() + ", step " + step, request));
            return requests.values().stream().map(Request::partition).collect(Collectors.toSet());
        } catch (SizingException e) {
            String problem = recipe.folder().resolve("recipe.yaml") + ": " + e.getMessage();
            if (e.clusterTooSmall()) {
                note(
                        "recipe",
                        "this cluster is too small for " + recipe.name() + ", and its scenes would wait: " + problem);
            } else {
                bad("recipe", problem);
            }
            return Set.of();
        }
    }

    private static Set<String> obstacles(Pipeline pipeline, Request request, Capabilities capabilities) {
        Placement placement = pipeline.directives().placement(request, false);
        Set<String> obstacles =
                new LinkedHashSet<>(new PlacementCheck(pipeline.directives()).problems(request, false, capabilities));
        obstacles.addAll(pipeline.access().obstacles(request, placement));
        return obstacles;
    }

    /** Asks Slurm about a job as it would be sent by day, and by night where that has a QOS of its own. */
    private void trialJob(Pipeline pipeline, String step, Request request) {
        TrialJobs trial = new TrialJobs(pipeline.directives(), pipeline.access()::refusalOf);
        List<Boolean> times = pipeline.directives().nightQos().isEmpty() ? List.of(false) : List.of(false, true);
        for (boolean night : times) {
            trial.problem(request, night).filter(tried::add).ifPresent(what -> bad("job", step + ": " + what));
        }
    }

    private void broker(Settings settings) {
        try {
            Optional<BrokerListener> listener = BrokerListener.of(settings.listener(), settings.broker());
            if (settings.broker().embedded()) {
                listener.ifPresent(DoctorCommand::readKeyStore);
                good(
                        "broker",
                        "embedded in Swath; "
                                + listener.map(open -> "stations connect to " + open.uri() + " as user " + open.user())
                                        .orElse("other programs cannot connect to it, because broker.listen is empty"));
                return;
            }
            BrokerClient client = BrokerClient.external(settings.broker());
            try (Connection connection = client.withFewAttempts().connections().createConnection()) {
                connection.start();
                good("broker", client.url() + (client.user().isEmpty() ? "" : ", as user " + client.user()));
            }
        } catch (SettingsException e) {
            bad("broker", e.getMessage());
        } catch (JMSException e) {
            bad(
                    "broker",
                    settings.broker().url() + " cannot be used: " + e.getMessage()
                            + "; check that it runs, and check broker.user, broker.password and broker.ca");
        }
    }

    private static void readKeyStore(BrokerListener listener) {
        listener.keyStore().ifPresent(file -> Tls.keys(file, listener.keyStorePassword()));
    }

    private static void good(String part, String what) {
        System.out.println("  ok     " + part + ": " + Texts.line(Secret.hide(what)));
    }

    private static void note(String part, String what) {
        System.out.println("  note   " + part + ": " + Texts.line(Secret.hide(what)));
    }

    private void bad(String part, String what) {
        problemCount++;
        System.out.println("  WRONG  " + part + ": " + Texts.line(Secret.hide(what)));
    }
}
