package io.swath.delivery;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.health.Incidents;
import io.swath.job.BatchLayout;
import io.swath.job.ProductFacts;
import io.swath.job.WorkLayout;
import io.swath.ledger.Ledger;
import io.swath.ledger.Products;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.Priority;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileProgress;
import io.swath.model.TileState;
import io.swath.storage.AtomicSwap;
import io.swath.storage.DurableFiles;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
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
    /** Nightly scenes that one call of {@link #due} returns at most, so that other scenes do not wait for them. */
    private static final int NIGHTLY_AT_ONCE = 3;

    private static final String INCIDENT = "delivery";
    private static final Set<SceneState> ASSEMBLING = Set.of(SceneState.ASSEMBLING);

    private final Ledger ledger;
    private final Storage storage;
    private final ObjectMapper json;
    private final StacItem items;
    private final RunsCsv runs;
    private final ProductFolders folders;
    private final Retention retention;
    private final Incidents incidents;
    /** Scenes whose last delivery failed: they come last, so that they delay no other scene. */
    private final Set<String> failing = new HashSet<>();

    /**
     * @param cluster the adapter's name, for the accounting records
     * @param version Swath's own version, for the STAC Items
     * @param keep how long a version of the products is kept after it was replaced
     */
    public Delivery(
            Ledger ledger,
            Storage storage,
            ObjectMapper json,
            String cluster,
            String version,
            Duration keep,
            Incidents incidents) {
        this(ledger, storage, json, cluster, version, keep, incidents, AtomicSwap::swap);
    }

    Delivery(
            Ledger ledger,
            Storage storage,
            ObjectMapper json,
            String cluster,
            String version,
            Duration keep,
            Incidents incidents,
            ProductFolders.Swap swap) {
        this.ledger = ledger;
        this.storage = storage;
        this.json = json;
        this.items = new StacItem(json, version);
        this.runs = new RunsCsv(ledger, cluster);
        this.incidents = incidents;
        this.folders = new ProductFolders(storage, json, swap);
        this.retention = new Retention(ledger, storage, folders, keep, incidents);
    }

    /** The ids of scenes whose assembly is done, the most urgent first; at most a few nightly scenes. */
    public List<String> due() {
        List<Scene> due = ledger.read(session -> session.scenes().inStates(ASSEMBLING).stream()
                .filter(scene -> session.tiles()
                        .assembly(scene.id())
                        .filter(tile -> tile.state() == TileState.DONE)
                        .isPresent())
                .toList());
        return Stream.concat(
                        due.stream().filter(scene -> scene.priority() != Priority.NIGHT),
                        due.stream()
                                .filter(scene -> scene.priority() == Priority.NIGHT)
                                .sorted(Comparator.comparing(scene -> failing.contains(scene.id())))
                                .limit(NIGHTLY_AT_ONCE))
                .map(Scene::id)
                .toList();
    }

    /** Delivers a scene. When the storage fails, an incident says why, and the scene stays due. */
    public void deliver(String id) {
        try {
            Scene scene = ledger.read(session -> session.scenes().find(id)).orElseThrow();
            Optional<Integer> former = formerVersion(scene);
            if (!folders.inPlace(scene)) {
                putInPlace(scene, former);
            }
            if (former.isPresent()) {
                folders.markReplaced(scene, former.get());
            }
            removeTiles(scene); // before the scene is DELIVERED: after that, nothing would remove them
            if (ledger.write(session -> recordDelivery(session, scene))) {
                log.info("a scene is delivered scene={} version={} folder={}", id, scene.version(), place(scene));
            }
            failing.remove(id);
            incidents.resolve(INCIDENT);
        } catch (IOException e) {
            failing.add(id);
            incidents.report(INCIDENT, "the products of scene " + id + " cannot be put in place: " + e);
        }
    }

    private void putInPlace(Scene scene, Optional<Integer> former) throws IOException {
        Path folder = folders.waitsForSwap(scene) ? deliveryFolder(scene) : collect(scene, former);
        storage.folder(place(scene).getParent());
        ledger.guard(() -> {
            folders.put(scene, folder);
            return folder;
        });
    }

    private void removeTiles(Scene scene) throws IOException {
        for (int version = 1; version <= scene.version(); version++) {
            WorkLayout work = WorkLayout.of(storage, scene.id(), version);
            DurableFiles.remove(work.tiles());
            DurableFiles.remove(work.leases());
        }
    }

    private static boolean recordDelivery(Session session, Scene scene) {
        boolean moved = session.scenes().move(scene.id(), ASSEMBLING, SceneState.DELIVERED, "");
        if (moved) {
            session.products().delivered(scene.id(), scene.version(), scene.recipeHash());
        }
        return moved;
    }

    /** Removes some of the products that were replaced long enough ago. */
    public void tidy() {
        retention.removeExpired();
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

    private Path deliveryFolder(Scene scene) {
        return BatchLayout.of(storage, assembly(scene)).delivery();
    }

    /** Collects all products in one folder of the assembly's batch. */
    private Path collect(Scene scene, Optional<Integer> former) throws IOException {
        Batch assembly = assembly(scene);
        BatchLayout layout = BatchLayout.of(storage, assembly);
        Path folder = storage.folder(layout.delivery());
        int number = BatchLayout.fileNumber(TileProgress.ASSEMBLY);
        moveIfPresent(
                storage.tile(scene.id(), scene.version(), assembly.step(), number),
                folder.resolve(ProductFiles.cog(scene)));
        moveIfPresent(layout.productPreview(), folder.resolve(ProductFiles.PREVIEW));
        runs.write(scene, folder.resolve(ProductFiles.RUNS));
        ObjectNode item = items.of(scene, ProductFacts.read(storage.root(), layout.productFacts(), json), folder);
        ItemVersion.add(
                item,
                scene.version(),
                former.map(version -> "../" + scene.recipe() + ".v" + version + "/" + ProductFiles.ITEM));
        DurableFiles.write(
                folder.resolve(ProductFiles.ITEM),
                json.writerWithDefaultPrettyPrinter().writeValueAsString(item));
        DurableFiles.sync(folder);
        return folder;
    }

    /** Moves a file if it exists. An earlier, interrupted delivery may have moved it, or it was never made. */
    private static void moveIfPresent(Path from, Path to) throws IOException {
        if (Files.exists(from, LinkOption.NOFOLLOW_LINKS)) {
            RegularFiles.move(from, to);
        }
    }
}
