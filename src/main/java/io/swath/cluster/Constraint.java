package io.swath.cluster;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The features that a job asks its nodes for, as in {@code (rack1|rack2)&ssd} (sbatch(1): {@code --constraint}). Immutable.
 *
 * @param text empty: any node
 */
public record Constraint(String text) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]+");
    private static final Pattern COUNT = Pattern.compile("\\*\\d+");

    /** The features that it names. */
    public Set<String> names() {
        Set<String> names = new TreeSet<>();
        Matcher name = NAME.matcher(COUNT.matcher(text).replaceAll(""));
        while (name.find()) {
            names.add(name.group());
        }
        return names;
    }

    /**
     * Whether a node with these features can be one of the job's nodes. With numbers of nodes ({@code a*2&b*1}) each of its
     * nodes has one of the features.
     */
    public boolean allows(Set<String> features) {
        if (text.isEmpty()) {
            return true;
        }
        if (text.contains("*")) {
            return names().stream().anyMatch(name -> has(features, name));
        }
        return new Reader(features).either();
    }

    private static boolean has(Set<String> features, String name) {
        return features.stream()
                .anyMatch(feature -> feature.toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT)));
    }

    /** Reads the text once, from left to right; {@code &} binds closer than {@code |}. */
    private final class Reader {
        private final Set<String> features;
        private int next;

        Reader(Set<String> features) {
            this.features = features;
        }

        boolean either() {
            boolean value = both();
            while (take("|")) {
                value |= both();
            }
            return value;
        }

        private boolean both() {
            boolean value = one();
            while (take("&")) {
                value &= one();
            }
            return value;
        }

        private boolean one() {
            if (take("(") || take("[")) {
                boolean value = either();
                if (!take(")")) {
                    take("]");
                }
                return value;
            }
            Matcher name = NAME.matcher(text).region(next, text.length());
            if (!name.lookingAt()) {
                next = text.length(); // not a constraint: Slurm will say so
                return false;
            }
            next = name.end();
            return has(features, name.group());
        }

        private boolean take(String sign) {
            if (!text.startsWith(sign, next)) {
                return false;
            }
            next++;
            return true;
        }
    }
}
