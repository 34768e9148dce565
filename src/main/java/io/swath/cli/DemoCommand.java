package io.swath.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.app.Pipeline;
import io.swath.app.settings.Settings;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.storage.Storage;
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
                "Process a made-up scene on this machine, from the drop to the messages, and show what comes out.")
final class DemoCommand implements Callable<Integer> {
    private static final String MARKER = ".swath-demo";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Mixin
    private SettingsOptions options;

    @Option(names = "--dir", defaultValue = "demo", description = "Where everything goes (default: ${DEFAULT-VALUE}).")
    private Path directory;

    @Option(
            names = "--size",
            defaultValue = "4096",
            description = "Side of the scene in pixels (default: ${DEFAULT-VALUE}).")
    private int size;

    @Override
    public Integer call() throws Exception {
        if (size < 64 || size > 100_000) {
            throw new IllegalArgumentException("--size " + size + ": give 64 to 100000 pixels");
        }
        long started = System.nanoTime();
        Path folder = fresh(directory.toAbsolutePath().normalize());
        Settings settings = options.settings(Map.of(
                "storage.root", folder.toString(),
                "storage.cluster-root", "",
                "state.dir", folder.resolve("state").toString(),
                "cluster", "local",
                "broker.url", "",
                "database.url", "",
                "arrival.settle", "10s",
                "console.bind", ""));
        say("Making a scene of " + size + " x " + size + " pixels: fields, water, clouds, a slanted edge ...");
        Path sample = sample(folder);
        say("  " + sample + ", " + megabytes(sample));
        try (Pipeline pipeline = new Pipeline(settings);
                DemoConsumer downstream = new DemoConsumer(folder.resolve("events.jsonl"))) {
            pipeline.storage().create();
            for (Recipe recipe : pipeline.recipes().all()) {
                pipeline.storage().folder(pipeline.storage().inbox().resolve(recipe.name()));
            }
            pipeline.start();
            downstream.listen();
            Path dropped = pipeline.storage().inbox().resolve("ndvi").resolve(sample.getFileName());
            say("Dropping it into " + dropped.getParent());
            long dropTime = System.nanoTime();
            Files.move(sample, dropped, StandardCopyOption.ATOMIC_MOVE);
            Files.createFile(dropped.resolveSibling("sample.done"));
            Scene scene = new ProgressFollower(pipeline.ledger(), System.out).follow(arrived(pipeline));
            Duration took = Duration.ofNanos(System.nanoTime() - dropTime);
            downstream.awaitAll(pipeline.ledger(), PATIENCE);
            if (scene.state() != SceneState.DELIVERED) {
                throw new IllegalStateException("the scene is " + scene.state() + ": " + scene.reason()
                        + "; logs are in " + pipeline.storage().work(scene.id()));
            }
            show(pipeline, scene, downstream, folder);
            say(String.format(
                    "From the drop to the products: %.1f s; the whole demo: %.1f s.",
                    took.toMillis() / 1000.0,
                    Duration.ofNanos(System.nanoTime() - started).toMillis() / 1000.0));
            next(folder, scene);
        }
        return 0;
    }

    /** The demo's folder, without what an earlier demo left there. */
    private static Path fresh(Path folder) throws IOException {
        if (Files.exists(folder.resolve(MARKER))) {
            Storage.remove(folder);
        } else if (Files.exists(folder)) {
            try (Stream<Path> content = Files.list(folder)) {
                if (content.findAny().isPresent()) {
                    throw new IllegalArgumentException(folder
                            + " holds something that no demo has made; give an empty or a new folder with --dir");
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
            if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IOException("the sample scene could not be made; python3-gdal and python3-numpy are needed");
            }
        } finally {
            Files.deleteIfExists(script);
        }
        return sample;
    }

    private static String arrived(Pipeline pipeline) throws InterruptedException {
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
        throw new IllegalStateException("the scene was not taken in within " + PATIENCE.toSeconds() + " s: "
                + pipeline.incidents().open());
    }

    private static void show(Pipeline pipeline, Scene scene, DemoConsumer downstream, Path folder) throws IOException {
        Path products = pipeline.storage().delivered(scene.id(), scene.recipe());
        say("\nProducts in " + products);
        try (Stream<Path> files = Files.list(products)) {
            for (Path file : files.sorted().toList()) {
                say(String.format("  %-40s %s", file.getFileName(), megabytes(file)));
            }
        }
        ObjectMapper json = new ObjectMapper();
        say("\nMessages as their consumer received them: " + downstream.received() + ", in "
                + folder.resolve("events.jsonl"));
        List<String> lines = Files.readAllLines(folder.resolve("events.jsonl"));
        for (String line : lines) {
            JsonNode event = json.readTree(line);
            if (event.path("type").asText().startsWith("io.swath.scene.")) {
                say("  " + event.path("type").asText() + "  "
                        + event.path("subject").asText());
            }
        }
        say("\nWhat it cost:");
        System.out.print(ReportCommand.table(
                        pipeline.ledger().read(session -> session.usage().totals()))
                .toString());
        say("");
    }

    private static void next(Path folder, Scene scene) {
        say("\nNext: look at " + folder.resolve("delivered").resolve(scene.id()).resolve("ndvi/preview.png"));
        say("  ./swath plan YOUR.tif --recipe ndvi      what would be done with a scene of yours");
        say("  ./swath doctor --create && ./swath run   watch a storage of your own");
        say("  docker/up                                a real Slurm cluster to try it on");
    }

    private static String megabytes(Path file) throws IOException {
        return String.format("%.1f MB", Files.size(file) / 1e6);
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
