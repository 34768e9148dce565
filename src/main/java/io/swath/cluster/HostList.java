package io.swath.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of nodes as Slurm's commands shorten them: {@code gpu[01-04,07]}, {@code rack[0-1]n[1-16]} (scontrol(1):
 * {@code show hostnames}). Stateless.
 */
public final class HostList {
    /** More nodes than the largest clusters have. A longer list is cut, so that a broken answer cannot fill the memory. */
    private static final int MOST = 100_000;

    private static final Pattern FIRST_BRACKETS = Pattern.compile("([^\\[\\]]*)\\[([^\\[\\]]*)\\](.*)");
    private static final Pattern RANGE = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9}))?");
    private static final Pattern NUMBERED = Pattern.compile("(.*?)(\\d{1,9})");

    private HostList() {}

    /** The single names, in their order. A part that is no valid list is kept as a name. */
    public static Set<String> expand(String list) {
        List<String> names = new ArrayList<>();
        if (!list.isBlank() && !list.equals("(null)")) {
            parts(list).forEach(part -> expand("", part, names));
        }
        return new LinkedHashSet<>(names);
    }

    /** Splits at the commas outside brackets. */
    private static List<String> parts(String list) {
        List<String> parts = new ArrayList<>();
        int start = 0;
        int depth = 0;
        for (int i = 0; i < list.length(); i++) {
            char letter = list.charAt(i);
            depth += letter == '[' ? 1 : letter == ']' ? -1 : 0;
            if (letter == ',' && depth == 0) {
                parts.add(list.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(list.substring(start));
        return parts.stream().map(String::strip).filter(part -> !part.isEmpty()).toList();
    }

    private static void expand(String before, String part, List<String> names) {
        Matcher brackets = FIRST_BRACKETS.matcher(part);
        if (!brackets.matches()) {
            add(before + part, names);
            return;
        }
        for (String range : brackets.group(2).split(",", -1)) {
            Matcher numbers = RANGE.matcher(range.strip());
            int first = numbers.matches() ? Integer.parseInt(numbers.group(1)) : 0;
            int last = numbers.matches() && numbers.group(2) != null ? Integer.parseInt(numbers.group(2)) : first;
            if (names.size() == MOST) {
                return;
            }
            if (!numbers.matches() || last < first) {
                expand(before + brackets.group(1) + range, brackets.group(3), names);
                continue;
            }
            for (int number = first; number <= last && names.size() < MOST; number++) {
                expand(
                        before
                                + brackets.group(1)
                                + padded(number, numbers.group(1).length()),
                        brackets.group(3),
                        names);
            }
        }
    }

    private static void add(String name, List<String> names) {
        if (names.size() < MOST) {
            names.add(name);
        }
    }

    private static String padded(int number, int width) {
        String digits = String.valueOf(number);
        return "0".repeat(Math.max(0, width - digits.length())) + digits;
    }

    /** The names as a short list: {@code cpu1}, {@code cpu2} and {@code cpu3} are {@code cpu[1-3]}. */
    public static String fold(Collection<String> names) {
        Map<String, List<String>> numbers = new TreeMap<>();
        StringJoiner list = new StringJoiner(",");
        for (String name : new TreeSet<>(names)) {
            Matcher numbered = NUMBERED.matcher(name);
            if (numbered.matches()) {
                numbers.computeIfAbsent(numbered.group(1), prefix -> new ArrayList<>())
                        .add(numbered.group(2));
            } else {
                list.add(name);
            }
        }
        numbers.forEach((prefix, digits) -> list.add(prefix + folded(digits)));
        return list.toString();
    }

    private static String folded(List<String> numbers) {
        if (numbers.size() == 1) {
            return numbers.get(0);
        }
        numbers.sort(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
        StringJoiner ranges = new StringJoiner(",", "[", "]");
        int first = 0;
        for (int next = 1; next <= numbers.size(); next++) {
            if (next == numbers.size() || !follows(numbers.get(next - 1), numbers.get(next))) {
                ranges.add(numbers.get(first) + (first == next - 1 ? "" : "-" + numbers.get(next - 1)));
                first = next;
            }
        }
        return ranges.toString();
    }

    /** Whether a number is the next one, written with the same width. */
    private static boolean follows(String before, String number) {
        return number.equals(padded(Integer.parseInt(before) + 1, before.length()));
    }
}
