package io.swath.model;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to do to a scene.
 *
 * @param name the folder's name under {@code config/recipes}
 * @param folder where its scripts are
 * @param hash SHA-256 over the folder's content, hex: another hash is another recipe
 * @param bands what the scripts see, in this order
 * @param tileSize side of a tile in pixels, before it is evened out to blocks
 * @param overlap pixels read beyond the core on each side
 * @param skipEmpty tiles that the header shows to hold no pixels are not queued
 * @param steps one after the other, tile by tile
 * @param output what the last step writes, where the recipe says so
 * @param retries how often a tile may fail by its own fault and go again
 */
public record Recipe(
        String name,
        Path folder,
        String hash,
        String description,
        List<BandSelector> bands,
        int tileSize,
        int overlap,
        boolean skipEmpty,
        List<Step> steps,
        Optional<Output> output,
        Assemble assemble,
        int retries) {
    public Recipe {
        bands = List.copyOf(bands);
        steps = List.copyOf(steps);
    }

    /** A band by its STAC common name, such as {@code red}, or by its number in the scene, from 1. */
    public record BandSelector(String name, int number) {
        @Override
        public String toString() {
            return number > 0 ? Integer.toString(number) : name;
        }
    }

    /**
     * One script, run once a tile.
     *
     * @param gpu the part of a GPU that it needs: 0 none, below 1 a part of one, else whole ones
     */
    public record Step(String name, String run, Device device, int cpus, int memoryMiB, Duration time, double gpu) {}

    /** The raster that the last step writes: GDAL's type name, its nodata value and the number of bands. */
    public record Output(String type, double nodata, int bands) {}

    /** How the tiles become a product: the resampling is for the overviews. */
    public record Assemble(boolean preview, String compress, String resampling) {}
}
