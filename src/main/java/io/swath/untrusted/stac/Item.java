package io.swath.untrusted.stac;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;

/**
 * A <a href="https://github.com/radiantearth/stac-spec/blob/master/item-spec/item-spec.md">STAC Item</a>, as far as it
 * tells what a scene is made of. Immutable but for {@code json}, which nobody should change.
 *
 * @param id as written: anything
 * @param datetime when it was acquired, as written; the beginning where it is a span; empty where it is not said
 * @param assets all of them, in their order
 * @param json all that it says
 */
public record Item(String id, String datetime, List<Asset> assets, ObjectNode json) {
    /** What a file is named that holds a scene's Item, in the scene's folder. */
    public static final String FILE = "item.json";

    /** How long an Item may be. */
    public static final int MOST_BYTES = 1 << 20;

    public Item {
        assets = List.copyOf(assets);
    }

    /**
     * Reads and checks an Item.
     *
     * @param text of at most {@link #MOST_BYTES} bytes
     * @throws ItemException naming the field, the rule and the remedy
     */
    public static Item of(byte[] text) {
        return new ItemReader(text).read();
    }

    /** Those that hold the scene's pixels, in their order; there is at least one. */
    public List<Asset> rasters() {
        return assets.stream().filter(Asset::raster).toList();
    }

    /**
     * The file that an asset names.
     *
     * @param base the folder that a relative href starts from
     * @return absolute; whether it is there, and whether a link leads it elsewhere, is not looked at
     * @throws ItemException when it names none on this machine
     */
    public static Path locate(Asset asset, Path base) {
        return Href.resolve(asset.field("href"), asset.href(), base);
    }
}
