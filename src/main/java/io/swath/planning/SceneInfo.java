package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.model.Tile;
import io.swath.model.TileCut;
import io.swath.model.Window;
import io.swath.storage.FileIdentity;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GeoTiff;
import io.swath.untrusted.raster.Georeference;
import io.swath.untrusted.raster.TiffHeader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A scene as its recipe reads it: exactly the recipe's bands, in the recipe's order. The record is stored as JSON, and
 * reading that JSON gives an equal record. Unknown values are empty, never null. Immutable.
 *
 * @param raster the scene's GeoTIFF, or the STAC Item that describes the scene; relative to the storage root, so that
 *     the path is the same on the nodes
 * @param bytes the size of all files that are read
 * @param width in pixels of the finest band
 * @param height in pixels
 * @param blockWidth pixels of a block as its file stores them; the whole width for strips
 * @param blockHeight in pixels
 * @param sources the files that hold the bands; older JSON has no sources, and then {@code raster} is the only source
 * @param alphaBand the number of the alpha band, which marks valid pixels, 0 for none; only with one source
 * @param datasetMask whether a mask that is not a band marks valid pixels; only with one source
 * @param maskSource the index of the source whose band 1 is that mask; 0 for the mask of the only source itself
 * @param datetime when the scene was acquired, or when its acquisition began, or else when its file was made; an ISO 8601
 *     instant
 * @param datetimeFrom where that time is from; older JSON does not know
 * @param tiffDatetime TIFFTAG_DATETIME as written
 * @param acquisition what is known about how the scene was taken, by STAC's names and with STAC's types; older JSON has none
 * @param rectification how its pixels are put onto a map; then everything else here is of the image; older JSON has none
 */
