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
import java.util.regex.Pattern;

/**
 * The recipes of one folder, as they are now: a changed or a new one is seen at the next question, without a restart.
 * A question costs a look at the sizes and times of a recipe's files; contents are read only after a change.
 *
 * <p>Thread-safe.
 */
public final class RecipeBook {
    static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
    /** A file changed so lately may change again without its time showing it (as git's "racy" entries). */
    private static final Duration FRESH = Duration.ofSeconds(2);

    private final Path folder;
    private final Map<String, Entry> known = new HashMap<>();

    private record Entry(
            RecipeFolder.Look look, Instant readAt, Optional<Recipe> recipe, Optional<RecipeException> problem) {}

    /** The folder holds a folder for each recipe, such as {@code config/recipes}. */
    public RecipeBook(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    /**
     * The recipe that a scene was planned with, from the copy that lies beside its work.
     *
     * @param folder holds a folder of the recipe's name
     * @throws RecipeException when it is not there or damaged
     */
    public static Recipe snapshot(Path folder, String name) {
        return new RecipeBook(folder)
                .find(name)
                .orElseThrow(() -> new RecipeException(
                        folder.resolve(name),
                        "",
                        "the copy of the recipe is gone",
                        "Cancel the scene and drop it again."));
    }

    /**
     * The recipe of that name; empty when there is no such folder (or the name cannot be one).
     *
     * @throws RecipeException when there is one that cannot be used
     */
    public Optional<Recipe> find(String name) {
        if (!NAME.matcher(name).matches() || !Files.isDirectory(folder.resolve(name))) {
            return Optional.empty();
        }
        Entry entry = entry(name);
        if (entry.problem().isPresent()) {
            throw entry.problem().get();
        }
        return entry.recipe();
    }

    /** All that can be used, by name. One that cannot does not stand in the way: see {@link #problems}. */
    public List<Recipe> all() {
        return names().stream()
                .filter(name -> NAME.matcher(name).matches())
                .flatMap(name -> entry(name).recipe().stream())
                .toList();
    }

    /** What is wrong with those that cannot be used, by name. */
    public List<RecipeException> problems() {
        return List.copyOf(broken().values());
    }

    /** The same, each under the recipe's name. */
    public Map<String, RecipeException> broken() {
        Map<String, RecipeException> broken = new TreeMap<>();
        names().forEach(name -> problem(name).ifPresent(problem -> broken.put(name, problem)));
        return broken;
    }

    private Optional<RecipeException> problem(String name) {
        if (!NAME.matcher(name).matches()) {
            return Optional.of(new RecipeException(
                    folder.resolve(name),
                    "",
                    "a recipe's name has 1 to 32 of the characters a-z, 0-9 and -, and does not begin with -",
                    "Rename the folder."));
        }
        return entry(name).problem();
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
        Path place = folder.resolve(name);
        RecipeFolder files = new RecipeFolder(place);
        RecipeFolder.Look look;
        try {
            look = files.look();
        } catch (RecipeException problem) {
            known.remove(name);
            return new Entry(
                    new RecipeFolder.Look(List.of(), Instant.EPOCH),
                    Instant.EPOCH,
                    Optional.empty(),
                    Optional.of(problem));
        }
        Entry before = known.get(name);
        if (before != null
                && before.look().equals(look)
                && before.readAt().isAfter(look.newest().plus(FRESH))) {
            return before;
        }
        Entry now = read(name, place, files, look);
        known.put(name, now);
        return now;
    }

    private static Entry read(String name, Path place, RecipeFolder files, RecipeFolder.Look look) {
        Instant readAt = Instant.now();
        try {
            Recipe recipe = new RecipeReader(place).read(name, files.hash());
            return new Entry(look, readAt, Optional.of(recipe), Optional.empty());
        } catch (RecipeException problem) {
            return new Entry(look, readAt, Optional.empty(), Optional.of(problem));
        }
    }
}
