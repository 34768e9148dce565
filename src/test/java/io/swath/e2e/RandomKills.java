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
 * Kills Swath (SIGKILL) at random moments while several scenes are being processed, starts it again each time, and
 * checks the scenes in the end. The caller chooses the cluster and the settings.
 */
final class RandomKills {
    /** Reads all messages that Swath sent, after Swath has stopped. */
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
     * @param name the fault's name in the fault table
     * @param supply folder for the scenes' files
     * @param kills how often Swath is killed
     * @param longest longest time from a start to the next kill
     * @param limit longest time from the last kill until all scenes have ended
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
     * Kills, waits until all scenes have ended, and checks them.
     *
     * @param successes how often each task {@code TOKEN/INDEX} succeeded, as the cluster itself reports it
     */
    Findings run(Function<SwathProcess, Map<String, Integer>> successes, Received received) throws Exception {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("kill", "after s", "scenes in flight", "tiles in flight"));
        long mostScenes = 0;
        long mostTiles = 0;
        swath.start(); // creates the ledger, from which scenario.inFlight() reads
        for (int kill = 1; kill <= kills; kill++) {
            while (scenario.inFlight() < IN_FLIGHT) {
                scenario.dropGood();
            }
            long pause = 200 + random.nextLong(longest.toMillis());
            // The moment of the kill is random, so there is no condition to wait for.
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
                + scenario.scenes().size() + " scenes: " + findings.summary() + "; all ended " + normal.toSeconds()
                + " s after the last kill");
        FaultTable.add(findings.row(name, kills, mostScenes, mostTiles, normal.toMillis() / 1000.0));
        FaultTable.publish();
        return findings;
    }
}
