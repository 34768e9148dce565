package io.swath.recipes;

import io.swath.model.Recipe.MapClass;
import io.swath.untrusted.StrictFields;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what the values of a map of classes mean. It throws as {@link StrictFields} does. */
final class ClassesReader {
    private static final int MOST = 256;
    private static final int LONGEST_NAME = 100;
    private static final Pattern COLOR = Pattern.compile("[0-9A-Fa-f]{6}");

    private ClassesReader() {}

    static List<MapClass> read(StrictFields output, String type, int bands, double nodata) {
        if (!output.has("classes")) {
            return List.of();
        }
        if (!type.equals("Byte") || bands != 1) {
            throw output.wrong(
                    "classes-are-bytes",
                    "classes",
                    "a map of classes is one band of Byte, and the output is " + bands + " of " + type,
                    "Write type: Byte and bands: 1, or remove classes.");
        }
        List<MapClass> classes = new ArrayList<>();
        Set<Integer> values = new HashSet<>();
        String remedy = "List them as in classes: [{ value: 0, name: water, color: 419bdf }].";
        for (StrictFields entry : output.objects("classes", MOST, remedy)) {
            int value = entry.integer("value", 0, MOST - 1).orElseThrow(() -> entry.missing("value", remedy));
            String name = entry.text("name", LONGEST_NAME).orElseThrow(() -> entry.missing("name", remedy));
            String color = entry.text(
                            "color", COLOR, "color-is-rgb", "Give six hexadecimal digits in quotes, as in \"419bdf\".")
                    .orElse("");
            entry.nothingElse();
            if (value == nodata) {
                throw entry.wrong(
                        "classes-have-their-own-values",
                        "value",
                        value + " is output.nodata too, so nobody would see the class",
                        "Give one of them another value.");
            }
            if (!values.add(value)) {
                throw entry.wrong(
                        "classes-have-their-own-values",
                        "value",
                        "two classes have the value " + value,
                        "Give each its own value.");
            }
            classes.add(new MapClass(value, name, color.toLowerCase(Locale.ROOT)));
        }
        return classes;
    }
}
