package io.swath.arrival;

import io.swath.model.Recipe;
import io.swath.storage.Removal;
import io.swath.storage.Roots;
import io.swath.storage.Storage;
import io.swath.untrusted.stac.Item;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Shows a scene as it would be accepted, for a dry run: nothing is copied, and only an archive is unpacked. Not thread-safe.
 */
public final class ScenePreview {
    /** Another command may use what is younger. */
    private static final Duration LEFTOVER_AGE = Duration.ofDays(1);

    private final Storage storage;
    private final Clock clock;

    public ScenePreview(Storage storage, Clock clock) {
        this.storage = storage;
        this.clock = clock;
    }

    /**
     * Calls a reader with the scene's GeoTIFF or Item. What was made for the reader is removed afterwards.
     *
     * @param path a GeoTIFF, a STAC Item, a product in a folder, or an archive with one
     * @throws RejectedSceneException when it cannot be a scene
     * @throws IOException when files are missing, or could not be read
     */
    public <T> T read(Path path, Roots roots, Recipe recipe, Function<Path, T> reader) throws IOException {
        SceneFinder finder = new SceneFinder(new UnpackedArchives(storage, ".planned", LEFTOVER_AGE, clock));
        Path folder = Files.createTempDirectory("swath-plan");
        try {
            SceneInput input = finder.find(path, Optional.empty(), roots, NeededBands.of(recipe));
            CommandArrival.requireComplete(input);
            return reader.apply(file(input, folder));
        } finally {
            Removal.remove(folder);
            finder.release(path);
        }
    }

    private static Path file(SceneInput input, Path folder) throws IOException {
        if (input instanceof ArchiveInput archive) {
            return file(archive.content(), folder);
        }
        if (input instanceof ProductInput product) {
            Files.createSymbolicLink(folder.resolve(ProductInput.FILES), product.folder());
            Path item = folder.resolve(Item.FILE);
            Files.writeString(
                    item,
                    product.product()
                            .item(product.bands(), "./" + ProductInput.FILES + "/")
                            .toPrettyString());
            return item;
        }
        return input.files().get(0); // the GeoTIFF, or the Item's file
    }
}
