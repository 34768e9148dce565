package io.swath.recipes;

import io.swath.model.Recipe.Model;
import io.swath.untrusted.StrictFields;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Reads which model a recipe uses, and checks its file. Immutable. */
final class ModelReader {
    private static final Pattern SHA_256 = Pattern.compile("[0-9A-Fa-f]{64}");
    /** A path without spaces and quotes: it is written into job scripts. */
    private static final Pattern FILE =
            Pattern.compile("/?[\\p{L}\\p{N}_][\\p{L}\\p{N}._-]*(/[\\p{L}\\p{N}_][\\p{L}\\p{N}._-]*)*");

    private static final int MOST_MARGIN = 4096;

    private final Path recipe;

    /** {@code recipe} is the file that errors name. */
    ModelReader(Path recipe) {
        this.recipe = recipe;
    }

    /** It throws as {@link StrictFields} does. */
    static Model read(StrictFields model) {
        String file = model.text(
                        "file",
                        FILE,
                        "model-is-a-file",
                        "Name a file in the recipe's folder, or give an absolute path, of letters, digits, dots, dashes and"
                                + " underscores.")
                .orElseThrow(() -> model.missing("file", "Write model: { file: NAME.onnx, sha256: ... }."));
        String sha256 = model.text(
                        "sha256",
                        SHA_256,
                        "model-has-a-checksum",
                        "Give its 64 hexadecimal digits, as sha256sum prints them.")
                .orElseThrow(() -> model.missing("sha256", "Write what sha256sum prints for the file."));
        OptionalInt margin =
                model.integer("margin", 0, MOST_MARGIN).map(OptionalInt::of).orElse(OptionalInt.empty());
        model.nothingElse();
        return new Model(Path.of(file), sha256.toLowerCase(Locale.ROOT), margin);
    }

    /**
     * Reads the file, and compares it with its checksum.
     *
     * @throws MissingModelException when it is not there
     * @throws RecipeException when it is another file, or cannot be read
     */
    void check(Model model, Path folder) {
        Path file = folder.resolve(model.file());
        if (Files.notExists(file)) {
            throw new MissingModelException(recipe, file, model.sha256());
        }
        if (!Files.isRegularFile(file)) {
            throw new RecipeException(recipe, "model.file", file + " is not a file", "Name the ONNX file itself.");
        }
        try {
            String found = RecipeFolder.sha256(file);
            if (!found.equals(model.sha256())) {
                throw new RecipeException(
                        recipe,
                        "model.sha256",
                        file + " is another file: its SHA-256 is " + found + ", and the recipe has "
                                + Texts.shown(model.sha256(), 64),
                        "Put the right file there; or, if this is the model that you want, write its SHA-256 into the"
                                + " recipe.");
            }
        } catch (IOException failed) {
            RecipeException exception = new RecipeException(
                    recipe, "model.file", file + " cannot be read (" + failed + ")", "Make it readable for Swath.");
            exception.initCause(failed);
            throw exception;
        }
    }
}
