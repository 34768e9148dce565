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
 * Removes versions of products that were replaced long enough ago. It removes only versions that the ledger records as
 * replaced, and only files with names that Swath gives. To be called from the thread that delivers.
 */
final class ReplacedProducts {
    private static final Logger log = LoggerFactory.getLogger(ReplacedProducts.class);
    private static final int AT_ONCE = 20;
    private static final String INCIDENT = "replaced products";

    private final Ledger ledger;
    private final Storage storage;
    private final ProductFolders folders;
    private final Duration keep;
    private final Incidents incidents;
    /** Products whose removal failed. As many more products are read, so that these delay no other product. */
    private final Set<Product> failing = new HashSet<>();

    /** {@code keep} is how long a version is kept after it was replaced. */
    ReplacedProducts(Ledger ledger, Storage storage, ProductFolders folders, Duration keep, Incidents incidents) {
        this.ledger = ledger;
        this.storage = storage;
        this.folders = folders;
        this.keep = keep;
        this.incidents = incidents;
    }

    /** Removes some of the versions that have been kept long enough. */
    void removeExpired() {
        List<Product> expired = ledger.read(
                session -> session.products().replacedBefore(session.now().minus(keep), AT_ONCE + failing.size()));
        if (expired.isEmpty() || !storage.missing().isEmpty()) {
            return;
        }
        List<String> failures = new ArrayList<>();
        for (Product product : expired) {
            try {
                ledger.guard(() -> {
                    remove(product);
                    return product;
                });
                ledger.change(session -> session.products().removed(product.sceneId(), product.version()));
                failing.remove(product);
            } catch (IOException e) {
                failing.add(product);
                failures.add(e.getMessage());
            }
        }
        if (failures.isEmpty()) {
            incidents.resolve(INCIDENT);
        } else {
            incidents.report(INCIDENT, "a product that was replaced cannot be removed: " + failures.get(0));
        }
    }

    private void remove(Product product) throws IOException {
        Path folder = storage.replaced(product.sceneId(), product.recipe(), product.version());
        int there = folders.version(folder);
        if (there == 0) {
            return; // it was removed by hand
        }
        if (there != product.version()) {
            throw new IOException(folder + " holds version " + there + ", but the ledger says version "
                    + product.version() + "; nothing was removed. Move that folder away");
        }
        Optional<Path> successor = successor(product);
        if (successor.isPresent()) {
            folders.removePredecessor(successor.get());
        }
        String cog = ProductFiles.cog(product.sceneId(), product.recipe());
        // The Item is removed last: after an interruption it still says which version this is.
        for (String file : List.of(
                cog, ProductFiles.PREVIEW, ProductFiles.RUNS, "." + ProductFiles.ITEM + ".part", ProductFiles.ITEM)) {
            Files.deleteIfExists(folder.resolve(file));
        }
        try {
            Files.delete(folder);
            log.info("a product is removed, because it was replaced long enough ago folder={} kept={}", folder, keep);
        } catch (DirectoryNotEmptyException e) {
            log.warn("a product's folder is kept, because it holds files that Swath did not make folder={}", folder);
        }
    }

    /** The folder of the version that replaced a product. */
    private Optional<Path> successor(Product product) {
        return ledger.read(session -> session.products().of(product.sceneId())).stream()
                .filter(later -> later.version() > product.version())
                .findFirst()
                .map(later -> later.replacedAt().isPresent()
                        ? storage.replaced(later.sceneId(), later.recipe(), later.version())
                        : storage.delivered(later.sceneId(), later.recipe()));
    }
}
