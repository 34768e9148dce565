package io.swath.delivery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.job.BatchLayout;
import io.swath.job.Evidence;
import io.swath.job.ProductFacts;
import io.swath.job.TaskFiles;
import io.swath.model.Batch;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.storage.DurableFiles;
import io.swath.storage.NotRegularException;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Gathers a scene's products in a folder where only Swath writes. Jobs wrote the files, and processes of a job may still
 * hold them open, so Swath copies them, and compares the copy of the product with the evidence of the assembly. Safe to
 * repeat: the jobs' files stay in place. Thread-safe.
 */
final class Gathering {
    private static final int ASSEMBLY = 0;

    private final Storage storage;
    private final ObjectMapper json;
    private final TaskFiles files;
    private final StacItem items;
    private final RunsCsv runs;

    Gathering(Storage storage, ObjectMapper json, TaskFiles files, StacItem items, RunsCsv runs) {
        this.storage = storage;
        this.json = json;
        this.files = files;
        this.items = items;
        this.runs = runs;
    }

    /**
     * Gathers all products.
     *
     * @param former the version of the products that these replace
     * @return the folder with the products
     * @throws BadProductException when the jobs' files are not what they should be, which no repetition changes
     * @throws IOException when the storage fails or a file is missing
     */
    Path gather(Scene scene, Batch assembly, Optional<Integer> former) throws IOException, BadProductException {
        Path folder = storage.gathering(scene.id());
        DurableFiles.remove(folder); // what an interrupted call left
        storage.folder(folder);
        try {
            BatchLayout layout = BatchLayout.of(storage, assembly);
            String sha256 = copyProduct(scene, assembly, folder.resolve(ProductFiles.cog(scene)));
            copyPreview(layout, folder);
            ProductFacts facts = ProductFacts.read(storage.root(), layout.productFacts(), json);
            runs.write(scene, folder.resolve(ProductFiles.RUNS));
            ObjectNode item = items.of(scene, facts, folder, sha256);
            ItemVersion.add(
                    item,
                    scene.version(),
                    former.map(version -> "../" + scene.recipe() + ".v" + version + "/" + ProductFiles.ITEM));
            DurableFiles.write(
                    folder.resolve(ProductFiles.ITEM),
                    json.writerWithDefaultPrettyPrinter().writeValueAsString(item));
        } catch (NotRegularException | JsonProcessingException bad) {
            throw new BadProductException("its assembly left no usable product: " + bad.getMessage(), bad);
        }
        DurableFiles.sync(folder);
        return folder;
    }

    /** Returns the SHA-256 of the copy, which is that of the evidence. */
    private String copyProduct(Scene scene, Batch assembly, Path product) throws IOException, BadProductException {
        BatchLayout layout = BatchLayout.of(storage, assembly);
        Path made = storage.tile(
                scene.id(), scene.version(), assembly.step(), BatchLayout.fileNumber(TileProgress.ASSEMBLY));
        String sha256;
        try {
            sha256 = RegularFiles.copy(storage.root(), made, product);
        } catch (NoSuchFileException e) {
            Path former = layout.formerDelivery().resolve(product.getFileName());
            sha256 = RegularFiles.copy(storage.root(), former, product);
        }
        Evidence evidence = files.evidence(assembly, ASSEMBLY)
                .orElseThrow(() -> new NoSuchFileException(
                        layout.evidence(ASSEMBLY).toString(), null, "the evidence of the assembly is missing"));
        if (!evidence.output().sha256().equals(sha256)) {
            throw new BadProductException("the product was changed after its assembly had ended: its SHA-256 is "
                    + sha256 + ", and the evidence says " + evidence.output().sha256());
        }
        return sha256;
    }

    /** Copies the preview if there is one: a recipe may ask for none. */
    private void copyPreview(BatchLayout layout, Path folder) throws IOException {
        Path preview = folder.resolve(ProductFiles.PREVIEW);
        for (Path from :
                new Path[] {layout.productPreview(), layout.formerDelivery().resolve(ProductFiles.PREVIEW)}) {
            try {
                RegularFiles.copy(storage.root(), from, preview);
                return;
            } catch (NoSuchFileException notHere) {
                // the next place may have it
            }
        }
    }
}
