package io.swath.recipes;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.model.Recipe.BandSelector;
import io.swath.untrusted.StrictFields;
import io.swath.untrusted.Texts;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Reads {@code bands} of a recipe: a list of bands, or a list of such lists. It throws as {@link StrictFields} does. */
final class BandsReader {
    /** Letters and digits of any script, such as nir, B8A or 红. */
    private static final Pattern BAND = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N} ._-]{0,63}");

    private static final int MOST_BANDS = 1000;
    private static final int MOST_LISTS = 20;
    private static final String REMEDY =
            "Name the bands as in [red, nir], or number them as in [3, 4]. For scenes that have"
                    + " different bands, give lists, the preferred first: [[scl], [blue, red]].";

    private BandsReader() {}

    /** The lists of which the scripts read the first that a scene has; one list for a recipe that gives no choice. */
    static List<List<BandSelector>> read(StrictFields accepts) {
        List<JsonNode> given = accepts.list("bands", MOST_BANDS, REMEDY);
        if (given.stream().noneMatch(JsonNode::isArray)) {
            return List.of(list(accepts, given));
        }
        if (given.size() > MOST_LISTS) {
            throw accepts.wrong(
                    "lists-are-few", "bands", "it has " + given.size() + " lists", "Give 20 lists at most.");
        }
        List<List<BandSelector>> lists = new ArrayList<>();
        for (JsonNode entry : given) {
            if (!entry.isArray() || entry.isEmpty() || entry.size() > MOST_BANDS) {
                throw accepts.wrong(
                        "bands-are-lists",
                        "bands",
                        Texts.shown(entry.toString()) + " is no list of 1 to 1000 bands, and another entry is a list",
                        REMEDY);
            }
            List<JsonNode> bands = new ArrayList<>();
            entry.forEach(bands::add);
            lists.add(list(accepts, bands));
        }
        if (new HashSet<>(lists).size() < lists.size()) {
            throw accepts.wrong("lists-differ", "bands", "a list is there twice", "Give each list once.");
        }
        return lists;
    }

    private static List<BandSelector> list(StrictFields accepts, List<JsonNode> given) {
        List<BandSelector> bands = new ArrayList<>();
        for (JsonNode band : given) {
            if (band.isInt() && band.intValue() >= 1 && band.intValue() <= 65_535) {
                bands.add(new BandSelector("", band.intValue()));
            } else if (band.isTextual() && BAND.matcher(band.textValue()).matches()) {
                bands.add(new BandSelector(band.textValue().toLowerCase(Locale.ROOT), 0));
            } else {
                throw accepts.wrong(
                        "bands-are-named",
                        "bands",
                        Texts.shown(band.toString()) + " is neither a band's name nor its number",
                        REMEDY);
            }
        }
        if (new HashSet<>(bands).size() < bands.size()) {
            throw accepts.wrong(
                    "bands-are-listed-once",
                    "bands",
                    "a band is listed twice",
                    "List each once: a script can read it twice.");
        }
        return bands;
    }
}
