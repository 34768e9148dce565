package io.swath.cluster.slurm;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a line of options into words as a person writes them for a shell: blanks divide, single quotes keep everything,
 * double quotes keep everything but {@code \"} and {@code \\}, and a backslash keeps the next character. Nothing else is
 * special, and no shell ever reads the line. Stateless.
 */
final class OptionWords {
    private OptionWords() {}

    /** @throws IllegalArgumentException for a quote without its end, and for control characters */
    static List<String> split(String line) {
        if (line.codePoints().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("write it on one line, without tabs and other control characters");
        }
        List<String> words = new ArrayList<>();
        StringBuilder word = null;
        char quote = 0;
        for (int index = 0; index < line.length(); index++) {
            char next = line.charAt(index);
            if (quote == 0 && next == ' ') {
                if (word != null) {
                    words.add(word.toString());
                }
                word = null;
                continue;
            }
            word = word == null ? new StringBuilder() : word;
            if (quote == 0 && (next == '"' || next == '\'')) {
                quote = next;
            } else if (quote != 0 && next == quote) {
                quote = 0;
            } else if (next == '\\' && escapes(quote, line, index)) {
                index++;
                word.append(line.charAt(index));
            } else {
                word.append(next);
            }
        }
        if (quote != 0) {
            throw new IllegalArgumentException("a quote (" + quote + ") has no end; close it");
        }
        if (word != null) {
            words.add(word.toString());
        }
        return words;
    }

    private static boolean escapes(char quote, String line, int index) {
        if (quote == '\'') {
            return false;
        }
        if (index + 1 == line.length()) {
            throw new IllegalArgumentException("it ends with a backslash; remove it");
        }
        char next = line.charAt(index + 1);
        return quote == 0 || next == '"' || next == '\\';
    }
}
