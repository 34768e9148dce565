package io.swath.delivery;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.accounting.RunsCsv;
import io.swath.health.FailingRows;
import io.swath.health.Incidents;
import io.swath.job.BatchLayout;
import io.swath.job.TaskFiles;
import io.swath.job.WorkLayout;
import io.swath.ledger.Ledger;
import io.swath.ledger.Products;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.LeadershipLostException;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileState;
import io.swath.storage.AtomicSwap;
import io.swath.storage.Removal;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage that delivers a scene's products: all files appear in their place in one rename. The version that they
 * replace is kept beside them for a while.
 *
 * <p>Every step is safe to repeat, so an interrupted delivery is retried. To be called from one thread.
 */
public final class Delivery {
    private static final Logger log = LoggerFactory.getLogger(Delivery.class);
    /** Scenes that are delivered at a time. They are few, so that a more urgent scene does not wait long for them. */
    private static final int AT_ONCE = 3;

    private static final Set<SceneState> ASSEMBLING = Set.of(SceneState.ASSEMBLING);

    private final Ledger ledger;
    private final Storage storage;
    private final Gathering gathering;
    private final ProductFolders folders;
    private final ReplacedProducts replaced;
    private final Leftovers leftovers;
    private final FailingRows failing;

    /**
     * @param cluster the adapter's name, for the accounting records
     * @param version Swath's own version, for the STAC Items
     * @param keep how long a version of the products is kept after it was replaced
     * @param steady a clock that never jumps
     */
    public Delivery(
            Ledger ledger,
            Storage storage,
            ObjectMapper json,
            String cluster,
            String version,
            Duration keep,
            Incidents incidents,
            Clock steady) {
        this(ledger, storage, json, cluster, version, keep, incidents, steady, AtomicSwap::swap);
    }

    Delivery(
            Ledger ledger,
            Storage storage,
            ObjectMapper json,
            String cluster,
            String version,
            Duration keep,
            Incidents incidents,
            Clock steady,
            ProductFolders.Swap swap) {
        this.ledger = ledger;
        this.storage = storage;
        this.gathering = new Gathering(
                storage,
                json,
                new TaskFiles(storage, json, incidents),
                new StacItem(json, version),
                new RunsCsv(ledger, cluster));
        this.failing = new FailingRows(
                incidents,
                steady,
                "delivery of ",
                "the products cannot be put in place: ",
                List.of(LeadershipLostException.class));
        this.folders = new ProductFolders(storage, json, swap);
        this.replaced = new ReplacedProducts(ledger, storage, folders, keep, incidents);
        this.leftovers = new Leftovers(ledger, storage, incidents, steady);
    }

    /** The ids of the next scenes whose assembly is done, the most urgent first. */
    public List<String> due() {
        List<Scene> due = ledger.read(session -> session.scenes().assembled());
        failing.retain(due.stream().map(Scene::id).toList());
        return due.stream()
                .map(Scene::id)
                .filter(id -> !failing.isPaused(id))
                .limit(AT_ONCE)
                .toList();
    }

    /** Whether more scenes may be due, after {@link #deliver} of each of the last {@link #due}. */
    public boolean more(List<String> last) {
        return last.size() == AT_ONCE;
    }

    /**
     * Delivers a scene. When the storage fails, an incident says why, and the scene stays due. When its jobs left no usable
     * product, the scene is FAILED.
     */
    public void deliver(String id) {
        failing.attempt(id, () -> {
            Scene scene = ledger.read(session -> session.scenes().find(id)).orElseThrow();
            try {
                deliver(scene);
            } catch (BadProductException bad) {
                fail(scene, bad.getMessage());
            }
        });
    }

    private void deliver(Scene scene) throws IOException, BadProductException {
        Optional<Integer> former = formerVersion(scene);
        if (!folders.inPlace(scene)) {
            putInPlace(scene, former);
        }
        if (former.isPresent()) {
            folders.markReplaced(scene, former.get());
        }
        removeTiles(scene); // before the scene is DELIVERED: after that, nothing would remove them
        if (ledger.write(session -> recordDelivery(session, scene))) {
            log.info("a scene is delivered scene={} version={} folder={}", scene.id(), scene.version(), place(scene));
        }
    }

    private void putInPlace(Scene scene, Optional<Integer> former) throws IOException, BadProductException {
        Path folder = folders.waitsForSwap(scene)
                ? storage.gathering(scene.id())
                : gathering.gather(scene, assembly(scene), former);
        storage.folder(place(scene).getParent());
        ledger.guard(() -> {
            folders.put(scene, folder);
            return folder;
        });
    }

    /** Its assembly failed after all, so that {@code ./swath retry} runs it again. */
    private void fail(Scene scene, String why) throws IOException {
        Removal.remove(storage.gathering(scene.id()));
        boolean failed = ledger.write(session -> {
            boolean moved = session.scenes().move(scene.id(), ASSEMBLING, SceneState.FAILED, why);
            if (moved) {
                session.tiles().assembly(scene.id()).map(tile -> tile.withState(TileState.FAILED)).stream()
                        .forEach(tile -> session.tiles().update(List.of(tile)));
            }
            return moved;
        });
        if (failed) {
            log.warn(
                    "A scene failed: {}. Its input is kept. To assemble it again: ./swath retry {}. scene={}",
                    why,
                    scene.id(),
                    scene.id());
        }
    }

    private void removeTiles(Scene scene) throws IOException {
        for (int version = 1; version <= scene.version(); version++) {
            WorkLayout work = WorkLayout.of(storage, scene.id(), version);
            remove(work.tiles());
            remove(work.leases());
        }
        for (Batch batch : ledger.read(session -> session.batches().ofScene(scene.id()))) {
            if (batch.assembly()) {
                remove(BatchLayout.of(storage, batch).formerDelivery());
            }
        }
    }

    /** A job may have left what Swath has no right to remove, or may still write. The scene does not wait for that. */
    private static void remove(Path folder) throws IOException {
        try {
            Removal.remove(folder);
        } catch (FileSystemException left) {
            log.warn(
                    "Swath cannot remove what jobs left in a folder ({}). The scene is delivered all the same. Remove the"
                            + " folder as the jobs' user. folder={}",
                    left.toString(),
                    folder);
        }
    }

    private static boolean recordDelivery(Session session, Scene scene) {
        boolean moved = session.scenes().move(scene.id(), ASSEMBLING, SceneState.DELIVERED, "");
        if (moved) {
            session.products().delivered(scene.id(), scene.version(), scene.recipeHash());
        }
        return moved;
    }

    /** Removes some of the products that were replaced long enough ago, and what interrupted deliveries left. */
    public void tidy() {
        replaced.removeExpired();
        leftovers.remove();
    }

    /** The version in the ledger that the scene's present version replaces. */
    private Optional<Integer> formerVersion(Scene scene) {
        return ledger.read(session -> session.products().of(scene.id())).stream()
                .filter(product -> product.replacedAt().isEmpty() && product.version() < scene.version())
                .map(Products.Product::version)
                .findFirst();
    }

    private Batch assembly(Scene scene) {
        return ledger.read(session -> session.batches().ofScene(scene.id()).stream()
                .filter(Batch::assembly)
                .reduce((earlier, later) -> later)
                .orElseThrow());
    }

    private Path place(Scene scene) {
        return storage.delivered(scene.id(), scene.recipe());
    }
}
