package io.swath.formats;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.untrusted.StrictFields;
import io.swath.untrusted.Texts;
import io.swath.untrusted.Yaml;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A file in YAML in which a person says what a folder holds. */
final class RuleFile {
    private RuleFile() {}

    /**
     * The only file of that name.
     *
     * @throws FormatException when there are several
     */
    static Optional<Path> find(ProductFolder folder, String name, String kind) {
        List<Path> found = folder.files().stream()
                .filter(file -> file.getFileName().toString().equals(name))
                .toList();
        if (found.size() > 1) {
            throw FormatException.several(
                    kind, found.get(0).toString(), found.get(1).toString());
        }
        return found.stream().findFirst();
    }

    /**
     * Its fields; every error names the file and the field.
     *
     * @throws FormatException when it is no YAML mapping
     */
    static StrictFields read(ProductFolder folder, Path file) throws IOException {
        String name = file.getFileName().toString();
        return StrictFields.ofYaml(
                mapping(folder, file, name),
                bad -> new FormatException(
                        name + (bad.field().isEmpty() ? "" : ", " + bad.field()),
                        bad.rule(),
                        bad.what(),
                        bad.remedy()));
    }

    private static ObjectNode mapping(ProductFolder folder, Path file, String name) throws IOException {
        try {
            if (Yaml.read(folder.readText(file).getBytes(StandardCharsets.UTF_8)) instanceof ObjectNode mapping) {
                return mapping;
            }
        } catch (JsonProcessingException wrong) {
            String what = wrong.getOriginalMessage().lines().findFirst().orElse("");
            throw new FormatException(
                    name, "rule-is-yaml", "it is not valid YAML (" + Texts.shown(what, 200) + ")", "Correct it.");
        }
        throw new FormatException(
                name,
                "rule-is-yaml",
                "it is not a mapping of names to values",
                "Write it as docs/scenes.md shows, such as \"bands: { red: red.tif }\".");
    }
}
