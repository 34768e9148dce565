package io.swath.model;

import java.util.List;

/**
 * Further options of sbatch that a site insists on, from the settings. Immutable.
 *
 * @param words each {@code --name} or {@code --name=value}, unquoted
 * @param gpuType the type of GPU to ask for; empty: any
 */
public record JobOptions(List<String> words, String gpuType) {
    public static final JobOptions NONE = new JobOptions(List.of(), "");

    public JobOptions {
        words = List.copyOf(words);
    }

    /** Whether there is an option of this name, such as {@code comment}. */
    public boolean has(String name) {
        return words.stream().anyMatch(word -> named(word, name));
    }

    /** The value of the option of this name; empty if there is none. */
    public String value(String name) {
        return words.stream()
                .filter(word -> named(word, name) && word.contains("="))
                .map(word -> word.substring(word.indexOf('=') + 1))
                .findFirst()
                .orElse("");
    }

    /** Whether a word is the option of this name. */
    public static boolean named(String word, String name) {
        return word.equals("--" + name) || word.startsWith("--" + name + "=");
    }
}
