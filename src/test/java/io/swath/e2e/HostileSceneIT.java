package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.testing.SceneMutator;
import io.swath.testing.SceneMutator.Mutant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged scenes through the whole program: each is delivered with the right pixels, or ends with a reason and a
 * remedy. Every run damages them in the same ways; {@code -Dseed} chooses other ways, {@code -Dsample} how many.
 */
class HostileSceneIT {
    private static final String JUDGE = "src/test/scripts/hostile.py";
    private static final Duration LIMIT = Duration.ofMinutes(5);

    @TempDir
    Path temp;

    private SwathProcess swath;

    @Test
    void damaged_scene_is_delivered_correctly_or_ends_with_a_remedy() throws Exception {
        long seed = Long.getLong("seed", 1);
        int sample = Integer.getInteger("sample", 44);
        System.out.println("seed " + seed + ", " + sample + " mutants through the whole program");
        Path good = Files.createDirectory(temp.resolve("good"));
        python("make", good.toString()).orFail();
        SceneMutator mutator = new SceneMutator(good, seed);
        Path folder = Files.createDirectory(temp.resolve("hostile"));
        swath = new SwathProcess(folder, folder.resolve("storage"), Map.of("cluster", "local"));
        try (SwathProcess own = swath) {
            own.command("doctor", "--create").orFail();
            own.start();
            Map<String, Mutant> mutants = new TreeMap<>();
            Set<String> contents = new HashSet<>();
            for (int number = 0; number < sample; number++) {
                Mutant mutant = mutator.mutant(number);
                if (contents.add(mutant.content())) {
                    mutants.put("mutant" + number + ".tif", mutant);
                }
            }
            for (Map.Entry<String, Mutant> one : mutants.entrySet()) {
                own.drop(
                        "ndvi",
                        Files.write(temp.resolve(one.getKey()), one.getValue().bytes()),
                        one.getKey());
            }
            own.drop("ndvi", withoutPixels(good.resolve("deflate.tif")), "damaged.tif");

            List<String> faults = new ArrayList<>();
            Map<String, Integer> ends = new TreeMap<>();
            for (Map.Entry<String, Mutant> one : mutants.entrySet()) {
                ends.merge(end(one.getKey(), one.getValue().toString(), faults), 1, Integer::sum);
            }
            assertThat(end("damaged.tif", "damaged", faults)).isEqualTo("FAILED");
            String damaged = own.id("damaged.tif");
            assertThat(own.runs(damaged).stream().filter(run -> run.get("tile").equals("0")))
                    .as("it is retried once")
                    .hasSize(2)
                    .allMatch(run -> run.get("cause").equals("BAD_INPUT"));
            System.out.println("seed " + seed + ": " + ends);
            assertThat(faults).as("seed %d", seed).isEmpty();
            assertThat(ends.keySet()).contains("DELIVERED", "REJECTED");
        }
    }

    /** Waits until the scene has ended and returns its state. Adds to {@code faults} what is wrong. */
    private String end(String name, String mutant, List<String> faults) throws IOException {
        swath.await(
                name + " has ended",
                LIMIT,
                () -> swath.scene(name)
                        .filter(scene ->
                                Set.of("DELIVERED", "REJECTED", "FAILED").contains(scene.get("state")))
                        .isPresent());
        Map<String, String> scene = swath.scene(name).orElseThrow();
        String reason = scene.getOrDefault("reason", "");
        switch (scene.get("state")) {
            case "DELIVERED" -> {
                JsonNode plan = new ObjectMapper().readTree(scene.get("plan"));
                if (plan.path("rectification").isObject()) {
                    break; // its pixels are on a map; ortho_test.py compares such
                }
                JsonNode bands = plan.path("bands");
                Subprocess.Result check = python(
                        "ndvi",
                        temp.resolve(name).toString(),
                        swath.product(scene.get("id"), "ndvi").toString(),
                        bands.path(0).path("number").asText(),
                        bands.path(1).path("number").asText());
                if (check.exit() != 0) {
                    faults.add(mutant + ": " + check);
                }
            }
            case "REJECTED" -> {
                Path rejected = swath.storage().resolve("rejected").resolve(name);
                JsonNode why = new ObjectMapper()
                        .readTree(rejected.resolve("reason.json").toFile());
                for (String field : List.of("rule", "what", "remedy")) {
                    if (why.path(field).asText().isBlank()) {
                        faults.add(mutant + ": no " + field);
                    }
                }
            }
            default -> {
                if (!reason.contains("BAD_INPUT")
                        || !reason.contains(scene.get("id"))
                        || !reason.contains("and send that")) {
                    faults.add(mutant + ": " + reason);
                }
            }
        }
        return scene.get("state");
    }

    /** Makes a scene with a valid header and pixels that no decoder can read. */
    private Path withoutPixels(Path scene) throws IOException {
        byte[] bytes = Files.readAllBytes(scene);
        for (int at = bytes.length / 4; at < bytes.length; at++) {
            bytes[at] = 0x55;
        }
        return Files.write(temp.resolve("damaged.tif"), bytes);
    }

    private static Subprocess.Result python(String... arguments) {
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3", JUDGE));
        command.addAll(List.of(arguments));
        return Subprocess.run(Duration.ofMinutes(1), command);
    }
}
