package io.swath.planning;

import io.swath.health.Incidents;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The scenes that cannot be planned now, each with an open incident. Not thread-safe. */
final class StuckScenes {
    private final Incidents incidents;
    private final Set<String> ids = new HashSet<>();

    StuckScenes(Incidents incidents) {
        this.incidents = incidents;
    }

    void report(String sceneId, String reason) {
        ids.add(sceneId);
        incidents.report(part(sceneId), reason);
    }

    void resolve(String sceneId) {
        ids.remove(sceneId);
        incidents.resolve(part(sceneId));
    }

    /** Resolves the incidents of all scenes but these. */
    void resolveAllExcept(Set<String> sceneIds) {
        List<String> others = ids.stream().filter(id -> !sceneIds.contains(id)).toList();
        others.forEach(this::resolve);
    }

    boolean contains(String sceneId) {
        return ids.contains(sceneId);
    }

    private static String part(String sceneId) {
        return "scene " + sceneId;
    }
}
