package io.swath.untrusted.stac;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;

/**
 * A <a href="https://github.com/radiantearth/stac-spec/blob/master/item-spec/item-spec.md">STAC Item</a>: the parts
 * that describe a scene's files. Immutable, except for {@code json}, which callers must not change.
 *
 * @param id as written; any text
 * @param datetime of the acquisition as written, or the start of a range of time; may be empty
 * @param assets in their order
 * @param json the whole Item
 */
public record Item(String id, String datetime, List<Asset> assets, ObjectNode json) {
    /** The name of the file with the Item in a scene's folder. */
    public static final String FILE = "item.json";

    public Item {
        assets = List.copyOf(assets);
    }

    /**
     * The assets with the scene's pixels, in their order; at least one. Catalogues may list each band as GeoTIFF and as JPEG
     * 2000: then the GeoTIFF counts.
     */
    public List<Asset> rasters() {
        List<Asset> tiffs = assets.stream()
                .filter(asset -> asset.raster() && !asset.jpeg2000())
                .toList();
        return assets.stream()
                .filter(Asset::raster)
                .filter(asset -> !asset.jpeg2000() || tiffs.stream().noneMatch(asset::repeats))
                .toList();
    }

    /**
     * The MTL files of Landsat that the Item names, if it lists no scale for some raster, as the Items of the USGS. The MTL
     * has the scale.
     */
    public List<Asset> landsatMetadata() {
        return rasters().stream().allMatch(Asset::hasScale)
                ? List.of()
                : assets.stream().filter(Asset::isLandsatMetadata).toList();
    }

    /**
     * The file that an asset names.
     *
     * @param base the folder that a relative href starts from
     * @return absolute; the file may be missing, or may be a link
     * @throws ItemException when the asset names no file on this machine
     */
    public static Path locate(Asset asset, Path base) {
        return Href.resolve(asset.field("href"), asset.href(), base);
    }
}
