package io.swath.recipes;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.untrusted.Units;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/**
 * One mapping of a recipe, read strictly: every field is asked for by name and type, and {@link #nothingElse} refuses
 * what was not asked for, so that a misspelt field is an error and not a default. Not thread-safe.
 */
final class Fields {
    private final Path file;
    private final String at;
    private final JsonNode node;
    private final TreeSet<String> asked = new TreeSet<>();

    Fields(Path file, String at, JsonNode node) {
        this.file = file;
        this.at = at;
        this.node = node;
        if (!node.isObject()) {
            throw new RecipeException(file, at, "it is not a mapping of names to values", "Write \"name: value\".");
        }
    }

    boolean has(String key) {
        asked.add(key);
        return node.hasNonNull(key);
    }

    RecipeException wrong(String key, String rule, String remedy) {
        return new RecipeException(file, at.isEmpty() ? key : at + "." + key, rule, remedy);
    }

    Optional<String> text(String key) {
        if (!has(key)) {
            return Optional.empty();
        }
        JsonNode value = node.get(key);
        if (!value.isTextual()) {
            throw wrong(key, "it must be a text, and is " + shown(value), "Put it in quotes if it is meant as one.");
        }
        return Optional.of(value.textValue());
    }

    String requiredText(String key, String remedy) {
        return text(key).orElseThrow(() -> wrong(key, "it is missing", remedy));
    }

    /** One of the words given, in upper case; the recipe may write it in any case. */
    String word(String key, String fallback, List<String> words) {
        String given = text(key).orElse(fallback);
        return words.stream()
                .filter(given::equalsIgnoreCase)
                .findFirst()
                .orElseThrow(() ->
                        wrong(key, "\"" + given + "\" is not known", "Use one of " + String.join(", ", words) + "."));
    }

    int integer(String key, int fallback, int least, int most) {
        if (!has(key)) {
            return fallback;
        }
        JsonNode value = node.get(key);
        if (!value.isIntegralNumber()
                || !value.canConvertToInt()
                || value.intValue() < least
                || value.intValue() > most) {
            throw wrong(
                    key,
                    "it must be a whole number from " + least + " to " + most + ", and is " + shown(value),
                    "Write a number in that range.");
        }
        return value.intValue();
    }

    double number(String key) {
        JsonNode value = has(key) ? node.get(key) : null;
        if (value != null && value.isNumber()) {
            return value.doubleValue();
        }
        if (value != null
                && value.isTextual()
                && value.textValue().toLowerCase(Locale.ROOT).matches("\\.?nan")) {
            return Double.NaN;
        }
        throw wrong(key, value == null ? "it is missing" : "it must be a number, and is " + shown(value), "Write one.");
    }

    boolean flag(String key, boolean fallback) {
        if (!has(key)) {
            return fallback;
        }
        JsonNode value = node.get(key);
        if (!value.isBoolean()) {
            throw wrong(key, "it must be true or false, and is " + shown(value), "Write true or false.");
        }
        return value.booleanValue();
    }

    int memoryMiB(String key, int fallback) {
        String rule = "memory must be 1M to 16T, with its unit";
        String remedy = "Write it as 600M, 2G or 1.5G.";
        if (!has(key)) {
            return fallback;
        }
        return text(node.get(key), key, rule, remedy)
                .flatMap(Units::memoryMiB)
                .filter(mebibytes -> mebibytes >= 1 && mebibytes <= 16L * 1024 * 1024)
                .orElseThrow(() -> wrong(key, rule + ", and is " + shown(node.get(key)), remedy))
                .intValue();
    }

    Duration time(String key, Duration fallback) {
        String rule = "time must be from 1s to 30d, with its unit";
        String remedy = "Write it as 90s, 2m, 1h30m or PT2M.";
        if (!has(key)) {
            return fallback;
        }
        return text(node.get(key), key, rule, remedy)
                .flatMap(Units::duration)
                .filter(time -> time.toSeconds() >= 1 && time.toDays() <= 30)
                .orElseThrow(() -> wrong(key, rule + ", and is " + shown(node.get(key)), remedy));
    }

    private Optional<String> text(JsonNode value, String key, String rule, String remedy) {
        if (!value.isTextual()) {
            throw wrong(key, rule + ", and is " + shown(value), remedy);
        }
        return Optional.of(value.textValue());
    }

    Optional<Fields> mapping(String key) {
        return has(key)
                ? Optional.of(new Fields(file, at.isEmpty() ? key : at + "." + key, node.get(key)))
                : Optional.empty();
    }

    List<JsonNode> list(String key, int most, String remedy) {
        if (!has(key) || !node.get(key).isArray() || node.get(key).isEmpty()) {
            throw wrong(key, has(key) ? "it must be a list with something in it" : "it is missing", remedy);
        }
        if (node.get(key).size() > most) {
            throw wrong(key, "it has more than " + most + " entries", "Use fewer.");
        }
        List<JsonNode> entries = new ArrayList<>();
        node.get(key).forEach(entries::add);
        return entries;
    }

    /** Refuses every field that was not asked for. */
    void nothingElse() {
        node.properties().forEach(entry -> {
            String key = entry.getKey();
            if (!asked.contains(key)) {
                throw wrong(
                        key,
                        "this field is not known",
                        "Known here: " + String.join(", ", asked) + ". Mind the spelling.");
            }
        });
    }

    private static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
