package io.swath.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.ledger.Products;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.Priority;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileState;
import io.swath.storage.Exchange;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
 * The stage that puts a scene's products in their place: all of them, in one rename. Those of a former version are kept
 * beside them for a while.
 *
 * <p>Safe to repeat from any point where it was interrupted. To be called from one thread.
 */
public final class Delivery {
    static final String PREVIEW = "preview.png";
    static final String ITEM = "item.json";
    static final String RUNS = "runs.csv";

    private static final Logger log = LoggerFactory.getLogger(Delivery.class);
    /** Before it looks again: the day's scenes are not to wait for a long night's. */
    private static final int OF_THE_NIGHT_AT_ONCE = 3;

    private static final Set<SceneState> ASSEMBLING = Set.of(SceneState.ASSEMBLING);

    private final Ledger ledger;
    private final Storage storage;
    private final ObjectMapper json;
    private final StacItem items;
    private final RunsCsv runs;
    private final ProductFolders shelf;
    private final Retention retention;
    private final Incidents incidents;
    /** Those that could not be put in place: they keep no other waiting. */
    private final Set<String> stuck = new HashSet<>();

    /** {@code keep} is how long a version of the products is kept after it was replaced. */
    public Delivery(
            Ledger ledger,
            Storage storage,
            ObjectMapper json,
            String cluster,
            String version,
            Duration keep,
            Incidents incidents) {
        this(ledger, storage, json, cluster, version, keep, incidents, Exchange::of);
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
        this.shelf = new ProductFolders(storage, json, swap);
        this.retention = new Retention(ledger, storage, shelf, keep, incidents);
    }

    /** The file name of a scene's product. */
    static String cog(Scene scene) {
        return cog(scene.id(), scene.recipe());
    }

    static String cog(String id, String recipe) {
        return id + "_" + recipe + ".tif";
    }

    /** Scenes whose assembly is done, the most urgent first; of the night's only some. */
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
                                .sorted(Comparator.comparing(scene -> stuck.contains(scene.id())))
                                .limit(OF_THE_NIGHT_AT_ONCE))
                .map(Scene::id)
                .toList();
    }

    /** Delivers one of them; trouble with the storage is noted, and the scene stays due. */
    public void deliver(String id) {
        try {
            Scene scene = ledger.read(session -> session.scenes().find(id)).orElseThrow();
            Path place = storage.delivered(id, scene.recipe());
            Optional<Integer> former = former(scene);
            if (!shelf.holds(scene)) {
                Path folder = shelf.waits(scene) ? folder(scene) : gather(scene, former);
                storage.folder(place.getParent());
                ledger.guard(() -> {
                    shelf.put(scene, folder);
                    return place;
                });
            }
            if (former.isPresent()) {
                shelf.retire(scene, former.get());
            }
            // Before the scene is over: interrupted here, it is still due.
            for (int version = 1; version <= scene.version(); version++) {
                Storage.remove(storage.work(id, version).resolve("tiles"));
                Storage.remove(storage.work(id, version).resolve("leases"));
            }
            if (ledger.write(session -> delivered(session, scene))) {
                log.info("{} is delivered{}: {}", id, scene.version() > 1 ? ", version " + scene.version() : "", place);
            }
            stuck.remove(id);
            incidents.resolve("delivery");
        } catch (IOException e) {
            stuck.add(id);
            incidents.report("delivery", "the products of " + id + " cannot be put in place: " + e);
        }
    }

    private static boolean delivered(Session session, Scene scene) {
        boolean moved = session.scenes().move(scene.id(), ASSEMBLING, SceneState.DELIVERED, "");
        if (moved) {
            session.products().delivered(scene.id(), scene.version(), scene.recipeHash());
        }
        return moved;
    }

    /** Removes some of the products that were replaced long enough ago. */
    public void tidy() {
        retention.work();
    }

    /** The version that this one replaces, as the ledger has it. */
    private Optional<Integer> former(Scene scene) {
        return ledger.read(session -> session.products().of(scene.id())).stream()
                .filter(product -> product.replacedAt().isEmpty() && product.version() < scene.version())
                .map(Products.Product::version)
                .findFirst();
    }

    private Batch assembly(Scene scene) {
        return ledger.read(session -> session.batches().ofScene(scene.id()).stream()
                .filter(Batch::assembly)
                .reduce((one, later) -> later)
                .orElseThrow());
    }

    private Path folder(Scene scene) {
        return storage.batch(scene.id(), assembly(scene).token()).resolve("delivery");
    }

    /** All products in one folder beside the batch. */
    private Path gather(Scene scene, Optional<Integer> former) throws IOException {
        Batch assembly = assembly(scene);
        Path batch = storage.batch(scene.id(), assembly.token());
        Path folder = storage.folder(folder(scene));
        Path cog = folder.resolve(cog(scene));
        moveIfThere(storage.tile(scene.id(), scene.version(), assembly.step(), 0), cog);
        Path made = batch.resolve("product");
        moveIfThere(made.resolve(PREVIEW), folder.resolve(PREVIEW));
        JsonNode facts = json.readTree(made.resolve("product.json").toFile());
        Storage.write(folder.resolve(RUNS), runs.of(scene));
        ObjectNode item = items.of(scene, facts, folder);
        ItemVersion.tell(
                item, scene.version(), former.map(version -> "../" + scene.recipe() + ".v" + version + "/" + ITEM));
        Storage.write(
                folder.resolve(ITEM), json.writerWithDefaultPrettyPrinter().writeValueAsString(item));
        Storage.sync(folder);
        return folder;
    }

    private static void moveIfThere(Path from, Path to) throws IOException {
        if (Files.exists(from)) {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
