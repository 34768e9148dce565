package io.swath.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Scenes that are on their way through a Swath while it is ill-treated, and what must hold of each in the end. */
final class Ordeal {
    /** A scene, and how it has to end. */
    record Scene(String name, String recipe, Path file, String end) {}

    /** What is wrong, by the scene's name; what belongs to none stands under an empty name. */
    static final class Findings {
        final Map<String, List<String>> lost = new TreeMap<>();
        final Map<String, List<String>> twice = new TreeMap<>();
        final Map<String, List<String>> changed = new TreeMap<>();
        final Map<String, List<String>> debris = new TreeMap<>();

        static int of(Map<String, List<String>> kind, Set<String> names) {
            return names.stream()
                    .mapToInt(name -> kind.getOrDefault(name, List.of()).size())
                    .sum();
        }

        boolean none() {
            return lost.isEmpty() && twice.isEmpty() && changed.isEmpty() && debris.isEmpty();
        }

        /** As a row of the table of faults. */
        FaultTable.Row row(String fault, int injected, long scenes, long tiles, double seconds) {
            return new FaultTable.Row(
                    fault,
                    injected,
                    Math.toIntExact(scenes),
                    Math.toIntExact(tiles),
                    size(lost),
                    size(twice),
                    size(changed),
                    seconds);
        }

        /** How many there are of each kind. */
        String summary() {
            return size(lost) + " lost, " + size(twice) + " run or sent twice, " + size(changed)
                    + " repeated with another body, " + size(debris) + " left lying about";
        }

        private static int size(Map<String, List<String>> kind) {
            return kind.values().stream().mapToInt(List::size).sum();
        }

        @Override
        public String toString() {
            return "lost " + lost + "\nrun or sent twice " + twice + "\nrepeated with another body " + changed
                    + "\nleft lying about " + debris;
        }

        private static void add(Map<String, List<String>> kind, String name, String what) {
            kind.computeIfAbsent(name, any -> new ArrayList<>()).add(what);
        }
    }

    private static final Set<String> ENDED = Set.of("DELIVERED", "REJECTED", "FAILED", "CANCELLED");

    private final Swath swath;
    private final Path supply;
    private final List<Scene> scenes = new ArrayList<>();

    /** @param supply a folder for the scenes' files; {@code most} of them are made at once */
    Ordeal(Swath swath, Path supply, int most) throws IOException {
        this.swath = swath;
        this.supply = Files.createDirectories(supply);
        Scenes.many(supply, 512, 256, most);
    }

    /** Drops a scene of two tiles and two steps, which has to be delivered. */
    Scene good() throws IOException {
        return drop("good", "relay", supply.resolve(scenes.size() + 1 + ".tif"), "DELIVERED");
    }

    /** Drops something that is no scene. */
    Scene bad() throws IOException {
        Path file = supply.resolve("bad-" + scenes.size() + ".tif");
        return drop("bad", "relay", Files.writeString(file, "no picture ".repeat(50) + scenes.size()), "REJECTED");
    }

    /** Drops something that even its name shows to be no scene. */
    Scene rejected() throws IOException {
        Path file = supply.resolve("unfit-" + scenes.size() + ".txt");
        return drop("unfit", "relay", Files.writeString(file, "a note"), "REJECTED");
    }

    /** Drops a scene whose tiles wait until it is cancelled. */
    Scene endless() throws IOException {
        return drop("endless", "gate", supply.resolve(scenes.size() + 1 + ".tif"), "CANCELLED");
    }

    private Scene drop(String kind, String recipe, Path file, String end) throws IOException {
        String name = file.getFileName().toString();
        Scene scene =
                new Scene(kind + "-" + (scenes.size() + 1) + name.substring(name.lastIndexOf('.')), recipe, file, end);
        scenes.add(scene);
        swath.drop(recipe, file, scene.name());
        return scene;
    }

    /** Asks for the end of a scene as a person does; the wish is kept in the ledger. */
    void cancel(Scene scene) {
        swath.change(
                "insert into control (id, scene_id, verb, requested_at) select 'cancel ' || id, id, 'cancel', "
                        + System.currentTimeMillis() + " from scene where name = ? on conflict do nothing",
                scene.name());
    }

    boolean ended(Scene scene) {
        return swath.scene(scene.name())
                .filter(row -> ENDED.contains(row.get("state")))
                .isPresent();
    }

    /** How many scenes have not ended. */
    long inFlight() {
        Set<String> ended = new HashSet<>();
        swath.query("select name, state from scene").stream()
                .filter(row -> ENDED.contains(row.get("state")))
                .forEach(row -> ended.add(row.get("name")));
        return scenes.stream().filter(scene -> !ended.contains(scene.name())).count();
    }

