package io.swath.recipes;

import io.swath.model.Recipe;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The recipes of one folder in their present state: a new or changed recipe is read at the next call, without a restart.
 * A call reads the attributes of a recipe's files; it reads their contents only after a change.
 *
 * <p>Thread-safe.
 */
public final class RecipeBook {
    /** A file that changed within this time may change again without a new time (see "racy" entries in git). */
    private static final Duration FRESH = Duration.ofSeconds(2);

    private final Path folder;
    private final boolean checkModels;
    private final Map<String, Entry> known = new HashMap<>();

    private record Entry(
            RecipeFolder.Snapshot snapshot,
            Instant readAt,
            Optional<Recipe> recipe,
            Optional<RecipeException> problem) {}

    /** @param folder with one folder for each recipe, such as {@code config/recipes} */
    public RecipeBook(Path folder) {
        this(folder, true);
    }

    private RecipeBook(Path folder, boolean checkModels) {
        this.checkModels = checkModels;
        this.folder = folder.toAbsolutePath().normalize();
    }

    /** Of a copy of a recipe, whose model was checked before. */
    static RecipeBook ofCopy(Path folder) {
        return new RecipeBook(folder, false);
    }

    /**
     * The recipe of that name; empty when it has no folder, or the name is not valid.
     *
     * @throws RecipeException when the recipe is invalid, or its model is missing
     */
    public Optional<Recipe> find(String name) {
        if (!Recipe.NAME.matcher(name).matches() || !Files.isDirectory(folder.resolve(name))) {
            return Optional.empty();
        }
        Entry entry = entry(name);
        if (entry.problem().isPresent()) {
            throw entry.problem().get();
        }
        return entry.recipe();
    }

    /**
     * All recipes as they are at one look.
     *
     * @param usable the valid ones, sorted by name
     * @param broken what is wrong with each invalid one, by the recipe's name
     * @param withoutModel what is wrong with each valid one whose model is missing, by the recipe's name
     */
    public record Present(
            List<Recipe> usable, Map<String, RecipeException> broken, Map<String, RecipeException> withoutModel) {}

    /** Looks at all recipes. */
    public Present present() {
        List<Recipe> usable = new ArrayList<>();
        Map<String, RecipeException> broken = new TreeMap<>();
        Map<String, RecipeException> withoutModel = new TreeMap<>();
        for (String name : names()) {
            Entry entry = Recipe.NAME.matcher(name).matches() ? entry(name) : misnamed(name);
            entry.recipe().ifPresent(usable::add);
            entry.problem()
                    .ifPresent(problem ->
                            (problem instanceof MissingModelException ? withoutModel : broken).put(name, problem));
        }
        return new Present(usable, broken, withoutModel);
    }

    /** The valid recipes, sorted by name. */
    public List<Recipe> all() {
        return present().usable();
    }

    private Entry misnamed(String name) {
        return failed(new RecipeException(
                folder.resolve(name),
                "",
                "a recipe's name has 1 to 32 of the characters a-z, 0-9 and -, and does not begin with -",
                "Rename the folder."));
    }

    /** A recipe that was not read. */
    private static Entry failed(RecipeException problem) {
        return new Entry(
                new RecipeFolder.Snapshot(List.of(), Instant.EPOCH),
                Instant.EPOCH,
                Optional.empty(),
                Optional.of(problem));
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!name.startsWith(".") && Files.isDirectory(entry)) {
                    names.add(name);
                }
            }
        } catch (IOException failed) {
            RecipeException exception = new RecipeException(
                    folder,
                    "",
                    "the folder of recipes cannot be read (" + failed + ")",
                    "Create it, or correct the setting.");
            exception.initCause(failed);
            throw exception;
        }
        names.sort(Comparator.naturalOrder());
        return names;
    }

    private synchronized Entry entry(String name) {
        Path recipeFolder = folder.resolve(name);
        RecipeFolder files = new RecipeFolder(recipeFolder);
        RecipeFolder.Snapshot snapshot;
        try {
            snapshot = files.snapshot();
        } catch (RecipeException problem) {
            known.remove(name);
            return failed(problem);
        }
        Entry before = known.get(name);
        if (before != null
                && before.snapshot().equals(snapshot)
                && before.readAt().isAfter(snapshot.newest().plus(FRESH))
                && !modelMoved(before)) {
            return before;
        }
        Entry now = read(name, recipeFolder, files, snapshot);
        known.put(name, now);
        return now;
    }

    /** Whether a model that may lie outside of the recipe's folder has come or is gone. */
    private boolean modelMoved(Entry before) {
        return checkModels
                && (before.problem()
                                .filter(MissingModelException.class::isInstance)
                                .isPresent()
                        || before.recipe()
                                .filter(recipe -> recipe.model()
                                        .filter(model -> !Files.isRegularFile(
                                                recipe.folder().resolve(model.file())))
                                        .isPresent())
                                .isPresent());
    }

    private Entry read(String name, Path recipeFolder, RecipeFolder files, RecipeFolder.Snapshot snapshot) {
        Instant readAt = Instant.now();
        try {
            Recipe recipe = new RecipeReader(recipeFolder, checkModels).read(name, files);
            return new Entry(snapshot, readAt, Optional.of(recipe), Optional.empty());
        } catch (RecipeException problem) {
            return new Entry(snapshot, readAt, Optional.empty(), Optional.of(problem));
        }
    }
}
