package io.swath.arrival.folder;

import io.swath.arrival.ItemInput;
import io.swath.arrival.NeededBands;
import io.swath.arrival.ProductInput;
import io.swath.arrival.RejectedSceneException;
import io.swath.arrival.SceneFinder;
import io.swath.arrival.SceneInput;
import io.swath.arrival.UnpackException;
import io.swath.arrival.folder.Candidate.Ready;
import io.swath.arrival.folder.Candidate.Rejected;
import io.swath.arrival.folder.Candidate.Waiting;
import io.swath.model.Recipe;
import io.swath.model.RecipeNames;
import io.swath.recipes.RecipeBook;
import io.swath.recipes.RecipeException;
import io.swath.storage.Roots;
import io.swath.untrusted.archive.IncompleteArchiveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Entries of an inbox that are more than one GeoTIFF: a folder with a STAC Item and its files, a folder with a product, or
 * an archive. Swath accepts such a folder by renaming it, so no path in it may depend on the folder's place. Not
 * thread-safe.
 */
final class SceneEntries {
    private final SceneFinder finder;
    private final RecipeBook recipes;
    private final Roots storage;

    SceneEntries(SceneFinder finder, RecipeBook recipes, Path storageRoot) {
        this.finder = finder;
        this.recipes = recipes;
        this.storage = Roots.of(storageRoot);
    }

    /** Whether an entry is an archive; by its content. */
    boolean isArchive(Path entry) throws IOException {
        return SceneFinder.archive(entry, storage).isPresent();
    }

    /**
     * The scene that an entry holds.
     *
     * @throws RejectedSceneException when it cannot be a scene
     * @throws IOException when it cannot be read now, or is an archive without its end
     */
    SceneInput input(Path entry, NeededBands bands) throws IOException {
        if (!Files.isDirectory(entry)) {
            return finder.find(entry.toAbsolutePath(), Optional.empty(), storage, bands);
        }
        SceneInput input = finder.find(entry, Optional.empty(), Roots.of(entry), bands);
        input.check();
        if (input instanceof ItemInput item) {
            item.rejectAbsolute();
        }
        Path real = entry.toRealPath();
        for (Path file : input.files()) {
            Path inside = entry.toAbsolutePath().normalize().relativize(file);
            if (Files.exists(file) && !file.toRealPath().equals(real.resolve(inside))) {
                throw new RejectedSceneException(
                        "",
                        "folder-can-be-moved",
                        inside + " is a link, or is reached through a link",
                        "Put the file itself into the folder.");
            }
        }
        return input;
    }

    /** The wait for a large archive to be unpacked, which other entries need not wait for. */
    Optional<Waiting> unpacking(Path entry) throws IOException {
        try {
            OptionalLong bytes = Files.isDirectory(entry) ? OptionalLong.empty() : finder.unpacking(entry, storage);
            return bytes.isPresent()
                    ? Optional.of(new Waiting(entry, SceneFinder.unpackingText(bytes.getAsLong()), false))
                    : Optional.empty();
        } catch (UnpackException failed) {
            return Optional.of(new Waiting(entry, failed.waitsFor(), true));
        }
    }

    /** Judges a folder or an archive that has stood still, or that a marker declares complete. */
    Candidate judge(Path entry, Optional<Path> marker) throws IOException {
        try {
            SceneInput input = input(entry, bands(entry));
            if (marker.isEmpty() && Files.isDirectory(entry) && isOnlyPart(input, wanted(entry))) {
                return new Waiting(
                        entry, "a mosaic.yaml that lists its products as parts, and the other products", true);
            }
            if (input.missing().isEmpty()) {
                return new Ready(entry, marker);
            }
            return incomplete(entry, marker, SceneFinder.missingText(input, entry), "files-are-there");
        } catch (IncompleteArchiveException incomplete) {
            return incomplete(
                    entry, marker, "the rest of the archive (" + incomplete.getMessage() + ")", "archive-is-whole");
        } catch (UnpackException failed) {
            return new Waiting(entry, failed.waitsFor(), true);
        } catch (RejectedSceneException rejected) {
            boolean incomplete = Files.isDirectory(entry)
                    ? SceneFinder.mayBeIncomplete(rejected, wanted(entry))
                    : SceneFinder.mayBeIncomplete(rejected);
            return marker.isEmpty() && incomplete
                    ? new Waiting(entry, SceneFinder.waitsFor(rejected), true)
                    : rejected(entry, rejected);
        }
    }

    /** Whether a folder holds one product so far, and all recipes take only mosaics of it. */
    private static boolean isOnlyPart(SceneInput input, List<Recipe> wanted) {
        return input instanceof ProductInput found
                && !wanted.isEmpty()
                && wanted.stream()
                        .map(recipe -> recipe.accepts().kinds())
                        .allMatch(kinds -> kinds.contains(Recipe.MOSAIC)
                                && !kinds.contains(found.product().kind()));
    }

    private static Candidate incomplete(Path entry, Optional<Path> marker, String missing, String rule) {
        return marker.isEmpty()
                ? new Waiting(entry, missing, true)
                : new Rejected(
                        entry,
                        rule,
                        "a marker declares it complete, but these are missing or have the wrong size: " + missing,
                        "Send it with all its files.");
    }

    /** The bands of the inbox's recipes; all while a recipe cannot be used, because then the entry waits anyway. */
    private NeededBands bands(Path entry) {
        List<Recipe> wanted = wanted(entry);
        return wanted.isEmpty() ? NeededBands.ALL : NeededBands.of(wanted);
    }

    /** The recipes of the entry's inbox; none while one of them cannot be used. */
    private List<Recipe> wanted(Path entry) {
        String inbox = String.valueOf(entry.toAbsolutePath().getParent().getFileName());
        try {
            List<Recipe> wanted = new ArrayList<>();
            for (String name : RecipeNames.ofInbox(inbox)) {
                recipes.find(name).ifPresent(wanted::add);
            }
            return wanted;
        } catch (RecipeException unusable) {
            return List.of();
        }
    }

    /** Removes what was unpacked of an entry; safe to repeat. */
    void release(Path entry) throws IOException {
        finder.release(entry);
    }

    /** Removes what was unpacked of entries that are gone. */
    void releaseGone() throws IOException {
        finder.releaseGone();
    }

    static Rejected rejected(Path path, RejectedSceneException rejected) {
        String at = rejected.field().isEmpty() ? "" : "of " + rejected.field() + ", ";
        return new Rejected(path, rejected.rule(), at + rejected.what(), rejected.remedy());
    }
}