    /** How many of their tiles, the assemblies among them, are not done; two and one where a scene is not planned yet. */
    long tilesInFlight() {
        List<Map<String, String>> planned =
                swath.query("select state from scene where state in" + " ('PLANNED', 'PROCESSING', 'ASSEMBLING')");
        List<Map<String, String>> open = swath.query("select tile.idx from tile join scene on scene.id = tile.scene_id"
                + " where scene.state in ('PLANNED', 'PROCESSING', 'ASSEMBLING') and tile.state <> 'DONE'");
        return open.size() + 3 * Math.max(0, inFlight() - planned.size());
    }

    /** Waits until all have ended, no run is open and every message is sent. */
    void settle(Duration limit) {
        swath.await("every scene has ended", limit, () -> {
            scenes.stream()
                    .filter(scene -> scene.end().equals("CANCELLED") && !ended(scene))
                    .forEach(this::cancel);
            return inFlight() == 0;
        });
        swath.await(
                "every run is accounted for and every message sent",
                limit,
                () -> swath.query("select token from run where state not in ('SUCCEEDED', 'FAILED')")
                                .isEmpty()
                        && swath.query("select id from outbox where sent_at is null")
                                .isEmpty());
    }

    /** When a scene ended. */
    Instant end(Scene scene) {
        return Instant.ofEpochMilli(
                Long.parseLong(swath.scene(scene.name()).orElseThrow().get("changed_at")));
    }

    List<Scene> scenes() {
        return List.copyOf(scenes);
    }

    /**
     * Looks for what is wrong.
     *
     * @param messages all that left, in the order of arrival
     * @param successes how often the cluster itself says that {@code TOKEN/INDEX} ended well
     */
    Findings findings(List<JsonNode> messages, Map<String, Integer> successes) {
        Findings findings = new Findings();
        Map<String, List<JsonNode>> events = new HashMap<>();
        Map<String, JsonNode> distinct = distinct(messages, findings);
        distinct.values().stream()
                .filter(message -> message.path("type").asText().startsWith("io.swath.scene."))
                .forEach(message -> events.computeIfAbsent(
                                message.path("subject").asText(), any -> new ArrayList<>())
                        .add(message));
        List<String> pixels = new ArrayList<>(List.of("relay"));
        for (Scene scene : scenes) {
            List<Map<String, String>> rows = swath.query("select * from scene where name = ?", scene.name());
            if (rows.size() != 1 || !rows.get(0).get("state").equals(scene.end())) {
                Findings.add(rows.size() > 1 ? findings.twice : findings.lost, scene.name(), "it is " + rows);
                continue;
            }
            String id = rows.get(0).get("id");
            messages(findings, scene, events.getOrDefault(id, List.of()));
            runs(findings, scene, id, distinct.keySet(), successes);
            if (scene.end().equals("DELIVERED")) {
                products(findings, scene, id);
                pixels.addAll(List.of(
                        scene.file().toString(),
                        swath.product(id, scene.recipe()).toString()));
            } else if (scene.end().equals("REJECTED")) {
                rejection(findings, scene);
            }
        }
        Set<String> known = new HashSet<>();
        swath.query("select token from batch").forEach(row -> known.add(row.get("token")));
        successes.keySet().stream()
                .filter(task -> !known.contains(task.substring(0, task.lastIndexOf('/'))))
                .forEach(task -> Findings.add(findings.twice, "", task + " is no run of the ledger's"));
        debris(findings);
        if (findings.lost.isEmpty()) {
            Scenes.checkAll(pixels);
        }
        return findings;
    }

    private static Map<String, JsonNode> distinct(List<JsonNode> messages, Findings findings) {
        Map<String, JsonNode> distinct = new LinkedHashMap<>();
        for (JsonNode message : messages) {
            JsonNode first = distinct.putIfAbsent(message.path("id").asText(), message);
            if (first != null && !first.equals(message)) {
                Findings.add(findings.changed, "", first + " and then " + message);
            }
        }
        return distinct;
    }

    private static void messages(Findings findings, Scene scene, List<JsonNode> events) {
        List<String> types = events.stream()
                .map(event -> event.path("type").asText().substring("io.swath.scene.".length()))
                .toList();
        String last = scene.end().toLowerCase(Locale.ROOT);
        Set<List<String>> fitting = scene.end().equals("REJECTED")
                ? Set.of(List.of(last), List.of("accepted", last))
                : Set.of(List.of("accepted", last));
        if (!fitting.contains(types)) {
            Findings.add(types.size() > 2 ? findings.twice : findings.lost, scene.name(), "its events are " + types);
        }
    }

