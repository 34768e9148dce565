package io.swath.job;

import io.swath.model.Batch;
import io.swath.model.TileProgress;
import io.swath.storage.Storage;
import java.nio.file.Path;

/**
 * The names of the files in a batch's folder, {@code work/ID/TOKEN/}.
 *
 * <pre>
 * job.sh                  what Slurm runs for every array task
 * tiles.tsv               a line per run: the tile's number, attempt, read window and core
 * logs/INDEX.log          what the run's task printed
 * logs/task-INDEX.log     of a task that makes several tiles: what Slurm said, and job.sh between the tiles
 * evidence/INDEX.json     what the task reported about itself
 * bin/assemble.py         assembly only: its script
 * bin/ortho.py            step ortho only: its script
 * mosaic.json             assembly only: what the script assembles
 * mosaic.tsv              assembly only: a line per tile of the scene
 * product/                assembly only: preview.png, polygons.gpkg and product.json, which the script writes
 * delivery/               made by an earlier Swath: products that it moved there before they got their place
 * </pre>
 *
 * Immutable.
 */
public record BatchLayout(Path folder) {
    /** The name of {@link #mosaicTiles}, which {@code mosaic.json} holds too. */
    static final String MOSAIC_TILES = "mosaic.tsv";

    private static final String LOGS = "logs";

    /** The folder of a batch on the storage, as this program sees it. */
    public static BatchLayout of(Storage storage, Batch batch) {
        return new BatchLayout(storage.batch(batch.sceneId(), batch.token()));
    }

    /**
     * The tile's index: the number in the names of a tile's files, in tiles.tsv and in SWATH_TILE. An assembly and a
     * preparation have no tile ({@link TileProgress#ASSEMBLY}, {@link TileProgress#PREPARATION}); their files have the
     * number 0, such as {@code tiles/assemble/0.tif}.
     */
    public static int fileNumber(int tile) {
        return Math.max(0, tile);
    }

    public Path jobScript() {
        return folder.resolve("job.sh");
    }

    public Path tiles() {
        return folder.resolve("tiles.tsv");
    }

    public Path logs() {
        return folder.resolve(LOGS);
    }

    public Path log(int index) {
        return logs().resolve(index + ".log");
    }

    /** Where the cluster writes what it says about a task. Of a task of one tile, that is the log of its run. */
    public Path taskLog(Batch batch, int index) {
        return batch.packed() ? logs().resolve("task-" + batch.taskOf(index) + ".log") : log(index);
    }

    /**
     * The pattern for the names of {@link #taskLog}, into which Slurm puts the task's index; {@code folder} is the path on
     * the nodes.
     */
    static String logPattern(String folder, Batch batch) {
        return folder + "/" + LOGS + (batch.packed() ? "/task-%a.log" : "/%a.log");
    }

    public Path evidence() {
        return folder.resolve("evidence");
    }

    public Path evidence(int index) {
        return evidence().resolve(index + ".json");
    }

    public Path assembleScript() {
        return folder.resolve("bin").resolve("assemble.py");
    }

    public Path orthoScript() {
        return folder.resolve("bin").resolve(OrthoStep.SCRIPT);
    }

    public Path mosaic() {
        return folder.resolve("mosaic.json");
    }

    public Path mosaicTiles() {
        return folder.resolve(MOSAIC_TILES);
    }

    public Path product() {
        return folder.resolve("product");
    }

    public Path productPreview() {
        return product().resolve("preview.png");
    }

    public Path productPolygons() {
        return product().resolve("polygons.gpkg");
    }

    public Path productFacts() {
        return product().resolve("product.json");
    }

    /** Where an earlier Swath gathered the products. An interrupted delivery may have left them there. */
    public Path formerDelivery() {
        return folder.resolve("delivery");
    }
}
