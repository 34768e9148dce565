package io.swath.delivery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.accounting.RunsCsv;
import io.swath.job.AssemblyFiles;
import io.swath.job.BatchLayout;
import io.swath.job.Evidence;
import io.swath.job.TaskFiles;
import io.swath.model.Batch;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.storage.DurableFiles;
import io.swath.storage.NotRegularException;
import io.swath.storage.RegularFiles;
import io.swath.storage.Removal;
import io.swath.storage.Storage;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
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
    /** The most bytes of polygons that are copied: a job may leave a sparse file of any size. */
    private static final long MOST_POLYGON_BYTES = 16L << 30;

    private final Storage storage;
    private final ObjectMapper json;
    private final TaskFiles files;
    private final StacItem items;
    private final RunsCsv runs;
    private final AssemblyFiles assemblies;

    Gathering(Storage storage, ObjectMapper json, TaskFiles files, StacItem items, RunsCsv runs) {
        this.storage = storage;
        this.json = json;
        this.files = files;
        this.items = items;
        this.runs = runs;
        this.assemblies = new AssemblyFiles(storage, json);
    }

    /**
     * Gathers all products.
     *
     * @param former the version of the products that these replace
     * @return the folder with the products
     * @throws BadProductException when the jobs' files are not what they should be, which no repetition changes
     * @throws IOException when the storage fails
     */
    Path gather(Scene scene, Batch assembly, Optional<Integer> former) throws IOException, BadProductException {
        Path folder = storage.gathering(scene.id());
        Removal.remove(folder); // what an interrupted call left
        storage.folder(folder);
        BatchLayout layout = BatchLayout.of(storage, assembly);
        Evidence.Output made =
                fromJobs(folder, () -> copyProduct(scene, assembly, folder.resolve(ProductFiles.cog(scene))));
        ProductFacts facts = fromJobs(folder, () -> {
            copyPreview(layout, folder);
            if (assemblies.makesPolygons(assembly)) {
                copyPolygons(layout.productPolygons(), made.polygonsSha256(), folder.resolve(ProductFiles.POLYGONS));
            }
            return ProductFacts.read(storage.root(), layout.productFacts());
        });
        runs.write(scene, folder.resolve(ProductFiles.RUNS));
        ObjectNode item = items.of(scene, facts, folder, made.sha256());
        ItemVersion.add(
                item,
                scene.version(),
                former.map(version -> "../" + scene.recipe() + ".v" + version + "/" + ProductFiles.ITEM));
        write(item, folder.resolve(ProductFiles.ITEM));
        DurableFiles.sync(folder);
        return folder;
    }

    private void write(ObjectNode item, Path file) throws IOException, BadProductException {
        String text = json.writerWithDefaultPrettyPrinter().writeValueAsString(item);
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > ProductFolders.MOST_BYTES) {
            throw new BadProductException("its assembly left no usable product: the STAC Item would have " + bytes
                    + " bytes, and the most is " + ProductFolders.MOST_BYTES);
        }
        DurableFiles.write(file, text);
    }

    @FunctionalInterface
    private interface Reading<T> {
        T read() throws IOException, BadProductException;
    }

    /**
     * Reads jobs' files. What is not a file, cannot be read, or is gone from a storage that answers stays so, however
     * often it is tried.
     *
     * @param gathering Swath's own folder; what fails there is the storage's failure
     */
    private <T> T fromJobs(Path gathering, Reading<T> reading) throws IOException, BadProductException {
        try {
            return reading.read();
        } catch (NotRegularException bad) {
            throw unusable(bad.getMessage(), bad);
        } catch (JsonProcessingException bad) {
            throw unusable("product.json: " + bad.getOriginalMessage(), bad);
        } catch (NoSuchFileException | AccessDeniedException bad) {
            if (Path.of(bad.getFile()).startsWith(gathering)
                    || !storage.missing().isEmpty()) {
                throw bad;
            }
            throw unusable(
                    bad.getFile() + (bad instanceof NoSuchFileException ? " is missing" : " cannot be read by Swath"),
                    bad);
        }
    }

    private static BadProductException unusable(String why, Throwable cause) {
        return new BadProductException("its assembly left no usable product: " + Texts.shown(why, 300), cause);
    }

    /** Returns what the evidence says of the product; the copy has its SHA-256. */
    private Evidence.Output copyProduct(Scene scene, Batch assembly, Path product)
            throws IOException, BadProductException {
        BatchLayout layout = BatchLayout.of(storage, assembly);
        Path made = storage.tile(
                scene.id(), scene.version(), assembly.step(), BatchLayout.fileNumber(TileProgress.ASSEMBLY));
        String sha256;
        try {
            sha256 = RegularFiles.copy(storage.root(), made, product);
        } catch (NoSuchFileException e) {
            Path former = layout.formerDelivery().resolve(product.getFileName());
            sha256 = copyFormer(former, product, e);
        }
        Evidence evidence = files.evidence(assembly, ASSEMBLY)
                .orElseThrow(
                        () -> new NoSuchFileException(layout.evidence(ASSEMBLY).toString()));
        compare("the product was", sha256, evidence.output().sha256());
        return evidence.output();
    }

    private static void compare(String what, String found, String expected) throws BadProductException {
        if (!expected.equals(found)) {
            throw new BadProductException(what + " changed after its assembly had ended: its SHA-256 is " + found
                    + ", and the evidence says " + Texts.shown(expected, 64));
        }
    }

    private void copyPolygons(Path made, String expected, Path polygons) throws IOException, BadProductException {
        long bytes = RegularFiles.size(storage.root(), made);
        if (bytes > MOST_POLYGON_BYTES) {
            throw new BadProductException("its assembly left no usable product: polygons.gpkg has " + bytes
                    + " bytes, and the most is " + MOST_POLYGON_BYTES);
        }
        compare("polygons.gpkg was", RegularFiles.copy(storage.root(), made, polygons), expected);
    }

    private String copyFormer(Path former, Path product, NoSuchFileException missing) throws IOException {
        try {
            return RegularFiles.copy(storage.root(), former, product);
        } catch (NoSuchFileException neither) {
            missing.addSuppressed(neither);
            throw missing;
        }
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
