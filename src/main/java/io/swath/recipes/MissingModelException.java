package io.swath.recipes;

import java.nio.file.Path;

/**
 * A recipe's model is not where the recipe says. The recipe itself is right, and other recipes are not concerned: its
 * scenes wait until the file is there.
 */
public final class MissingModelException extends RecipeException {
    MissingModelException(Path file, Path model, String sha256) {
        super(
                file,
                "model.file",
                "there is no file " + model,
                "Put the model with SHA-256 " + sha256
                        + " there: models are not part of Swath, and docs/recipes.md says how to get one.");
    }
}