public record SceneInfo(
        String raster,
        long bytes,
        int width,
        int height,
        int blockWidth,
        int blockHeight,
        List<Source> sources,
        List<SourceBand> bands,
        int alphaBand,
        boolean datasetMask,
        int maskSource,
        Georeference georeference,
        String datetime,
        TimeSource datetimeFrom,
        String tiffDatetime,
        Map<String, Object> acquisition,
        Rectification rectification) {
    private static final int MOST_TILES = 1_000_000;

    public SceneInfo {
        sources = sources == null
                ? List.of(new Source(
                        raster, width, height, blockWidth, blockHeight, "", FileIdentity.UNKNOWN, List.of(), List.of()))
                : List.copyOf(sources);
        bands = List.copyOf(bands);
        datetimeFrom = datetimeFrom == null ? TimeSource.METADATA : datetimeFrom;
        acquisition = acquisition == null ? Map.of() : Map.copyOf(acquisition);
        rectification = rectification == null ? Rectification.NONE : rectification;
    }

    /** The scene with the place of its image, from which it is put onto a map. */
    SceneInfo rectified(Georeference image, Rectification onto) {
        return new SceneInfo(
                raster,
                bytes,
                width,
                height,
                blockWidth,
                blockHeight,
                sources,
                bands,
                alphaBand,
                datasetMask,
                maskSource,
                image,
                datetime,
                datetimeFrom,
                tiffDatetime,
                acquisition,
                onto);
    }

    /** The width of what the recipe reads, in pixels: of the map, if the scene is put onto one. */
    public int gridWidth() {
        return rectification.isNone() ? width : rectification.width();
    }

    /** Bytes of one pixel, of all bands that the recipe reads. */
    public int pixelBytes() {
        return bands.stream().mapToInt(band -> bytes(band.type())).sum();
    }

    /** @param type GDAL's name: {@code Byte}, or a name that ends with the bits of a number or of each half of a complex one */
    private static int bytes(String type) {
        String bits = type.replaceAll("\\D", "");
        return bits.isEmpty() ? 1 : Integer.parseInt(bits) / 8 * (type.startsWith("C") ? 2 : 1);
    }

    /** Whether its pixels lie in the sensor's image, and it is put onto a map. */
    public boolean hasMap() {
        return !rectification.isNone();
    }

    /** As {@link #gridWidth}. */
    public int gridHeight() {
        return rectification.isNone() ? height : rectification.height();
    }

    /** Where the time of a scene is from. */
    public enum TimeSource {
        /** The scene's STAC Item or the product's own metadata. */
        METADATA,
        /** As METADATA, but an interval, which {@code acquisition} has. */
        INTERVAL,
        /** The tag DateTime of a TIFF, which is the time of the file. */
        FILE,
        NONE
    }

    /**
     * A file of the scene. It covers the whole scene, or a part of a mosaic, perhaps with larger pixels.
     *
     * @param path relative to the storage root
     * @param prefix what GDAL needs before the path to open the file with its GTiff driver alone; older JSON has none
     * @param identity which file it was; older JSON has none
     * @param place the part of the scene that it covers, in the scene's pixels; empty for the whole scene, as in older JSON
     * @param transform where the file's own pixels lie on the map, as planning has found it: the file may say something else.
     *     Empty if nothing says it, as in older JSON
     */
    public record Source(
            String path,
            int width,
            int height,
            int blockWidth,
            int blockHeight,
            String prefix,
            FileIdentity identity,
            List<Window> place,
            List<Double> transform) {
        public Source {
            transform = transform == null ? List.of() : List.copyOf(transform);
            place = place == null ? List.of() : List.copyOf(place);
            prefix = prefix == null ? "" : prefix;
            identity = identity == null ? FileIdentity.UNKNOWN : identity;
        }

        /** The same file as a part of a larger scene. */
        Source at(Window part) {
            return new Source(path, width, height, blockWidth, blockHeight, prefix, identity, List.of(part), transform);
        }

        static Source of(InspectedFile file, Path storageRoot) {
            return of(file.tiff(), file.identity(), storageRoot);
        }

        /** The file itself, and the file with its mask if there is one. */
        static List<Source> withMask(InspectedFile file, Path storageRoot) {
            Source source = of(file, storageRoot);
            return file.tiff()
                    .mask()
                    .map(mask -> List.of(source, of(mask, file.maskIdentity(), storageRoot)))
                    .orElse(List.of(source));
        }

        private static Source of(GeoTiff tiff, FileIdentity identity, Path storageRoot) {
            TiffHeader header = tiff.header();
            return new Source(
                    storageRoot.relativize(tiff.file()).toString(),
                    header.width(),
                    header.height(),
                    header.blockWidth(),
                    header.blockHeight(),
                    tiff.prefix(),
                    identity,
                    List.of(),
                    tiff.info().georeference().geoTransform());
        }
    }

    /**
     * One band that the recipe asked for.
     *
     * @param source the index of the file that holds the band, from 0
     * @param number the band's number in that file, from 1
     * @param name the recipe's name for the band; for a band that the recipe numbers, the file's name for it
     * @param type GDAL's name, such as {@code UInt16}; {@code Int8} for signed bytes, which scripts see as {@code Int16}
     * @param nodata as GDAL's tools read it, exactly; empty for none
     * @param scale value = stored number x scale + offset
     * @param colour GDAL's colour interpretation
     * @param palette the colours of the values from 0 on, as {@code 1,2,3,255 4,5,6,255}; older JSON has none
     */
    public record SourceBand(
            int source,
            int number,
            String name,
            String type,
            String nodata,
            double scale,
            double offset,
            String unit,
            String colour,
            String palette) {
        public SourceBand {
            palette = palette == null ? "" : palette;
        }

        /** The same band, in a list of sources where its file has another index. */
        SourceBand inSource(int index) {
            return new SourceBand(index, number, name, type, nodata, scale, offset, unit, colour, palette);
        }
    }

    /**
     * The ways to cut the scene that its recipe allows: with the largest side, and with a half, a quarter and so on of it,
     * except those with more than a million tiles.
     *
     * @return the largest side first; at least that one
     */
    List<TileCut> cuts(Recipe recipe) {
        List<TileCut> cuts = new ArrayList<>();
        for (int side = recipe.tiling().size().most();
                side >= recipe.tiling().size().least();
                side /= 2) {
            if (cuts.isEmpty() || !isTooMany(recipe, side)) {
                TileGrid grid = grid(recipe, side);
                Tile middle = grid.tile(grid.rows() / 2 * grid.columns() + grid.columns() / 2);
                cuts.add(new TileCut(side, grid.size(), 1e-6 * middle.read().pixels() * pixelBytes()));
            }
        }
        return cuts;
    }

    /** The tiles into which the recipe cuts the scene, with this side in pixels, before it is rounded to whole blocks. */
    TileGrid grid(Recipe recipe, int tileSize) {
        boolean image = rectification.isNone();
        return TileGrid.of(
                gridWidth(),
                gridHeight(),
                image ? blockWidth : MapGrid.BLOCK,
                image ? blockHeight : MapGrid.BLOCK,
                tileSize,
                recipe.tiling().overlap());
    }

    private boolean isTooMany(Recipe recipe, int side) {
        // A rough check first, because the grid itself could overflow.
        boolean farTooMany = (long) (gridWidth() / side) * (gridHeight() / side) > 4L * MOST_TILES;
        return farTooMany || grid(recipe, side).size() > MOST_TILES;
    }

    /** @throws BadSceneException when the recipe would cut the scene into too many tiles */
    void rejectTooManyTiles(Path file, Recipe recipe) {
        int side = recipe.tiling().size().most();
        if (isTooMany(recipe, side)) {
            throw new BadSceneException(
                    file,
                    "tiles-are-few",
                    "it would be cut into more than " + MOST_TILES + " tiles of " + side + " pixels",
                    "Give the recipe " + recipe.name() + " a larger tile size.");
        }
    }
}
