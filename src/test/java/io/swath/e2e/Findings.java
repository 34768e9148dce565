package io.swath.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a check of a {@link CrashScenario} found wrong, by the scene's name; an empty name stands for no certain scene.
 */
final class Findings {
    /** Scenes, runs or messages that are missing, or ended in the wrong state. */
    final Map<String, List<String>> lost = new TreeMap<>();

    /** Work or messages that were repeated. */
    final Map<String, List<String>> twice = new TreeMap<>();

    /** Messages that were sent again with the same id and another content. */
    final Map<String, List<String>> changed = new TreeMap<>();

    /** Files that were not removed. */
    final Map<String, List<String>> leftOver = new TreeMap<>();

    static void add(Map<String, List<String>> kind, String name, String what) {
        kind.computeIfAbsent(name, any -> new ArrayList<>()).add(what);
    }

    /** The number of findings of one kind about the scenes with these names. */
    static int count(Map<String, List<String>> kind, Set<String> names) {
        return names.stream()
                .mapToInt(name -> kind.getOrDefault(name, List.of()).size())
                .sum();
    }

    boolean none() {
        return lost.isEmpty() && twice.isEmpty() && changed.isEmpty() && leftOver.isEmpty();
    }

    /** These findings as a row of the fault table. */
    FaultTable.Row row(String fault, int injected, long scenes, long tiles, double seconds) {
        return new FaultTable.Row(
                fault,
                injected,
                Math.toIntExact(scenes),
                Math.toIntExact(tiles),
                size(lost),
                size(twice),
                size(changed),
                seconds);
    }

    /** The number of findings of each kind, in words. */
    String summary() {
        return size(lost) + " lost, " + size(twice) + " run or sent twice, " + size(changed)
                + " sent again with another content, " + size(leftOver) + " files not removed";
    }

    private static int size(Map<String, List<String>> kind) {
        return kind.values().stream().mapToInt(List::size).sum();
    }

    @Override
    public String toString() {
        return "lost " + lost + "\nrun or sent twice " + twice + "\nsent again with another content " + changed
                + "\nnot removed " + leftOver;
    }
}
