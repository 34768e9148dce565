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
 * Reports recipes that cannot be used as incidents. One that is wrong is reported whether a scene waits for it or not. One
 * that lacks its model, or something of the cluster, is reported only once a scene has come for it, because an installation
 * may not use it. One thread may call {@link #look}; any thread may call {@link #mustWait}.
 */
public final class RecipeCheck {
    private static final String ALL = "recipes";

    private final RecipeBook recipes;
    private final Function<Recipe, String> rejected;
    private final Incidents incidents;
    private final Set<String> unusable = ConcurrentHashMap.newKeySet();
    /** Recipes that lack a model, or something of the cluster. */
    private final Set<String> waiting = ConcurrentHashMap.newKeySet();

    private final Set<String> wanted = ConcurrentHashMap.newKeySet();

    /** {@code rejected} returns what the cluster lacks for a recipe; empty when it lacks nothing. */
    public RecipeCheck(RecipeBook recipes, Function<Recipe, String> rejected, Incidents incidents) {
        this.recipes = recipes;
        this.rejected = rejected;
        this.incidents = incidents;
    }

    /** Checks every recipe as it is now. */
    public void look() {
        Map<String, String> wrong = new TreeMap<>();
        try {
            RecipeBook.Present present = recipes.present();
            present.broken().forEach((name, problem) -> wrong.put("recipe " + name, problem.getMessage()));
            Map<String, String> lacking = new TreeMap<>();
            present.withoutModel().forEach((name, problem) -> lacking.put(name, problem.getMessage()));
            for (Recipe recipe : present.usable()) {
                String what = rejected.apply(recipe);
                if (!what.isEmpty()) {
                    lacking.put(recipe.name(), what);
                }
            }
            waiting.addAll(lacking.keySet());
            waiting.retainAll(lacking.keySet());
            lacking.keySet().retainAll(wanted);
            lacking.forEach((name, what) -> wrong.put("recipe " + name, what));
        } catch (RecipeException e) {
            wrong.put(ALL, e.getMessage());
        }
        unusable.stream().filter(part -> !wrong.containsKey(part)).forEach(incidents::resolve);
        unusable.retainAll(wrong.keySet());
        wrong.forEach((part, what) -> {
            unusable.add(part);
            incidents.report(part, what + " Its scenes wait until the recipe can be used");
        });
    }

    /** Whether scenes of this recipe have to wait, as of the last look. */
    public boolean mustWait(String recipe) {
        if (waiting.contains(recipe)) {
            wanted.add(recipe); // a scene has come
            return true;
        }
        return unusable.contains("recipe " + recipe) || unusable.contains(ALL);
    }
}
