package io.swath.arrival.night;

import io.swath.model.SceneFilter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Which scenes nightly reprocessing selects: clauses, the most valuable first. A clause selects a scene when the scene
 * matches every term of the clause. Immutable.
 */
public record Selection(List<Clause> clauses) {
    public Selection {
        clauses = List.copyOf(clauses);
    }

    /** A clause. The file with its list of ids is read only when it is needed. */
    public record Clause(SceneFilter filter, Optional<Path> list) {
        /**
         * The filter with the ids that its list has now: one id a line, without lines that begin with #.
         *
         * @throws UncheckedIOException when the list cannot be read
         */
        SceneFilter read() {
            if (list.isEmpty()) {
                return filter;
            }
            try {
                List<String> ids = Files.readAllLines(list.get()).stream()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .toList();
                return new SceneFilter(
                        filter.text(),
                        filter.stale(),
                        filter.failed(),
                        filter.recipe(),
                        filter.sensor(),
                        filter.from(),
                        filter.until(),
                        filter.box(),
                        Optional.of(ids));
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "nightly.select names list=" + list.get() + ", which cannot be read: " + e
                                + ". Put it there, or take it out of nightly.select",
                        e);
            }
        }
    }

    /**
     * Reads the setting {@code nightly.select}: clauses separated by {@code ;}, each with terms separated by spaces.
     *
     * @throws IllegalArgumentException with the term, what is wrong with it and what to write
     */
    public static Selection parse(String text) {
        List<Clause> clauses = new ArrayList<>();
        for (String clause : text.split(";")) {
            if (!clause.isBlank()) {
                clauses.add(clause(Arrays.asList(clause.strip().split("\\s+"))));
            }
        }
        if (clauses.isEmpty()) {
            throw new IllegalArgumentException(
                    "nightly.select is empty: give the scenes to reprocess, such as stale; failed");
        }
        return new Selection(clauses);
    }

    private static Clause clause(List<String> words) {
        SelectionTerms terms = new SelectionTerms(words);
        return new Clause(
                new SceneFilter(
                        String.join(" ", words),
                        terms.has("stale"),
                        terms.has("failed"),
                        terms.value("recipe"),
                        terms.sensor(),
                        terms.from(),
                        terms.until(),
                        terms.box(),
                        Optional.empty()),
                terms.listFile());
    }
}
