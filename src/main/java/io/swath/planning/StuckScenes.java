package io.swath.planning;

import io.swath.health.GrowingPause;
import io.swath.health.Incidents;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The scenes that cannot be planned now, each with an open incident. A scene that could not be inspected again and again
 * waits longer each time, because an inspection may take until its time-out and others wait for it. Not thread-safe.
 */
final class StuckScenes {
    private static final GrowingPause PAUSE = new GrowingPause(Duration.ofSeconds(10), Duration.ofMinutes(5));

    private record Failures(int inspections, Instant due) {
        static final Failures NONE = new Failures(0, Instant.MIN);
    }

    private final Incidents incidents;
    private final Map<String, Failures> scenes = new HashMap<>();

    StuckScenes(Incidents incidents) {
        this.incidents = incidents;
    }

    void report(String sceneId, String reason) {
        scenes.putIfAbsent(sceneId, Failures.NONE);
        incidents.report(part(sceneId), reason);
    }

    /** As {@link #report}, for a scene that could not be inspected: it is tried again at once, and then after pauses. */
    void reportInspection(String sceneId, String reason, Instant now) {
        int inspections = scenes.getOrDefault(sceneId, Failures.NONE).inspections() + 1;
        scenes.put(sceneId, new Failures(inspections, now.plus(PAUSE.after(inspections - 1))));
        incidents.report(part(sceneId), reason);
    }

    /** Whether a scene's next inspection has to wait. */
    boolean isPaused(String sceneId, Instant now) {
        return scenes.getOrDefault(sceneId, Failures.NONE).due().isAfter(now);
    }

    void resolve(String sceneId) {
        scenes.remove(sceneId);
        incidents.resolve(part(sceneId));
    }

    /** Resolves the incidents of all scenes but these. */
    void resolveAllExcept(Set<String> sceneIds) {
        List<String> others =
                scenes.keySet().stream().filter(id -> !sceneIds.contains(id)).toList();
        others.forEach(this::resolve);
    }

    boolean contains(String sceneId) {
        return scenes.containsKey(sceneId);
    }

    private static String part(String sceneId) {
        return "scene " + sceneId;
    }
}
