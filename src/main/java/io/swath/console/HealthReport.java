package io.swath.console;

import io.swath.health.Incidents;
import io.swath.storage.Storage;
import io.swath.untrusted.Texts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What works and what does not. Texts from outside have no control characters, for a reader on a terminal. Thread-safe. */
final class HealthReport {
    private final Storage storage;
    private final Incidents incidents;
    private final Supplier<Optional<String>> leaderElsewhere;
    private final Supplier<Map<String, String>> problems;

    /** The arguments are those of {@link Console}. */
    HealthReport(
            Storage storage,
            Incidents incidents,
            Supplier<Optional<String>> leaderElsewhere,
            Supplier<Map<String, String>> problems) {
        this.storage = storage;
        this.incidents = incidents;
        this.leaderElsewhere = leaderElsewhere;
        this.problems = problems;
    }

    /** The status UP; STANDBY with the name of the leader; or DOWN with every problem and its start. */
    Map<String, Object> read() {
        List<Map<String, String>> found = new ArrayList<>();
        String missing = storage.missing();
        if (!missing.isEmpty()) {
            found.add(problem("storage", missing));
        }
        for (Incidents.Incident incident : incidents.open()) {
            Map<String, String> problem = problem(incident.part(), incident.what());
            problem.put("since", incident.since().toString());
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
        return health;
    }

    private static Map<String, String> problem(String part, String what) {
        Map<String, String> problem = new LinkedHashMap<>();
        problem.put("part", Texts.line(part));
        problem.put("what", Texts.line(what));
        return problem;
    }
}
