package io.swath.submission.sizing;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Which nodes are to blame: runs use more there than on other nodes of the same kind, or are killed there although they need no
 * more on those. Nodes of which no kind is known are one kind. A node that is alone of its kind is compared with all nodes, and is
 * to blame from three times as much on: it may be of a slower generation. Remembers 32 nodes. Mutable, not thread-safe.
 */
final class Nodes {
    private static final int REMEMBERED = 32;
    private static final Decay OF_RUNS = new Decay(7);
    private static final Decay OF_BLAME = new Decay(200);
    private static final double FEWEST_RUNS = 3;
    private static final double KILLS_TO_BLAME = 1.5; // two, of which the first may be 80 runs old
    private static final double MORE_THAN_ELSEWHERE = Math.log(1.3);
    private static final double MORE_THAN_OTHER_KINDS = Math.log(3);
    /** A tile that needs less than this times the limit at which it was killed elsewhere was not at fault. */
    private static final double CLEARLY_LESS = 0.95;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private static final class Node {
        private double weight;
        private double mean; // of ln(need / expectation)
        private double blame; // kills of tiles that needed no more elsewhere
        private String kind = "";

        private double suspicion() {
            return blame + Math.max(0, mean) * weight;
        }
    }

    private final Map<String, Node> known = new LinkedHashMap<>(16, 0.75f, true);

    /** Records which nodes a node is like; an empty kind changes nothing. */
    void ofKind(String name, String kind) {
        if (NAME.matcher(name).matches() && NAME.matcher(kind).matches()) {
            known.computeIfAbsent(name, key -> new Node()).kind = kind;
            forget();
        }
    }

    /**
     * Whether a tile that was killed at a limit on one node, and used less on another, puts the blame on the first.
     *
     * @param used what it used on the other node
     */
    boolean blames(String killedOn, double limit, String other, double used) {
        if (killedOn.equals(other)) {
            return false;
        }
        String kind = kind(killedOn);
        return kind.equals(kind(other))
                ? used < CLEARLY_LESS * limit
                : alone(killedOn, kind) && used < limit * Math.exp(-MORE_THAN_OTHER_KINDS);
    }

    /** Whether no run has ended on another node of its kind. */
    private boolean alone(String name, String kind) {
        return known.entrySet().stream()
                .noneMatch(node -> !node.getKey().equals(name)
                        && node.getValue().weight > 0
                        && node.getValue().kind.equals(kind));
    }

    private String kind(String name) {
        return known.containsKey(name) ? known.get(name).kind : "";
    }

    /** Adds a run that succeeded, as the logarithm of its need / expectation. */
    void add(String name, double logRatio) {
        known.values().forEach(node -> node.blame *= OF_BLAME.after(1));
        if (!NAME.matcher(name).matches()) {
            return;
        }
        Node node = known.computeIfAbsent(name, key -> new Node());
        node.weight = node.weight * OF_RUNS.after(1) + 1;
        node.mean += (logRatio - node.mean) / node.weight;
        forget();
    }

    /** A tile was killed on this node, and needed clearly less than its limit elsewhere. */
    void blame(String name) {
        if (NAME.matcher(name).matches()) {
            known.computeIfAbsent(name, key -> new Node()).blame++;
            forget();
        }
    }

    /** The least suspicious node makes room; of several, the one that was seen longest ago. */
    private void forget() {
        if (known.size() > REMEMBERED) {
            String least = null;
            double suspicion = Double.MAX_VALUE;
            for (Map.Entry<String, Node> node : known.entrySet()) {
                if (node.getValue().suspicion() < suspicion) {
                    least = node.getKey();
                    suspicion = node.getValue().suspicion();
                }
            }
            known.remove(least);
        }
    }

    /**
     * The nodes to leave out, each with the reason; none where that would be more than half of them.
     *
     * @param deviation the standard deviation of ln(need / expectation) over all runs
     */
    Map<String, String> leftOut(double deviation) {
        double blames = known.values().stream().mapToDouble(node -> node.blame).sum();
        // Kills that are spread over the nodes are no node's fault: then the measurement misses a part of the need.
        double spread = blames * Math.min(0.5, 2.0 / known.size());
        Map<String, String> left = new TreeMap<>();
        known.forEach((name, node) -> {
            boolean alone = alone(name, node.kind);
            double more = node.mean - lowerMedian(other -> alone || other.kind.equals(node.kind));
            double bound = alone ? MORE_THAN_OTHER_KINDS : MORE_THAN_ELSEWHERE;
            if (node.blame >= KILLS_TO_BLAME && node.blame > spread) {
                left.put(name, "tiles that were killed on " + name + " needed less than their limit on other nodes");
            } else if (node.weight >= FEWEST_RUNS && more > bound + 2 * deviation / Math.sqrt(node.weight)) {
                left.put(
                        name,
                        "runs on " + name + " use " + Math.round(10 * Math.exp(more)) / 10.0
                                + " × what they use elsewhere");
            }
        });
        return left.size() * 2 > known.size() ? Map.of() : left;
    }

    private double lowerMedian(Predicate<Node> counts) {
        double[] means = known.values().stream()
                .filter(node -> node.weight > 0 && counts.test(node))
                .mapToDouble(node -> node.mean)
                .sorted()
                .toArray();
        return means.length == 0 ? 0 : means[(means.length - 1) / 2];
    }

    String text() {
        StringJoiner text = new StringJoiner(" ");
        known.forEach((name, node) -> text.add(name + ";" + Words.of(node.weight) + ";" + Words.of(node.mean) + ";"
                + Words.of(node.blame) + (node.kind.isEmpty() ? "" : ";" + node.kind)));
        return text.toString();
    }

    static Nodes parse(Words words) {
        Nodes read = new Nodes();
        words.named(read.known, 4, 5, REMEMBERED, "nodes", parts -> {
            Node node = new Node();
            node.weight = words.amount(parts[1]);
            node.mean = words.signed(parts[2]);
            node.blame = words.amount(parts[3]);
            node.kind = parts.length == 5 ? parts[4] : "";
            return node;
        });
        return read;
    }
}
