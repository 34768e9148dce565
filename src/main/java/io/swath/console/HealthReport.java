package io.swath.console;

import io.swath.health.Incidents;
import io.swath.storage.Storage;
import io.swath.untrusted.Texts;
import io.swath.waiting.WaitingGroup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What works and what does not. Texts from outside have no control characters, for a reader on a terminal. Thread-safe. */
final class HealthReport {
    /** How many scene ids one entry has at most. */
    private static final int MOST_SCENES = 100;

    private final Storage storage;
    private final Incidents incidents;
    private final Supplier<Optional<String>> leaderElsewhere;
    private final Supplier<Map<String, String>> problems;
    private final Supplier<List<WaitingGroup>> waiting;

    /** The arguments are those of {@link Console}. */
    HealthReport(
            Storage storage,
            Incidents incidents,
            Supplier<Optional<String>> leaderElsewhere,
            Supplier<Map<String, String>> problems,
            Supplier<List<WaitingGroup>> waiting) {
        this.storage = storage;
        this.incidents = incidents;
        this.leaderElsewhere = leaderElsewhere;
        this.problems = problems;
        this.waiting = waiting;
    }

    /**
     * The status UP; STANDBY with the name of the leader; or DOWN with every problem and its start. And the scenes that
     * wait, whether that is a problem or not.
     */
    Map<String, Object> read() {
        List<Map<String, Object>> found = new ArrayList<>();
        String missing = storage.missing();
        if (!missing.isEmpty()) {
            found.add(problem("storage", missing));
        }
        for (Incidents.Incident incident : incidents.open()) {
            Map<String, Object> problem = problem(incident.part(), incident.what());
            problem.put("since", incident.since().toString());
            if (!incident.scenes().isEmpty()) {
                problem.put("scenes", firstOf(incident.scenes()));
                problem.put("who", incident.who());
            }
            found.add(problem);
        }
        Map<String, Object> health = new LinkedHashMap<>();
        Optional<String> leader = leaderElsewhere.get();
        if (leader.isPresent()) {
            health.put("status", "STANDBY");
            health.put("leadership", "stands by; " + Texts.line(leader.get()) + " is the leader");
        } else {
            problems.get().forEach((part, what) -> found.add(problem(part, what)));
            health.put("status", found.isEmpty() ? "UP" : "DOWN");
        }
        health.put("problems", found);
        health.put("waiting", waiting.get().stream().map(HealthReport::wait).toList());
        return health;
    }

    private static Map<String, Object> wait(WaitingGroup group) {
        Map<String, Object> wait = new LinkedHashMap<>();
        wait.put("reason", Texts.line(group.cause().reason()));
        wait.put("what", Texts.line(group.cause().what()));
        wait.put("who", group.cause().who());
        wait.put("since", group.since().toString());
        wait.put("count", group.scenes().size());
        wait.put("scenes", firstOf(group.scenes()));
        return wait;
    }

    private static List<String> firstOf(List<String> scenes) {
        return scenes.subList(0, Math.min(MOST_SCENES, scenes.size()));
    }

    private static Map<String, Object> problem(String part, String what) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("part", Texts.line(part));
        problem.put("what", Texts.line(what));
        return problem;
    }
}
