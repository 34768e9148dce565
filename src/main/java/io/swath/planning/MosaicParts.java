package io.swath.planning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.formats.Product;
import io.swath.model.Recipe;
import io.swath.model.Recipe.BandChoices;
import io.swath.model.Recipe.BandSelector;
import io.swath.untrusted.Texts;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.stac.Item;
import io.swath.untrusted.stac.ItemException;
import io.swath.untrusted.stac.ItemReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The scenes of which a mosaic consists. Each is inspected like a scene by itself, but all with the same bands.
 *
 * @param products reads a part that is a product, as a scene by itself
 */
record MosaicParts(
        Path storageRoot, Path itemFile, Item item, GdalInfoCommand gdalinfo, Function<Item, SceneReader> products) {
    private static final int LONGEST_NAME = 100;

    /** One part, by its name. */
    record Inspected(String name, Inspection inspection) {}

    /**
     * Inspects all parts, with the first of the recipe's lists of bands that every part has.
     *
     * @return at least two
     * @throws BadSceneException when a part is invalid, or no list is in all parts
     */
    List<Inspected> inspect(Recipe recipe) {
        BandChoices choices = recipe.bandChoices();
        List<BadSceneException> missing = new ArrayList<>();
        for (List<BandSelector> bands : choices.lists()) {
            try {
                return inspectAll(recipe.forParts(bands));
            } catch (BadSceneException bad) {
                if (!bad.rule().equals(BandChoices.MISSING)) {
                    throw bad;
                }
                missing.add(bad);
            }
        }
        if (missing.size() == 1) {
            throw missing.get(0);
        }
        throw new BadSceneException(
                itemFile,
                BandChoices.MISSING,
                "no list of bands of " + choices + " is in all parts; of the first list, "
                        + missing.get(0).what(),
                "Send parts that all have the bands of one list.");
    }

    private List<Inspected> inspectAll(Recipe recipe) {
        List<Inspected> parts = new ArrayList<>();
        for (JsonNode described : item.json().path("properties").path(Product.PARTS)) {
            String name = Texts.shown(described.path("id").asText(""), LONGEST_NAME);
            parts.add(new Inspected(name, inspect(recipe, parts.size() + 1, name, described)));
        }
        if (parts.size() < 2) {
            throw new BadSceneException(
                    itemFile,
                    "parts-are-several",
                    "the Item describes no parts",
                    "Send the folder with its mosaic.yaml.");
        }
        return parts;
    }

    private Inspection inspect(Recipe recipe, int number, String name, JsonNode described) {
        ObjectNode json = item.json().deepCopy();
        json.set("id", described.path("id"));
        json.set("properties", described.path("properties"));
        ObjectNode assets = json.putObject("assets");
        String prefix = Product.prefixOfPart(number);
        item.json().path("assets").properties().forEach(asset -> {
            if (asset.getKey().startsWith(prefix)) {
                assets.set(asset.getKey().substring(prefix.length()), asset.getValue());
            }
        });
        try {
            Item part = ItemReader.read(json.toString().getBytes(StandardCharsets.UTF_8));
            boolean image =
                    described.path("properties").path(Product.KIND).asText("").equals(Product.GEOTIFF);
            Inspection inspection = image
                    ? new GeoTiffScene(storageRoot, onlyFile(part), gdalinfo).inspect(recipe)
                    : products.apply(part).inspect(recipe);
            return withoutMask(inspection);
        } catch (ItemException bad) {
            throw new BadSceneException(itemFile, bad.rule(), "of the part " + name + ", " + bad.what(), bad.remedy());
        } catch (BadSceneException bad) {
            throw new BadSceneException(
                    itemFile,
                    bad.rejection().rule(),
                    "of the part " + name + ", " + bad.rejection().what(),
                    bad.rejection().remedy());
        }
    }

    private Path onlyFile(Item part) {
        return new AssetFiles(storageRoot, itemFile, gdalinfo)
                .path(part.rasters().get(0));
    }

    private Inspection withoutMask(Inspection part) {
        if (part.info().alphaBand() > 0 || part.info().datasetMask()) {
            throw new BadSceneException(
                    itemFile,
                    "masks-are-nodata",
                    "the file has a mask or an alpha band, which cannot be joined with the other parts'",
                    "Write the masked pixels with a nodata value, without the mask: gdalwarp -dstnodata 0 in.tif out.tif.");
        }
        return part;
    }
}
