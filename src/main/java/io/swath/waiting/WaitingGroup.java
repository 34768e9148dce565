package io.swath.waiting;

import io.swath.model.Wait;
import io.swath.model.WaitCause;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The scenes that wait for the same reason. Immutable.
 *
 * @param since when the first of them began to wait
 * @param scenes their ids, the longest wait first
 * @param longest how long the longest of these waits has lasted, by a clock that only runs forward
 */
public record WaitingGroup(WaitCause cause, Instant since, List<String> scenes, Duration longest) {
    private static final int NAMED = 5;

    public WaitingGroup {
        scenes = List.copyOf(scenes);
    }

    /** @param waits at least one, the oldest first */
    static WaitingGroup of(List<Wait> waits) {
        return new WaitingGroup(
                waits.get(0).cause(),
                waits.get(0).since(),
                waits.stream().map(Wait::sceneId).distinct().toList(),
                waits.stream().map(Wait::waited).max(Comparator.naturalOrder()).orElseThrow());
    }

    /** The name of the group's incident. */
    String part() {
        return "waiting for " + cause.reason();
    }

    /** The group in one sentence: which scenes, what for, and who can end it. */
    public String sentence() {
        return (scenes.size() == 1 ? "scene " + names() + " waits since " : "scenes " + names() + " wait since ")
                + since + ": " + cause.what() + ". Who can end it: " + cause.who();
    }

    /** The first scenes by name, and the number of the others. */
    public String names() {
        String named = scenes.stream().limit(NAMED).collect(Collectors.joining(", "));
        return scenes.size() > NAMED ? named + " and " + (scenes.size() - NAMED) + " more" : named;
    }
}
