package io.swath.recipes;

import io.swath.model.Recipe;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The recipes that scenes were planned with, from the copies in their work folders. A copy whose files have not changed is
 * not read again: many scenes may wait, and each look at them needs their recipes. Thread-safe.
 */
public final class PlannedRecipes {
    private static final int MOST = 1_000;

    private final Map<Path, RecipeBook> copies = new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, RecipeBook> eldest) {
            return size() > MOST;
        }
    };

    /**
     * The recipe of that name.
     *
     * @param folder with a folder of the recipe's name
     * @throws RecipeException when the copy is missing or damaged
     */
    public Recipe find(Path folder, String name) {
        return book(folder)
                .find(name)
                .orElseThrow(() -> new RecipeException(
                        folder.resolve(name),
                        "",
                        "the copy of the recipe is missing",
                        "Cancel the scene and drop it again."));
    }

    private synchronized RecipeBook book(Path folder) {
        return copies.computeIfAbsent(folder, RecipeBook::ofCopy);
    }
}