    private void runs(Findings findings, Scene scene, String id, Set<String> messages, Map<String, Integer> successes) {
        Map<String, Long> inLedger = new TreeMap<>();
        Map<String, Long> onCluster = new TreeMap<>();
        for (Map<String, String> run : swath.runs(id)) {
            String task = run.get("token") + "/" + run.get("idx");
            String what = "tile " + run.get("tile") + " step " + run.get("step");
            if (!messages.contains(task)) {
                Findings.add(findings.lost, scene.name(), "no accounting record of " + task);
            }
            inLedger.merge(what, run.get("state").equals("SUCCEEDED") ? 1L : 0L, Long::sum);
            onCluster.merge(what, (long) successes.getOrDefault(task, 0), Long::sum);
        }
        if (scene.end().equals("DELIVERED") && inLedger.size() != 5) {
            Findings.add(findings.lost, scene.name(), "it has runs for " + inLedger.keySet());
        }
        long wanted = scene.end().equals("DELIVERED") ? 1 : 0;
        Map.of("by the ledger", inLedger, "by the cluster", onCluster)
                .forEach((who, counts) -> counts.forEach((what, times) -> {
                    if (times != wanted) {
                        Findings.add(
                                times > wanted ? findings.twice : findings.lost,
                                scene.name(),
                                what + " succeeded " + times + " times " + who);
                    }
                }));
    }

    private void products(Findings findings, Scene scene, String id) {
        Path folder = swath.delivered(id, scene.recipe());
        if (!Folders.names(folder.getParent()).equals(List.of(scene.recipe()))
                || !Folders.names(folder)
                        .equals(Stream.of(id + "_" + scene.recipe() + ".tif", "item.json", "runs.csv")
                                .sorted()
                                .toList())) {
            Findings.add(findings.lost, scene.name(), folder + " holds " + Folders.names(folder));
        }
        for (String leftOver : new String[] {"tiles", "leases"}) {
            if (Files.exists(swath.work(id).resolve(leftOver))) {
                Findings.add(findings.debris, scene.name(), leftOver);
            }
        }
    }

    private void rejection(Findings findings, Scene scene) {
        List<String> places = Folders.names(swath.storage().resolve("rejected")).stream()
                .filter(name -> name.equals(scene.name()) || name.startsWith(scene.name() + "-"))
                .toList();
        if (places.size() != 1) {
            Findings.add(places.isEmpty() ? findings.lost : findings.twice, scene.name(), "rejected/ has " + places);
        }
        for (String place : places) {
            List<String> names =
                    Folders.names(swath.storage().resolve("rejected").resolve(place));
            if (names.size() != 2 || !names.contains("reason.json")) {
                Findings.add(findings.lost, scene.name(), place + " holds " + names);
            }
        }
    }

    /** Nothing is left in an inbox, and nowhere is anything that was half made. */
    private void debris(Findings findings) {
        for (String recipe : Folders.names(swath.storage().resolve("inbox"))) {
            Folders.names(swath.inbox(recipe))
                    .forEach(name -> Findings.add(findings.debris, "", "inbox/" + recipe + "/" + name));
        }
        for (String top : new String[] {"scenes", "rejected", "work", "delivered"}) {
            try (Stream<Path> files = Files.walk(swath.storage().resolve(top))) {
                files.filter(Ordeal::halfMade)
                        .forEach(file -> Findings.add(
                                findings.debris,
                                "",
                                swath.storage().relativize(file).toString()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        Set<String> ids = new HashSet<>();
        swath.query("select id from scene where state <> 'REJECTED'").forEach(row -> ids.add(row.get("id")));
        Folders.names(swath.storage().resolve("scenes")).stream()
                .filter(name -> !ids.contains(name))
                .forEach(name -> Findings.add(findings.debris, "", "scenes/" + name));
    }

    private static boolean halfMade(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(".") || name.endsWith(".part") || name.endsWith(".tmp");
    }

    /** How a table's cells are printed in columns. */
    static String table(List<List<String>> rows) {
        int columns = rows.get(0).size();
        List<Integer> widths = new ArrayList<>();
        for (int column = 0; column < columns; column++) {
            int at = column;
            widths.add(rows.stream().mapToInt(row -> row.get(at).length()).max().orElse(0));
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            for (int column = 0; column < columns; column++) {
                text.append(String.format("%-" + widths.get(column) + "s  ", row.get(column)));
            }
            text.append('\n');
        }
        return text.toString();
    }
}
