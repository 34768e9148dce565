package io.swath.arrival;

import io.swath.ledger.Ledger;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.storage.DurableFiles;
import io.swath.storage.OpenFiles;
import io.swath.storage.Removal;
import io.swath.storage.Roots;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Accepts a scene for the command line by copying it from anywhere; the given files stay as they are.
 *
 * <p>The files are copied first, then the ledger gets the scene, then one rename moves the copy to its place. If Swath
 * is interrupted, the same command can be repeated: it removes the unfinished copy. Thread-safe.
 */
public final class CommandArrival {
    /** Another command may use what is younger. */
    private static final Duration LEFTOVER_AGE = Duration.ofDays(1);

    private final SceneRegistry registry;
    private final SceneRepair repair;
    private final Storage storage;
    private final Clock clock;
    /** Content keys that are being copied now. Two copies of the same content would use the same folder. */
    private final Set<String> beingStaged = ConcurrentHashMap.newKeySet();

    public CommandArrival(Ledger ledger, Storage storage, Clock clock) {
        this.registry = new SceneRegistry(ledger, clock);
        this.repair = new SceneRepair(ledger, storage);
        this.storage = storage;
        this.clock = clock;
    }

    /** As {@link #accept(Path, Roots, List, Priority)}, for one recipe. */
    public Scene accept(Path path, Roots roots, Recipe recipe, Priority priority) throws IOException {
        return accept(path, roots, List.of(recipe), priority).get(0);
    }

    /**
     * Accepts what lies at a path: a GeoTIFF, a STAC Item, a product in a folder, or an archive with one. Each recipe gets a
     * scene of its own; the files of the first are shared.
     *
     * @return the scenes in the order of the recipes
     */
    public List<Scene> accept(Path path, Roots roots, List<Recipe> recipes, Priority priority) throws IOException {
        SceneFinder finder = new SceneFinder(new UnpackedArchives(storage, ".submitted", LEFTOVER_AGE, clock));
        try {
            SceneInput input = finder.find(path.toAbsolutePath(), Optional.empty(), roots, NeededBands.of(recipes));
            List<Scene> scenes = new ArrayList<>();
            for (Recipe recipe : recipes) {
                scenes.add(accept(input, recipe, priority, scenes.stream().findFirst()));
            }
            return scenes;
        } finally {
            finder.release(path);
        }
    }

    /**
     * Copies the scene to the storage and adds it to the ledger.
     *
     * @return the new scene, or the scene that the same content with the same recipe made before
     * @throws RejectedSceneException when the input cannot be a scene
     * @throws IOException when files are missing, changed meanwhile, or could not be read or written
     */
    public Scene accept(SceneInput input, Recipe recipe, Priority priority) throws IOException {
        return accept(input, recipe, priority, Optional.empty());
    }

    private Scene accept(SceneInput input, Recipe recipe, Priority priority, Optional<Scene> first) throws IOException {
        String problem = storage.missing();
        if (!problem.isEmpty()) {
            throw new IOException(problem);
        }
        requireComplete(input);
        Optional<Path> open = OpenFiles.firstOpenForWriting(input.files());
        if (open.isPresent()) {
            throw new IOException(
                    "a program has " + open.get() + " open for writing; submit the scene again when it is complete");
        }
        return acceptComplete(input, recipe, priority, first);
    }

    static void requireComplete(SceneInput input) throws IOException {
        input.check();
        List<Path> missing = input.missing();
        if (!missing.isEmpty()) {
            throw new IOException("files of " + input.name() + " are missing or incomplete: "
                    + (input instanceof ProductInput product
                            ? product.missingText()
                            : IncompleteFiles.shown(missing, Path.of("")))
                    + "; submit the scene again when it is complete");
        }
    }

    private Scene acceptComplete(SceneInput input, Recipe recipe, Priority priority, Optional<Scene> first)
            throws IOException {
        String key = input.contentKey(recipe.name());
        Optional<Scene> same = registry.same(recipe, key);
        boolean repaired = same.filter(repair::isNeeded).isPresent();
        if (!repaired
                && same.isPresent()
                && storage.holds(storage.scene(same.get().id()))) {
            return same.get();
        }
        if (!beingStaged.add(key)) {
            throw new IOException(
                    input.name() + " is being accepted by another command now; wait for that command's result");
        }
        Path part = storage.scene("." + key + ".part");
        try {
            SceneInput copy = copyInto(part, input, recipe, key, first);
            Scene scene = registry.accept(input.name(), recipe, key, priority, Origin.COMMAND);
            if (repaired) {
                nameAfter(scene, copy);
                repair.replace(part, scene);
                repair.processAgain(scene);
                return registry.same(recipe, key).orElse(scene);
            }
            moveIntoPlace(part, copy, scene);
            return scene;
        } finally {
            try {
                Removal.remove(part);
            } finally {
                beingStaged.remove(key);
            }
        }
    }

    /** Copies before the ledger gets the scene: a scene in the ledger without its files could be lost. */
    private SceneInput copyInto(Path part, SceneInput input, Recipe recipe, String key, Optional<Scene> first)
            throws IOException {
        Removal.remove(part);
        Optional<SceneInput> shared = SharedFiles.find(storage, first, recipe.name(), key);
        SceneInput copy = shared.orElse(input)
                .stageInto(
                        storage.folder(part),
                        SceneName.id(input.name(), key),
                        shared.isPresent() ? StagingMode.LINK : StagingMode.COPY);
        if (!copy.contentKey(recipe.name()).equals(key)) {
            throw new IOException(
                    input.name() + " changed while it was copied; submit the scene again when it is complete");
        }
        DurableFiles.sync(part);
        return copy;
    }

    private static void nameAfter(Scene scene, SceneInput copy) throws IOException {
        if (copy instanceof GeoTiffInput tiff) {
            tiff.rename(scene.id());
        }
    }

    private void moveIntoPlace(Path part, SceneInput copy, Scene scene) throws IOException {
        Path place = storage.scene(scene.id());
        if (storage.holds(place)) {
            return;
        }
        nameAfter(scene, copy);
        Files.move(part, place, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.sync(place.getParent());
    }
}
