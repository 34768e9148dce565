package io.swath.arrival;

import io.swath.health.Incidents;
import io.swath.model.Recipe;
import io.swath.recipes.RecipeBook;
import io.swath.recipes.RecipeException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Tells of recipes that cannot be used, from the start on and for as long as they are so, whether a scene waits for them
 * or not. One thread may {@link #look}; any may ask.
 */
public final class RecipeCheck {
    private static final String ALL = "recipes";

    private final RecipeBook recipes;
    private final Function<Recipe, String> rejected;
    private final Incidents incidents;
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    /** {@code unfit} says what a recipe asks for that the cluster does not have; nothing where all is well. */
    public RecipeCheck(RecipeBook recipes, Function<Recipe, String> rejected, Incidents incidents) {
        this.recipes = recipes;
        this.rejected = rejected;
        this.incidents = incidents;
    }

    /** Looks at all of them as they are now. */
    public void look() {
        Map<String, String> wrong = new TreeMap<>();
        try {
            recipes.broken().forEach((name, problem) -> wrong.put("recipe " + name, problem.getMessage()));
            for (Recipe recipe : recipes.all()) {
                String what = rejected.apply(recipe);
                if (!what.isEmpty()) {
                    wrong.put("recipe " + recipe.name(), what);
                }
            }
        } catch (RecipeException e) {
            wrong.put(ALL, e.getMessage());
        }
        told.stream().filter(part -> !wrong.containsKey(part)).forEach(incidents::resolve);
        told.retainAll(wrong.keySet());
        wrong.forEach((part, what) -> {
            told.add(part);
            incidents.report(part, what + " Its scenes wait in the inbox until it is mended");
        });
    }

    /** Whether scenes of that recipe have to wait, as of the last look. */
    public boolean mustWait(String recipe) {
        return told.contains("recipe " + recipe) || told.contains(ALL);
    }
}
