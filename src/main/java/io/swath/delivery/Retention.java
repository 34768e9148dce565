package io.swath.delivery;

import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.ledger.Products.Product;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes versions of products whose time is up: what the ledger knows to have been replaced, file by file by the names
 * that Swath gives them, and nothing else. To be called from the thread that delivers.
 */
final class Retention {
    private static final Logger log = LoggerFactory.getLogger(Retention.class);
    private static final int AT_ONCE = 20;
    private static final String PART = "retention";

    private final Ledger ledger;
    private final Storage storage;
    private final ProductFolders shelf;
    private final Duration keep;
    private final Incidents incidents;
    /** Those that cannot be removed: they are asked for besides, so that they keep no other. */
    private final Set<Product> stuck = new HashSet<>();

    /** {@code keep} is how long a version is kept after it was replaced. */
    Retention(Ledger ledger, Storage storage, ProductFolders shelf, Duration keep, Incidents incidents) {
        this.ledger = ledger;
        this.storage = storage;
        this.shelf = shelf;
        this.keep = keep;
        this.incidents = incidents;
    }

    /** Removes some of what has been kept for long enough. */
    void work() {
        List<Product> over = ledger.read(
                session -> session.products().replacedBefore(session.now().minus(keep), AT_ONCE + stuck.size()));
        if (over.isEmpty() || !storage.missing().isEmpty()) {
            return;
        }
        List<String> failures = new ArrayList<>();
        for (Product product : over) {
            try {
                ledger.guard(() -> {
                    remove(product);
                    return product;
                });
                ledger.change(session -> session.products().removed(product.sceneId(), product.version()));
                stuck.remove(product);
            } catch (IOException e) {
                stuck.add(product);
                failures.add(e.getMessage());
            }
        }
        if (failures.isEmpty()) {
            incidents.resolve(PART);
        } else {
            incidents.report(PART, "a product that was replaced cannot be removed: " + failures.get(0));
        }
    }

    private void remove(Product product) throws IOException {
        Path folder = storage.replaced(product.sceneId(), product.recipe(), product.version());
        int there = shelf.version(folder);
        if (there == 0) {
            return; // somebody has removed it
        }
        if (there != product.version()) {
            throw new IOException(folder + " holds version " + there + ", not " + product.version()
                    + " as the ledger has it; it is left alone. Move it away");
        }
        Optional<Path> successor = successor(product);
        if (successor.isPresent()) {
            shelf.forgetPredecessor(successor.get());
        }
        String cog = Delivery.cog(product.sceneId(), product.recipe());
        // The Item last: interrupted, the folder can still tell what it is.
        for (String file :
                List.of(cog, Delivery.PREVIEW, Delivery.RUNS, "." + Delivery.ITEM + ".part", Delivery.ITEM)) {
            Files.deleteIfExists(folder.resolve(file));
        }
        try {
            Files.delete(folder);
            log.info("{} is removed: it was replaced {} ago or longer.", folder, keep);
        } catch (DirectoryNotEmptyException others) {
            log.warn("{} is left there: it holds files that Swath has not made.", folder);
        }
    }

    /** Where the version after it lies. */
    private Optional<Path> successor(Product product) {
        return ledger.read(session -> session.products().of(product.sceneId())).stream()
                .filter(later -> later.version() > product.version())
                .findFirst()
                .map(later -> later.replacedAt().isPresent()
                        ? storage.replaced(later.sceneId(), later.recipe(), later.version())
                        : storage.delivered(later.sceneId(), later.recipe()));
    }
}
