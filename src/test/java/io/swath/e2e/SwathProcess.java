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
 * Swath as people run it: a program of its own, with its own installation (the shipped routes, settings and recipes, and
 * those of src/test/recipes beside them), storage and state. The ledger is read from outside, by plain SQL.
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
    private long said;

    /**
     * Installs it.
     *
     * @param folder for the installation and the state
     * @param storage where the storage is to be; it is laid out by {@code doctor --create}
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
        this.settings.put("retry.pause", "500ms");
        this.settings.putAll(settings);
    }

    /** What stands in the environment of all that is started from now on. */
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

    /** Runs one command to its end, with this Swath's settings. */
    Subprocess.Result command(String... arguments) {
        return Subprocess.run(COMMAND, java(withSettings(arguments)));
    }

    /** Runs one command to its end, with nothing but its arguments. */
    Subprocess.Result plain(String... arguments) {
        return Subprocess.run(COMMAND, java(arguments));
    }

    /** Starts one command and returns at once. */
    Process background(Path output, String... arguments) throws IOException {
        return java(arguments)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    /** What lies in that folder goes before the machine's own commands. */
    SwathProcess commandsFrom(Path first) {
        commands = first;
        return this;
    }

    /** The Java options with which {@code swath run} starts from now on. */
    SwathProcess with(String... javaOptions) {
        options = List.of(javaOptions);
        return this;
    }

    /** Starts {@code swath run}, and returns at once: it may end before it is ready. */
    Process launch() throws IOException {
        ProcessBuilder run = java(withSettings("run"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        run.command().addAll(1, options);
        process = run.start();
        return process;
    }

    /** Starts {@code swath run}, and returns when it is ready. */
    SwathProcess start() throws IOException {
        return start("is ready: drop scenes");
    }

    /** Starts {@code swath run}, and returns when it has said those words. */
    SwathProcess start(String words) throws IOException {
        said = Files.exists(log()) ? Files.size(log()) : 0;
        launch();
        awaitWords(words);
        return this;
    }

    /** Waits until it has said those words, since its start or since what was waited for last. */
    void awaitWords(String words) {
        await("Swath says: " + words, Duration.ofSeconds(90), () -> {
            if (!process.isAlive()) {
                throw new AssertionError("swath run ended with " + process.exitValue() + "\n" + tail());
            }
            byte[] log = Files.readAllBytes(log());
            String now = new String(log, (int) said, log.length - (int) said, StandardCharsets.UTF_8);
            if (now.contains(words)) {
                said = log.length;
                return true;
            }
            return false;
        });
    }

    /** SIGSTOP: it stands still, wherever it is. */
    void pause() {
        Subprocess.run(COMMAND, List.of("kill", "-STOP", String.valueOf(process.pid())))
                .orFail();
    }

    /** SIGCONT: it goes on as if nothing had been. */
    void goOn() {
        Subprocess.run(COMMAND, List.of("kill", "-CONT", String.valueOf(process.pid())))
                .orFail();
    }

    /** SIGTERM: it is to end well. */
    void stop() {
        if (process != null) {
            process.destroy();
            join();
        }
    }

    /** SIGKILL: it has no chance to do anything more. */
    void kill() {
        process.destroyForcibly();
        join();
    }

    /** Whether it ends by itself before the time is up. */
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

    /** The processes that it has started and that are still there. */
    List<ProcessHandle> children() {
        return process.descendants().filter(ProcessHandle::isAlive).toList();
    }

    long pid() {
        return process.pid();
    }

    /** The same recipe under another name. */
    void copyRecipe(String name, String copy) throws IOException {
        Path recipes = folder.resolve("home/config/recipes");
        Folders.copy(recipes.resolve(name), recipes.resolve(copy));
    }

    /** Another value for what is started from now on. */
    SwathProcess set(String name, String value) {
        settings.put(name, value);
        return this;
    }

    /** Changes a recipe in a way that changes none of its results. */
    void touchRecipe(String name, String why) throws IOException {
        Path file = folder.resolve("home/config/recipes").resolve(name).resolve("recipe.yaml");
        Path part = file.resolveSibling(".recipe.yaml.part");
        Files.writeString(part, Files.readString(file) + "# " + why + "\n");
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    Path inbox(String recipe) {
        return storage.resolve("inbox").resolve(recipe);
    }

    /** Drops a scene with its marker; the file stays where it was. */
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

    /** Rows of the ledger, each by column name; what is null is left out. */
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

    /** Changes the ledger behind Swath's back. */
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

    /** The scene that arrived under that file name. */
    Optional<Map<String, String>> scene(String name) {
        return query("select * from scene where name = ?", name).stream().findFirst();
    }

    /** The id of the scene that arrived under that file name, once it is accepted. */
    String id(String name) {
        await(name + " is accepted", Duration.ofSeconds(60), () -> scene(name).isPresent());
        return scene(name).orElseThrow().get("id");
    }

    /** Waits until a scene has ended, which has to be in that state; returns its id. */
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

    /** All runs of a scene: tiles by tile, step and attempt, the assembly first (its tile is -1). */
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

    /** Waits; what Swath said last is part of the failure. */
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

    /** What it has said, since its log was that long. */
    String saidSince(long length) {
        try {
            byte[] all = Files.readAllBytes(log());
            return new String(all, (int) length, all.length - (int) length, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How long its log is now, in bytes. */
    long logLength() {
        try {
            return Files.size(log());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path log() {
        return folder.resolve("swath.log");
    }

    /** All that it said. */
    String said() {
        try {
            return Files.exists(log()) ? Files.readString(log()) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The end of what it said. */
    String tail() {
        try {
            List<String> lines = Files.readAllLines(log(), StandardCharsets.UTF_8);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    private void keepLog() {
        Path kept = Path.of("target", "e2e", folder.getFileName() + ".log");
        try {
            if (Files.exists(log())) {
                Files.createDirectories(kept.getParent());
                Files.copy(log(), kept, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it where it runs, and removes all that it had, but for its log, which is kept in target/e2e. */
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
