package io.swath.e2e;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Swath as its users run it: a process with its own installation (the shipped routes, settings and recipes, and those
 * of src/test/recipes, whose tasks make {@code -Dpacking=N} tiles each), storage and state. Tests read the ledger from outside, with plain SQL.
 */
final class SwathProcess implements AutoCloseable {
    private static final Duration COMMAND = Duration.ofMinutes(3);
    private static final Set<String> ENDED = Set.of("DELIVERED", "REJECTED", "FAILED", "CANCELLED");

    private final Path folder;
    private final Path storage;
    private final Map<String, String> settings = new TreeMap<>();
    private final Map<String, String> environment = new TreeMap<>();
    private List<String> options = List.of();
    private Process process;
    private Path commands;
    /** The position in the log from which {@link #awaitWords} reads. */
    private long logPosition;

    /**
     * Installs Swath.
     *
     * @param folder folder for the installation and the state
     * @param storage the storage's folder; {@code doctor --create} creates its subfolders
     */
    SwathProcess(Path folder, Path storage, Map<String, String> settings) throws IOException {
        this.folder = folder;
        this.storage = storage;
        Path home = folder.resolve("home");
        Folders.copy(Path.of("routes"), home.resolve("routes"));
        Folders.copy(Path.of("config"), home.resolve("config"));
        Folders.copy(Path.of("src/test/recipes"), home.resolve("config/recipes"));
        this.settings.put("storage.root", storage.toString());
        this.settings.put("state.dir", folder.resolve("state").toString());
        this.settings.put("events.source", "/e2e/" + folder.getFileName());
        this.settings.put("arrival.settle", "2s");
        this.settings.put("console.bind", "");
        this.settings.put("sizing.tiles-per-task", System.getProperty("packing", "1"));
        this.settings.put("retry.pause", "500ms");
        this.settings.putAll(settings);
    }

    /** Adds environment variables for every process that is started from now on. */
    void environment(Map<String, String> more) {
        environment.putAll(more);
    }

    String setting(String name) {
        return settings.get(name);
    }

    String source() {
        return settings.get("events.source");
    }

    Path storage() {
        return storage;
    }

    Path state() {
        return folder.resolve("state");
    }

    private ProcessBuilder java(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dswath.home=" + folder.resolve("home"),
                "-cp",
                System.getProperty("java.class.path"),
                "io.swath.cli.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().putAll(environment);
        if (commands != null) {
            builder.environment().merge("PATH", commands.toString(), (path, first) -> first + ":" + path);
        }
        return builder;
    }

    private String[] withSettings(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        settings.forEach((key, value) -> all.addAll(List.of("--set", key + "=" + value)));
        return all.toArray(String[]::new);
    }

    /** Runs a command to its end, with this Swath's settings. */
    Subprocess.Result command(String... arguments) {
        return Subprocess.run(COMMAND, java(withSettings(arguments)));
    }

    /** Runs a command to its end, with the default settings. */
    Subprocess.Result commandWithDefaults(String... arguments) {
        return Subprocess.run(COMMAND, java(arguments));
    }

