package io.swath.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** Checks that the scenes of a {@link CrashScenario} ended as they have to, each exactly once. */
final class CrashScenarioCheck {
    /** The folder in {@code scenes/} in which scenes are put together. It stays; what is in it is unfinished. */
    private static final String STAGING = ".taken";
    /** The folder in {@code work/} with what all jobs read. */
    private static final String PROGRAMS = ".programs";

    private final SwathProcess swath;
    private final List<CrashScenario.Scene> scenes;

    CrashScenarioCheck(SwathProcess swath, List<CrashScenario.Scene> scenes) {
        this.swath = swath;
        this.scenes = scenes;
    }

    /**
     * Checks scenes, messages, runs and files.
     *
     * @param messages all messages that Swath sent, in the order of arrival
     * @param successes how often each task {@code TOKEN/INDEX} succeeded, as the cluster itself reports it
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
        for (CrashScenario.Scene scene : scenes) {
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
        leftOvers(findings);
        if (findings.lost.isEmpty()) {
            TestScenes.checkAll(pixels);
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

    private static void messages(Findings findings, CrashScenario.Scene scene, List<JsonNode> events) {
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

    private void runs(
            Findings findings,
            CrashScenario.Scene scene,
            String id,
            Set<String> messages,
            Map<String, Integer> successes) {
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

    private void products(Findings findings, CrashScenario.Scene scene, String id) {
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
                Findings.add(findings.leftOver, scene.name(), leftOver);
            }
        }
    }

    private void rejection(Findings findings, CrashScenario.Scene scene) {
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

    /** Finds files that are left in an inbox, unfinished files and scenes' folders that no scene owns. */
    private void leftOvers(Findings findings) {
        for (String recipe : Folders.names(swath.storage().resolve("inbox"))) {
            Folders.names(swath.inbox(recipe))
                    .forEach(name -> Findings.add(findings.leftOver, "", "inbox/" + recipe + "/" + name));
        }
        for (String top : new String[] {"scenes", "rejected", "work", "delivered"}) {
            try (Stream<Path> files = Files.walk(swath.storage().resolve(top))) {
                files.filter(this::unfinished)
                        .forEach(file -> Findings.add(
                                findings.leftOver,
                                "",
                                swath.storage().relativize(file).toString()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        Set<String> ids = new HashSet<>();
        swath.query("select id from scene where state <> 'REJECTED'").forEach(row -> ids.add(row.get("id")));
        Folders.names(swath.storage().resolve("scenes")).stream()
                .filter(name -> !name.equals(STAGING) && !ids.contains(name))
                .forEach(name -> Findings.add(findings.leftOver, "", "scenes/" + name));
    }

    private boolean unfinished(Path file) {
        String name = file.getFileName().toString();
        boolean kept = file.equals(swath.storage().resolve("scenes").resolve(STAGING))
                || file.equals(swath.storage().resolve("work").resolve(PROGRAMS));
        return ((name.startsWith(".") && !kept) || name.endsWith(".part") || name.endsWith(".tmp"))
                && !ofWithdrawnBatch(file);
    }

    /** Whether a kill left the file in the folder of a batch that was never sent: it goes with the scene's work folder. */
    private boolean ofWithdrawnBatch(Path file) {
        Path below = swath.storage().resolve("work").relativize(file);
        return below.getNameCount() == 3
                && file.getFileName().toString().endsWith(".part")
                && swath.query("select token from batch where token = '" + below.getName(1) + "'")
                        .isEmpty();
    }
}
