package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.app.settings.Settings;
import io.swath.arrival.night.Selection;
import io.swath.broker.BrokerClient;
import io.swath.broker.BrokerListener;
import io.swath.broker.Tls;
import io.swath.cluster.Capabilities;
import io.swath.cluster.ClusterException;
import io.swath.model.Recipe;
import io.swath.model.SettingsException;
import io.swath.recipes.RecipeException;
import io.swath.storage.Storage;
import io.swath.submission.SizingException;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        mixinStandardHelpOptions = true,
        name = "doctor",
        description = "Check everything that Swath stands on, and say what to do about what is wrong.")
final class DoctorCommand implements Callable<Integer> {
    @Mixin
    private SettingsOptions options;

    @Option(names = "--create", description = "Lay out a new storage, with an inbox for each recipe.")
    private boolean create;

    private int wrong;

    @Override
    public Integer call() throws Exception {
        Settings settings = options.settings();
        List<String> problems = settings.problems();
        if (!problems.isEmpty()) { // with these nothing else can be tried
            problems.forEach(problem -> bad("settings", problem));
            return 1;
        }
        good("settings", "java " + Runtime.version() + ", state in " + settings.path("state.dir"));
        gdal();
        try (Pipeline pipeline = new Pipeline(settings)) {
            good("ledger", settings.database());
            if (create) {
                pipeline.storage().create();
                for (Recipe recipe : pipeline.recipes().all()) {
                    pipeline.storage().folder(pipeline.storage().inbox().resolve(recipe.name()));
                }
            }
            storage(pipeline.storage());
            for (RecipeException problem : pipeline.recipes().problems()) {
                bad("recipes", problem.getMessage());
            }
            nights(pipeline);
            cluster(pipeline);
        }
        broker(settings);
        System.out.println(wrong == 0 ? "All is well." : wrong + " things to mend.");
        return wrong == 0 ? 0 : 1;
    }

    private void gdal() throws InterruptedException {
        try {
            Process process = new ProcessBuilder("gdalinfo", "--version")
                    .redirectErrorStream(true)
                    .start();
            String version =
                    new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0) {
                good("gdal", version.strip());
                return;
            }
            bad("gdal", "gdalinfo --version says: " + version.strip());
        } catch (java.io.IOException e) {
            bad("gdal", "gdalinfo cannot be run: apt-get install gdal-bin python3-gdal python3-numpy time");
        }
    }

    private void storage(Storage storage) throws java.io.IOException {
        if (!storage.problem().isEmpty()) {
            bad("storage", storage.problem());
            return;
        }
        Path probe = storage.root().resolve("work").resolve(".doctor");
        try {
            Storage.write(probe, "written to see that it can be\n");
            Files.delete(probe);
            good("storage", storage.root() + ", on the nodes " + storage.onCluster(storage.root()));
        } catch (java.io.IOException e) {
            bad("storage", "nothing can be written to " + probe.getParent() + ": " + e);
        }
    }

    private void nights(Pipeline pipeline) {
        try {
            int chosen = pipeline.night().choose().size();
            good(
                    "nights",
                    pipeline.night()
                                    .next()
                                    .map(next -> "the next begins at " + next)
                                    .orElse("none, nightly.cron is empty")
                            + "; " + chosen
                            + " scenes to be done again (./swath nightly --dry-run)");
        } catch (java.io.UncheckedIOException e) {
            bad("nights", e.getMessage());
        }
        Settings settings = options.settings();
        for (Selection.Clause clause :
                Selection.parse(settings.text("nightly.select")).clauses()) {
            clause.filter()
                    .recipe()
                    .filter(name -> pipeline.recipes().all().stream()
                            .noneMatch(recipe -> recipe.name().equals(name)))
                    .ifPresent(name -> bad(
                            "nights",
                            "nightly.select has recipe=" + name
                                    + ", and config/recipes has no such recipe that works"));
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
        good("cluster", capabilities.name() + ", arrays of at most " + capabilities.maxArraySize());
        for (Capabilities.Partition partition : capabilities.partitions()) {
            good(
                    "cluster",
                    "partition " + partition.name() + ": " + partition.nodes() + " nodes of " + partition.cpusPerNode()
                            + " CPUs, " + partition.memoryMiBPerNode() + " MiB, " + partition.gpusPerNode() + " GPUs"
                            + (partition.shardsPerGpu() > 0 ? " in " + partition.shardsPerGpu() + " shards each" : ""));
        }
        for (Recipe recipe : pipeline.recipes().all()) {
            try {
                pipeline.sizing().check(recipe, capabilities);
                good("recipe", recipe.name() + ": " + recipe.description());
            } catch (SizingException e) {
                bad("recipe", recipe.folder().resolve("recipe.yaml") + ": " + e.getMessage());
            }
        }
    }

    private void broker(Settings settings) {
        try {
            Optional<BrokerListener> listener = BrokerListener.of(settings);
            if (settings.text("broker.url").isEmpty()) {
                listener.flatMap(BrokerListener::keyStore)
                        .ifPresent(file -> Tls.keys(file, settings.secret("broker.listen.key-store-password")));
                good(
                        "broker",
                        "inside Swath; "
                                + listener.map(one -> "stations connect to " + one.uri() + " as " + one.user())
                                        .orElse("nobody else can connect to it"));
                return;
            }
            BrokerClient client = BrokerClient.of(settings);
            try (Connection connection = client.impatient().connections().createConnection()) {
                connection.start();
                good("broker", client.url() + (client.user().isEmpty() ? "" : ", as " + client.user()));
            }
        } catch (SettingsException e) {
            bad("broker", e.getMessage());
        } catch (JMSException e) {
            bad(
                    "broker",
                    settings.text("broker.url") + " says: " + e.getMessage()
                            + "; see that it runs, and that broker.user, broker.password and broker.ca are right for it");
        }
    }

    private static void good(String part, String what) {
        System.out.println("  ok     " + part + ": " + what);
    }

    private void bad(String part, String what) {
        wrong++;
        System.out.println("  WRONG  " + part + ": " + what);
    }
}
