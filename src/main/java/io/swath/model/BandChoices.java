package io.swath.model;

import io.swath.model.Recipe.BandSelector;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Lists of bands, of which a recipe reads one: the first that a scene has completely. Immutable.
 *
 * @param lists at least one, the preferred first
 */
public record BandChoices(List<List<BandSelector>> lists) {
    public BandChoices {
        if (lists.isEmpty()) {
            throw new IllegalArgumentException("there is no list of bands");
        }
        lists = lists.stream().map(List::copyOf).toList();
    }

    /** The first list that a scene has; empty when it has none of them. */
    public Optional<List<BandSelector>> firstOf(Predicate<List<BandSelector>> has) {
        return lists.stream().filter(has).findFirst();
    }

    /** As {@code qa_pixel; or blue, red}, for people. */
    @Override
    public String toString() {
        return lists.stream()
                .map(list -> list.stream().map(BandSelector::toString).collect(Collectors.joining(", ")))
                .collect(Collectors.joining("; or "));
    }
}
