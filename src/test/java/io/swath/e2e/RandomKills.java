package io.swath.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Kills a Swath (SIGKILL) at random moments while several scenes are on their way, starts it again each time, and looks
 * for what is wrong in the end. Which cluster it works on, and with what settings, is the caller's business.
 */
final class RandomKills {
    /** Where the messages that left can be had, once Swath has stopped. */
    @FunctionalInterface
    interface Received {
        List<JsonNode> by(SwathProcess swath) throws Exception;
    }

    private static final int IN_FLIGHT = 4;

    private final String name;
    private final SwathProcess swath;
    private final CrashScenario scenario;
    private final Random random;
    private final int kills;
    private final Duration longest;
    private final Duration limit;

    /**
     * @param name what they are called in the table of faults
     * @param kills how many
     * @param longest a start is given at most so long before it is killed
     * @param limit how long all may take to come to its end after the last kill
     */
    RandomKills(String name, SwathProcess swath, Path supply, int kills, long seed, Duration longest, Duration limit)
            throws Exception {
        this.name = name;
        this.swath = swath;
        this.kills = kills;
        this.random = new Random(seed);
        this.longest = longest;
        this.limit = limit;
        this.scenario = new CrashScenario(swath, supply, IN_FLIGHT * (kills + 1));
    }

    /**
     * Does it.
     *
     * @param successes how often the cluster itself says that each {@code TOKEN/INDEX} ended well
     */
    Findings run(Function<SwathProcess, Map<String, Integer>> successes, Received received) throws Exception {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("kill", "after s", "scenes in flight", "tiles in flight"));
        long mostScenes = 0;
        long mostTiles = 0;
        swath.start(); // makes the ledger, which is asked for what is in flight
        for (int kill = 1; kill <= kills; kill++) {
            while (scenario.inFlight() < IN_FLIGHT) {
                scenario.good();
            }
            long pause = 200 + random.nextLong(longest.toMillis());
            // The moment itself is what is random here: there is nothing to be awaited.
            if (swath.endsWithin(pause, TimeUnit.MILLISECONDS)) {
                throw new AssertionError("Swath ended by itself\n" + swath.tail());
            }
            long scenes = scenario.inFlight();
            long tiles = scenario.tilesInFlight();
            mostScenes = Math.max(mostScenes, scenes);
            mostTiles = Math.max(mostTiles, tiles);
            swath.kill();
            rows.add(List.of(
                    Integer.toString(kill),
                    String.format("%.1f", pause / 1000.0),
                    Long.toString(scenes),
                    Long.toString(tiles)));
            swath.launch();
        }
        Instant last = Instant.now();
        scenario.settle(limit);
        Duration normal = Duration.between(last, Instant.now());
        swath.stop();
        Findings findings = scenario.findings(received.by(swath), successes.apply(swath));
        System.out.println(FaultTable.inColumns(rows) + kills + " kills, "
                + scenario.scenes().size() + " scenes: " + findings.summary() + "; all done " + normal.toSeconds()
                + " s after the last kill");
        FaultTable.add(findings.row(name, kills, mostScenes, mostTiles, normal.toMillis() / 1000.0));
        FaultTable.publish();
        return findings;
    }
}
