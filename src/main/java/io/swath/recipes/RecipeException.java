package io.swath.recipes;

import java.nio.file.Path;

/** A recipe is invalid or cannot be read. The message has the file, the field, the rule and the remedy. */
public sealed class RecipeException extends RuntimeException permits MissingModelException {
    private final Path file;
    private final String field;
    private final String rule;
    private final String remedy;

    public RecipeException(Path file, String field, String rule, String remedy) {
        super("Tried to read the recipe " + file + " but failed because of " + (field.isEmpty() ? "the file" : field)
                + ": " + rule + ". " + remedy);
        this.file = file;
        this.field = field;
        this.rule = rule;
        this.remedy = remedy;
    }

    public Path file() {
        return file;
    }

    /** The field in the file, such as {@code steps[0].request.memory}; empty for the file as a whole. */
    public String field() {
        return field;
    }

    public String rule() {
        return rule;
    }

    public String remedy() {
        return remedy;
    }
}