    /** Starts a command and returns at once. */
    Process background(Path output, String... arguments) throws IOException {
        return java(arguments)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    /** Puts a folder first on the PATH of every process that is started from now on. */
    SwathProcess commandsFrom(Path first) {
        commands = first;
        return this;
    }

    /** Sets the Java options for {@code swath run}. */
    SwathProcess withJavaOptions(String... javaOptions) {
        options = List.of(javaOptions);
        return this;
    }

    /** Starts {@code swath run} and returns at once. Swath may end before it is ready. */
    Process launch() throws IOException {
        ProcessBuilder run = java(withSettings("run"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
        run.command().addAll(1, options);
        process = run.start();
        return process;
    }

    /** Starts {@code swath run} and returns when it is ready. */
    SwathProcess start() throws IOException {
        return start("is ready: drop scenes");
    }

    /** Starts {@code swath run} and returns when its log has these words. */
    SwathProcess start(String words) throws IOException {
        logPosition = Files.exists(logFile()) ? Files.size(logFile()) : 0;
        launch();
        awaitWords(words);
        return this;
    }

    /** Waits until the log has these words, after its start and after the words that were awaited before. */
    void awaitWords(String words) {
        await("Swath logs: " + words, Duration.ofSeconds(90), () -> {
            if (!process.isAlive()) {
                throw new AssertionError("swath run ended with " + process.exitValue() + "\n" + tail());
            }
            byte[] log = Files.readAllBytes(logFile());
            String now = new String(log, (int) logPosition, log.length - (int) logPosition, StandardCharsets.UTF_8);
            if (now.contains(words)) {
                logPosition = log.length;
                return true;
            }
            return false;
        });
    }

    /** Sends SIGSTOP: the process pauses. */
    void pause() {
        Subprocess.run(COMMAND, List.of("kill", "-STOP", String.valueOf(process.pid())))
                .orFail();
    }

    /** Sends SIGCONT: the process continues. */
    void unpause() {
        Subprocess.run(COMMAND, List.of("kill", "-CONT", String.valueOf(process.pid())))
                .orFail();
    }

    /** Sends SIGTERM, so that Swath stops in order, and waits for its end. */
    void stop() {
        if (process != null) {
            process.destroy();
            join();
        }
    }

    /** Sends SIGKILL, so that Swath ends at once, and waits for its end. */
    void kill() {
        process.destroyForcibly();
        join();
    }

    /** Whether Swath ends by itself within this time. */
    boolean endsWithin(long time, TimeUnit unit) throws InterruptedException {
        return process.waitFor(time, unit);
    }

    private void join() {
        try {
            if (!process.waitFor(60, SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("Swath did not end\n" + tail());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        process = null;
    }

    /** The running processes that Swath has started. */
    List<ProcessHandle> children() {
        return process.descendants().filter(ProcessHandle::isAlive).toList();
    }

    long pid() {
        return process.pid();
    }

    /** Copies a recipe to another name. */
    void copyRecipe(String name, String copy) throws IOException {
        Path recipes = folder.resolve("home/config/recipes");
        Folders.copy(recipes.resolve(name), recipes.resolve(copy));
    }

    /** Changes a setting for every process that is started from now on. */
    SwathProcess set(String name, String value) {
        settings.put(name, value);
        return this;
    }

    /** Changes a recipe's file, but none of its results. */
    void touchRecipe(String name, String why) throws IOException {
        Path file = folder.resolve("home/config/recipes").resolve(name).resolve("recipe.yaml");
        Path part = file.resolveSibling(".recipe.yaml.part");
        Files.writeString(part, Files.readString(file) + "# " + why + "\n");
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    Path inbox(String recipe) {
        return storage.resolve("inbox").resolve(recipe);
    }

    /** Copies a scene into the inbox, and creates its {@code .done} marker. */
    void drop(String recipe, Path scene, String name) throws IOException {
        dropWithoutMarker(recipe, scene, name);
        Files.createFile(inbox(recipe).resolve(name + ".done"));
    }

    void dropWithoutMarker(String recipe, Path scene, String name) throws IOException {
        Path part = Files.createDirectories(inbox(recipe)).resolve("." + name);
        Files.copy(scene, part);
        Files.move(part, inbox(recipe).resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private Connection ledger() throws SQLException {
        String url = settings.getOrDefault("database.url", "");
        if (url.isEmpty()) {
            return DriverManager.getConnection("jdbc:sqlite:" + state().resolve("ledger.db"));
        }
        try {
            String password = Files.readString(Path.of(settings.get("database.password-file")));
            return DriverManager.getConnection(url, settings.get("database.user"), password.strip());
        } catch (IOException e) {
            throw new SQLException("no password", e);
        }
    }

    /** Rows of the ledger as values by column name. A column that is null is missing. */
    List<Map<String, String>> query(String sql, String... values) {
        try (Connection connection = ledger();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            List<Map<String, String>> rows = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    Map<String, String> row = new LinkedHashMap<>();
                    for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                        if (result.getString(i) != null) {
                            row.put(result.getMetaData().getColumnLabel(i), result.getString(i));
                        }
                    }
                    rows.add(row);
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    /** Changes the ledger directly, without Swath. */
    void change(String sql, String... values) {
        try (Connection connection = ledger();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            statement.executeUpdate();
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    /** The scene that arrived under this file name. */
    Optional<Map<String, String>> scene(String name) {
        return query("select * from scene where name = ?", name).stream().findFirst();
    }

    /** Waits until the scene that arrived under this file name is accepted, and returns its id. */
    String id(String name) {
        await(name + " is accepted", Duration.ofSeconds(60), () -> scene(name).isPresent());
        return scene(name).orElseThrow().get("id");
    }

    /** Waits until a scene has ended, fails unless it is in this state, and returns its id. */
    String awaitEnd(String name, String state, Duration limit) {
        await(
                name + " has ended",
                limit,
                () -> scene(name)
                        .filter(scene -> ENDED.contains(scene.get("state")))
                        .isPresent());
        Map<String, String> scene = scene(name).orElseThrow();
        if (!scene.get("state").equals(state)) {
            throw new AssertionError(name + " is " + scene + ", not " + state + "\n" + tail());
        }
        return scene.get("id");
    }

    /** All runs of a scene by step, tile and attempt; the assembly, with tile -1, comes first. */
    List<Map<String, String>> runs(String id) {
        return query("select * from run where scene_id = ? order by step_index, tile, attempt", id);
    }

    List<String> tokens(String id) {
        return query("select token from batch where scene_id = ? order by number", id).stream()
                .map(row -> row.get("token"))
                .toList();
    }

    Path delivered(String id, String recipe) {
        return storage.resolve("delivered").resolve(id).resolve(recipe);
    }

    Path product(String id, String recipe) {
        return delivered(id, recipe).resolve(id + "_" + recipe + ".tif");
    }

    Path work(String id) {
        return storage.resolve("work").resolve(id);
    }

    /** Waits for a condition. On failure, the end of Swath's log is part of the message. */
    void await(String what, Duration limit, java.util.concurrent.Callable<Boolean> condition) {
        try {
            Awaitility.await(what)
                    .atMost(limit)
                    .pollInterval(Duration.ofMillis(200))
                    .pollDelay(Duration.ZERO)
                    .until(condition);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("not within " + limit + ": " + what + "\n" + tail(), e);
        }
    }

    /** The log from this position in bytes. */
    String logSince(long length) {
        try {
            byte[] all = Files.readAllBytes(logFile());
            return new String(all, (int) length, all.length - (int) length, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The present length of the log in bytes. */
    long logLength() {
        try {
            return Files.size(logFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path logFile() {
        return folder.resolve("swath.log");
    }

    /** The whole log. */
    String log() {
        try {
            return Files.exists(logFile()) ? Files.readString(logFile()) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The end of the log. */
    String tail() {
        try {
            List<String> lines = Files.readAllLines(logFile(), StandardCharsets.UTF_8);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    private void keepLog() {
        Path kept = Path.of("target", "e2e", folder.getFileName() + ".log");
        try {
            if (Files.exists(logFile())) {
                Files.createDirectories(kept.getParent());
                Files.copy(logFile(), kept, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops Swath if it runs, and removes all its files except the log, which is copied to target/e2e. */
    @Override
    public void close() {
        try {
            stop();
        } finally {
            keepLog();
            Folders.remove(storage);
            Folders.remove(folder);
        }
    }
}
