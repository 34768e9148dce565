package io.swath.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.app.Pipeline;
import io.swath.app.settings.Settings;
import io.swath.health.Incidents.Incident;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.storage.Removal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        mixinStandardHelpOptions = true,
        name = "demo",
        description =
                "Process a generated sample scene on this machine, and show its products, messages and resource use.")
final class DemoCommand implements Callable<Integer> {
    private static final String MARKER = ".swath-demo";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Mixin
    private SettingsOptions options;

    @Option(
            names = "--dir",
            defaultValue = "demo",
            description =
                    "The folder for everything that the demo makes; an earlier demo there is removed (default: ${DEFAULT-VALUE}).")
    private Path directory;

    @Option(
            names = "--size",
            defaultValue = "4096",
            description = "Width and height of the scene in pixels (default: ${DEFAULT-VALUE}).")
    private int size;

    @Override
    public Integer call() throws Exception {
        if (size < 64 || size > 100_000) {
            throw new IllegalArgumentException("--size " + size + ": give 64 to 100000 pixels");
        }
        long started = System.nanoTime();
        Path folder = emptyFolder(directory.toAbsolutePath().normalize());
        Settings settings = options.settings(Map.of(
                "storage.root", folder.toString(),
                "storage.cluster-root", "",
                "state.dir", folder.resolve("state").toString(),
                "cluster", "local",
                "broker.url", "",
                "database.url", "",
                "arrival.settle", "10s",
                "console.bind", ""));
        say("Generating a sample scene of " + size + " x " + size + " pixels ...");
        Path sample = sample(folder);
        say("  " + sample + ", " + megabytes(sample));
        try (Pipeline pipeline = new Pipeline(settings);
                DemoConsumer downstream = new DemoConsumer(folder.resolve("events.jsonl"))) {
            pipeline.createStorage();
            pipeline.start();
            downstream.listen();
            Path dropped = pipeline.storage().inbox().resolve("ndvi").resolve(sample.getFileName());
            say("Moving it into the inbox " + dropped.getParent());
            long dropTime = System.nanoTime();
            Files.move(sample, dropped, StandardCopyOption.ATOMIC_MOVE);
            Files.createFile(dropped.resolveSibling("sample.done"));
            Scene scene = new ProgressFollower(pipeline.ledger(), System.out).follow(awaitAccepted(pipeline));
            Duration took = Duration.ofNanos(System.nanoTime() - dropTime);
            downstream.awaitAll(pipeline.ledger(), PATIENCE);
            if (scene.state() != SceneState.DELIVERED) {
                throw new IllegalStateException("scene " + scene.id() + " is " + scene.state() + ": " + scene.reason()
                        + "; the tasks' logs are in " + pipeline.storage().work(scene.id()));
            }
            printResults(pipeline, scene, downstream, folder);
            say(String.format(
                    "From the inbox to the products: %.1f s; the whole demo: %.1f s.",
                    took.toMillis() / 1000.0,
                    Duration.ofNanos(System.nanoTime() - started).toMillis() / 1000.0));
            printNextSteps(pipeline.storage().delivered(scene.id(), scene.recipe()));
        }
        return 0;
    }

    /** Empties the demo's folder, if an earlier demo made it. A folder with other content is never changed. */
    private static Path emptyFolder(Path folder) throws IOException {
        if (Files.exists(folder.resolve(MARKER))) {
            Removal.remove(folder);
        } else if (Files.exists(folder)) {
            try (Stream<Path> content = Files.list(folder)) {
                if (content.findAny().isPresent()) {
                    throw new IllegalArgumentException(
                            folder + " has files that no demo has made; give an empty or a new folder with --dir");
                }
            }
        }
        Files.createDirectories(folder);
        Files.createFile(folder.resolve(MARKER));
        return folder;
    }

    private Path sample(Path folder) throws IOException, InterruptedException {
        Path script = Files.createTempFile("swath-sample", ".py");
        Path sample = folder.resolve("sample.tif");
        try {
            try (InputStream in = DemoCommand.class.getResourceAsStream("/sample_scene.py")) {
                Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
            }
            ProcessBuilder maker = new ProcessBuilder(
                    "/usr/bin/python3", script.toString(), sample.toString(), "--size", String.valueOf(size));
            Process process = maker.inheritIO().start();
            try {
                if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
                    throw new IOException("the sample scene could not be generated; see the message above. It needs"
                            + " python3-gdal and python3-numpy");
                }
            } finally {
                process.destroyForcibly();
            }
        } finally {
            Files.deleteIfExists(script);
        }
        return sample;
    }

    private static String awaitAccepted(Pipeline pipeline) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            Optional<Scene> scene = pipeline
                    .ledger()
                    .read(session -> session.scenes().latest(1))
                    .stream()
                    .findFirst();
            if (scene.isPresent()) {
                return scene.get().id();
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException("the scene was not accepted within " + PATIENCE.toSeconds() + " s: "
                + pipeline.incidents().open().stream().map(Incident::what).toList());
    }

    private static void printResults(Pipeline pipeline, Scene scene, DemoConsumer downstream, Path folder)
            throws IOException {
        Path products = pipeline.storage().delivered(scene.id(), scene.recipe());
        say("\nProducts in " + products);
        try (Stream<Path> files = Files.list(products)) {
            for (Path file : files.sorted().toList()) {
                say(String.format("  %-40s %s", file.getFileName(), megabytes(file)));
            }
        }
        ObjectMapper json = new ObjectMapper();
        say("\n" + downstream.received() + " messages were received from the broker, in "
                + folder.resolve("events.jsonl"));
        List<String> lines = Files.readAllLines(folder.resolve("events.jsonl"));
        for (String line : lines) {
            JsonNode event = json.readTree(line);
            if (event.path("type").asText().startsWith("io.swath.scene.")) {
                say("  " + event.path("type").asText() + "  "
                        + event.path("subject").asText());
            }
        }
        say("\nWhat the runs used:");
        System.out.print(
                Report.table(pipeline.ledger().read(session -> session.usage().totals()))
                        .toString());
        say("");
    }

    private static void printNextSteps(Path products) {
        say("\nNext: look at " + products.resolve("preview.png"));
        say("  ./swath plan YOUR.tif --recipe ndvi      show the tiles and the job script for a scene of yours");
        say("  ./swath doctor --create && ./swath run   create a storage of your own and watch its inbox");
        say("  docker/up                                start a real Slurm cluster in containers");
    }

    private static String megabytes(Path file) throws IOException {
        return String.format("%.1f MB", Files.size(file) / 1e6);
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
