package io.swath.planning;

import io.swath.ledger.Ledger;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Model;
import io.swath.storage.ModelFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Keeps the copies of the recipes' models that the jobs read. */
record RecipeModels(Ledger ledger, Storage storage) {
    /**
     * Keeps a copy of the recipe's model, if it lies in the recipe's folder. Reads and copies a large model outside the
     * ledger, and puts it into its place as the leader alone.
     *
     * @param again whether the scene was planned before: jobs may have found the copy changed, so that is read, and
     *     replaced when it is
     * @throws IOException when the model cannot be copied, or was changed in the recipe's folder
     */
    void keep(Recipe recipe, boolean again) throws IOException {
        Optional<Model> inFolder =
                recipe.model().filter(declared -> !declared.file().isAbsolute());
        if (inFolder.isEmpty()) {
            return;
        }
        Model model = inFolder.get();
        boolean kept = again ? ModelFiles.isIntact(storage, model.sha256()) : ModelFiles.has(storage, model.sha256());
        if (kept) {
            return;
        }
        Path copy = ModelFiles.copy(storage, recipe.folder().resolve(model.file()), model.sha256());
        try {
            ledger.guard(() -> ModelFiles.finish(storage, copy, model.sha256()));
        } finally {
            Files.deleteIfExists(copy); // when another Swath is the leader now
        }
    }
}
