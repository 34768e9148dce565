package io.swath.submission.sizing;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/**
 * How much the runs of a scene have in common. Tiles of one scene are alike, so 1,000 runs of one scene say less about the next
 * scene than 1,000 runs of many. Remembers the last 24 scenes. Mutable, not thread-safe.
 */
final class Scenes {
    private static final int REMEMBERED = 24;
    private static final double RUNS_IN_FULL = 16;
    private static final Decay DECAY = new Decay(200);

    private static final class Scene {
        private long runs;
        private double weight;
        private double mean;
    }

    private final Map<String, Scene> last = new LinkedHashMap<>(16, 0.75f, true);
    private long scenes;
    private double weight;
    private double mean;
    private double squares; // of the differences from the mean of all
    private double squaresWithin; // of the differences from the mean of the scene

    /** How much the next run of this scene counts: the first 16 in full, and then ever less. */
    double weightOf(String scene) {
        Scene known = last.get(key(scene));
        return known == null ? 1 : Math.min(1, RUNS_IN_FULL / (known.runs + 1));
    }

    /** Adds a run, given as the logarithm of its need / expectation. */
    void add(String scene, double logRatio, double runWeight) {
        double kept = DECAY.after(runWeight);
        last.values().forEach(known -> known.weight *= kept);
        weight = weight * kept + runWeight;
        double difference = logRatio - mean;
        mean += difference * runWeight / weight;
        squares = squares * kept + runWeight * difference * (logRatio - mean);

        Scene known = last.computeIfAbsent(key(scene), key -> {
            scenes++;
            return new Scene();
        });
        known.runs++;
        known.weight += runWeight;
        difference = logRatio - known.mean;
        known.mean += difference * runWeight / known.weight;
        squaresWithin = squaresWithin * kept + runWeight * difference * (logRatio - known.mean);
        if (last.size() > REMEMBERED) {
            last.remove(last.keySet().iterator().next());
        }
    }

    /**
     * Of how many independent runs the runs of this weight are worth: weight / (1 + (m - 1) * rho), with m the weight of a
     * scene and rho the share of the variance that lies between scenes (Kish, Survey Sampling, 1965).
     */
    double independent(double weightOfRuns) {
        double sum = 0;
        double sumOfSquares = 0;
        for (Scene scene : last.values()) {
            sum += scene.weight;
            sumOfSquares += scene.weight * scene.weight;
        }
        double perScene = sum > 0 ? sumOfSquares / sum : 1;
        return weightOfRuns / (1 + Math.max(0, perScene - 1) * betweenScenes());
    }

    /** The share of the variance that lies between scenes: 0 where all scenes are alike, 1 where all tiles of each are. */
    double betweenScenes() {
        double freedom = weight - last.size();
        if (freedom <= 0 || squares <= 0) {
            return 0;
        }
        return Math.min(1, Math.max(0, 1 - squaresWithin / freedom / (squares / (weight - 1))));
    }

    /** How many scenes there were; one that comes back after 24 others counts again. */
    long count() {
        return scenes;
    }

    private static String key(String scene) {
        return Integer.toHexString(scene.hashCode());
    }

    String text() {
        StringJoiner text = new StringJoiner(" ");
        text.add(Words.of((double) scenes, weight)).add(Words.of(mean, squares, squaresWithin));
        last.forEach((key, scene) ->
                text.add(key + ";" + scene.runs + ";" + Words.of(scene.weight) + ";" + Words.of(scene.mean)));
        return text.toString();
    }

    static Scenes parse(Words words) {
        Scenes read = new Scenes();
        read.scenes = words.count();
        read.weight = words.amount();
        read.mean = words.signed(words.word());
        read.squares = words.amount();
        read.squaresWithin = words.amount();
        words.named(read.last, 4, 4, REMEMBERED, "scenes", parts -> {
            Scene scene = new Scene();
            scene.runs = words.count(parts[1]);
            scene.weight = words.amount(parts[2]);
            scene.mean = words.signed(parts[3]);
            return scene;
        });
        return read;
    }
}
