package io.swath.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.health.Troubles;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileState;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage that puts a scene's products in their place: all of them, in one rename.
 *
 * <p>Safe to repeat from any point where it was interrupted. To be called from one thread.
 */
public final class Delivery {
    static final String PREVIEW = "preview.png";
    static final String ITEM = "item.json";
    static final String RUNS = "runs.csv";

    private static final Logger log = LoggerFactory.getLogger(Delivery.class);
    private static final Set<SceneState> ASSEMBLING = Set.of(SceneState.ASSEMBLING);

    private final Ledger ledger;
    private final Storage storage;
    private final ObjectMapper json;
    private final StacItem items;
    private final RunTable runs;
    private final Troubles troubles;

    public Delivery(
            Ledger ledger, Storage storage, ObjectMapper json, String cluster, String version, Troubles troubles) {
        this.ledger = ledger;
        this.storage = storage;
        this.json = json;
        this.items = new StacItem(json, version);
        this.runs = new RunTable(ledger, cluster);
        this.troubles = troubles;
    }

    /** The file name of a scene's product. */
    static String cog(Scene scene) {
        return scene.id() + "_" + scene.recipe() + ".tif";
    }

    /** Scenes whose assembly is done. */
    public List<String> due() {
        return ledger.read(session -> session.scenes().in(ASSEMBLING).stream()
                .filter(scene -> session.tiles()
                        .assembly(scene.id())
                        .filter(tile -> tile.state() == TileState.DONE)
                        .isPresent())
                .map(Scene::id)
                .toList());
    }

    /** Delivers one of them; trouble with the storage is noted, and the scene stays due. */
    public void deliver(String id) {
        try {
            Scene scene = ledger.read(session -> session.scenes().find(id)).orElseThrow();
            Path place = storage.delivered(id, scene.recipe());
            if (!Files.isDirectory(place)) {
                Path folder = gather(scene);
                storage.folder(place.getParent());
                Storage.sync(folder);
                ledger.guard(() -> Files.move(folder, place, StandardCopyOption.ATOMIC_MOVE));
                Storage.sync(place.getParent());
            }
            if (ledger.write(session -> session.scenes().move(id, ASSEMBLING, SceneState.DELIVERED, ""))) {
                log.info("{} is delivered: {}", id, place);
            }
            Storage.remove(storage.work(id).resolve("tiles"));
            Storage.remove(storage.work(id).resolve("leases"));
            troubles.end("delivery");
        } catch (IOException e) {
            troubles.begin("delivery", "the products of " + id + " cannot be put in place: " + e);
        }
    }

    /** All products in one folder beside the batch. */
    private Path gather(Scene scene) throws IOException {
        Batch assembly = ledger.read(session -> session.batches().of(scene.id()).stream()
                .filter(Batch::assembly)
                .reduce((one, later) -> later)
                .orElseThrow());
        Path batch = storage.batch(scene.id(), assembly.token());
        Path folder = storage.folder(batch.resolve("delivery"));
        Path cog = folder.resolve(cog(scene));
        moveIfThere(storage.tile(scene.id(), assembly.step(), 0), cog);
        Path made = batch.resolve("product");
        moveIfThere(made.resolve(PREVIEW), folder.resolve(PREVIEW));
        JsonNode facts = json.readTree(made.resolve("product.json").toFile());
        Storage.write(folder.resolve(RUNS), runs.of(scene));
        Storage.write(
                folder.resolve(ITEM),
                json.writerWithDefaultPrettyPrinter().writeValueAsString(items.of(scene, facts, folder)));
        return folder;
    }

    private static void moveIfThere(Path from, Path to) throws IOException {
        if (Files.exists(from)) {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
