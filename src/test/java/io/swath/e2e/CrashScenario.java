package io.swath.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Scenes that are processed by a Swath that is killed or otherwise disturbed, each with the state in which it must end.
 */
final class CrashScenario {
    /** A scene, and the state {@code end} in which it must end. */
    record Scene(String name, String recipe, Path file, String end) {}

    private static final Set<String> ENDED = Set.of("DELIVERED", "REJECTED", "FAILED", "CANCELLED");

    private final SwathProcess swath;
    private final Path supply;
    private final List<Scene> scenes = new ArrayList<>();

    /** @param supply a folder for the scenes' files, of which {@code most} are made at once */
    CrashScenario(SwathProcess swath, Path supply, int most) throws IOException {
        this.swath = swath;
        this.supply = Files.createDirectories(supply);
        TestScenes.many(supply, 512, 256, most);
    }

    /** Drops a scene of two tiles and two steps, which must be delivered. */
    Scene dropGood() throws IOException {
        return drop("good", "relay", supply.resolve(scenes.size() + 1 + ".tif"), "DELIVERED");
    }

    /** Drops a file with a scene's name and other content, which planning must reject. */
    Scene dropGarbage() throws IOException {
        Path file = supply.resolve("bad-" + scenes.size() + ".tif");
        return drop("bad", "relay", Files.writeString(file, "no picture ".repeat(50) + scenes.size()), "REJECTED");
    }

    /** Drops a file whose name shows that it is not a scene, which arrival must reject. */
    Scene dropWrongName() throws IOException {
        Path file = supply.resolve("unfit-" + scenes.size() + ".txt");
        return drop("unfit", "relay", Files.writeString(file, "a note"), "REJECTED");
    }

    /** Drops a scene whose tiles run until it is cancelled. */
    Scene dropEndless() throws IOException {
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

    /** Adds a control request to cancel the scene to the ledger, as the command does. */
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

    /** The number of scenes that have not ended. */
    long inFlight() {
        Set<String> ended = new HashSet<>();
        swath.query("select name, state from scene").stream()
                .filter(row -> ENDED.contains(row.get("state")))
                .forEach(row -> ended.add(row.get("name")));
        return scenes.stream().filter(scene -> !ended.contains(scene.name())).count();
    }

    /**
     * The number of their tiles, including assemblies, that are not done. A scene that is not planned counts as three.
     */
    long tilesInFlight() {
        List<Map<String, String>> planned =
                swath.query("select state from scene where state in" + " ('PLANNED', 'PROCESSING', 'ASSEMBLING')");
        List<Map<String, String>> open = swath.query("select tile.idx from tile join scene on scene.id = tile.scene_id"
                + " where scene.state in ('PLANNED', 'PROCESSING', 'ASSEMBLING') and tile.state <> 'DONE'");
        return open.size() + 3 * Math.max(0, inFlight() - planned.size());
    }

    /** Waits until all scenes have ended, no run is open and every message is sent. */
    void settle(Duration limit) {
        swath.await("every scene has ended", limit, () -> {
            scenes.stream()
                    .filter(scene -> scene.end().equals("CANCELLED") && !ended(scene))
                    .forEach(this::cancel);
            return inFlight() == 0;
        });
        swath.await(
                "every run has ended and every message is sent",
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

    /** Checks every scene after {@link #settle}; for the parameters see {@link CrashScenarioCheck#findings}. */
    Findings findings(List<JsonNode> messages, Map<String, Integer> successes) {
        return new CrashScenarioCheck(swath, scenes).findings(messages, successes);
    }
}
