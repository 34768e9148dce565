package io.swath.planning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.formats.Product;
import io.swath.model.Recipe;
import io.swath.model.Window;
import io.swath.planning.MosaicGrid.Part;
import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.untrusted.Texts;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.stac.Asset;
import io.swath.untrusted.stac.Item;
import io.swath.untrusted.stac.ItemException;
import io.swath.untrusted.stac.ItemReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Several scenes that one Item describes, on one grid. Each part is inspected like a scene by itself. The bands of the whole are
 * those of the first part, then those of the second, and so on; each has the scale, offset and nodata of its part.
 */
final class MosaicScene implements SceneReader {
    private static final int LONGEST_NAME = 100;

    private final Path storageRoot;
    private final Path itemFile;
    private final Item item;
    private final GdalInfoCommand gdalinfo;
    private final Function<Item, SceneReader> products;

    /** @param products reads a part that is a product, as a scene by itself */
    MosaicScene(
            Path storageRoot,
            Path itemFile,
            Item item,
            GdalInfoCommand gdalinfo,
            Function<Item, SceneReader> products) {
        this.storageRoot = storageRoot;
        this.itemFile = itemFile;
        this.item = item;
        this.gdalinfo = gdalinfo;
        this.products = products;
    }

    static boolean isMosaic(Item item) {
        return item.json().path("properties").path(Product.KIND).asText("").equals(Recipe.MOSAIC);
    }

    @Override
    public Inspection inspect(Recipe recipe) {
        AcceptedScenes.checkMosaic(itemFile, recipe);
        List<Part> parts = new ArrayList<>();
        List<Inspection> inspections = new ArrayList<>();
        for (JsonNode described : item.json().path("properties").path(Product.PARTS)) {
            String name = Texts.shown(described.path("id").asText(""), LONGEST_NAME);
            Inspection part = inspect(recipe, parts.size() + 1, name, described);
            inspections.add(part);
            parts.add(new Part(name, part.info()));
        }
        if (parts.size() < 2) {
            throw new BadSceneException(
                    itemFile,
                    "parts-are-several",
                    "the Item describes no parts",
                    "Send the folder with its mosaic.yaml.");
        }
        rejectDifferentValues(parts);
        MosaicGrid grid = MosaicGrid.of(itemFile, parts);
        SceneInfo scene = scene(parts, grid);
        scene.rejectTooManyTiles(itemFile, recipe);
        return new Inspection(
                scene,
                inspections.get(0).bands(),
                empty(inspections, grid.places()),
                inspections.stream()
                        .flatMap(part -> part.sensors().stream())
                        .distinct()
                        .toList());
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
                    ? new GeoTiffScene(storageRoot, onlyFile(part), gdalinfo).inspect(recipe.forParts())
                    : products.apply(part).inspect(recipe.forParts());
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
        Asset asset = part.rasters().get(0);
        return new AssetFiles(storageRoot, itemFile, gdalinfo).path(asset);
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

    /** Reflectances and stored numbers cannot be mixed. Files of floating point have their values without a scale. */
    private void rejectDifferentValues(List<Part> parts) {
        List<SourceBand> first = parts.get(0).scene().bands();
        for (Part part : parts) {
            for (int index = 0; index < first.size(); index++) {
                SourceBand band = part.scene().bands().get(index);
                boolean sameUnit = band.unit().isEmpty()
                        || first.get(index).unit().isEmpty()
                        || band.unit().equals(first.get(index).unit());
                if (isScaled(band) != isScaled(first.get(index)) || !sameUnit) {
                    throw new BadSceneException(
                            itemFile,
                            "parts-have-one-kind-of-value",
                            "band " + band.name() + " has " + values(first.get(index)) + " in "
                                    + parts.get(0).name() + " and " + values(band) + " in " + part.name(),
                            "Send parts of one kind, or give the band's scale and offset in a scene.yaml (docs/scenes.md).");
                }
            }
        }
    }

    private static boolean isScaled(SourceBand band) {
        return band.scale() != 1 || band.offset() != 0 || band.type().startsWith("Float");
    }

    private static String values(SourceBand band) {
        return isScaled(band)
                ? "values with a scale" + (band.unit().isEmpty() ? "" : " in " + Texts.shown(band.unit(), LONGEST_NAME))
                : "stored numbers without a scale";
    }

    private SceneInfo scene(List<Part> parts, MosaicGrid grid) {
        List<Source> sources = new ArrayList<>();
        List<SourceBand> bands = new ArrayList<>();
        long bytes = 0;
        for (int index = 0; index < parts.size(); index++) {
            SceneInfo scene = parts.get(index).scene();
            Window place = grid.places().get(index);
            int before = sources.size();
            scene.sources().forEach(source -> sources.add(source.at(place)));
            scene.bands().forEach(band -> bands.add(band.inSource(before + band.source())));
            bytes += scene.bytes();
        }
        MosaicFacts facts = MosaicFacts.of(parts);
        return new SceneInfo(
                storageRoot.relativize(itemFile).toString(),
                bytes,
                grid.width(),
                grid.height(),
                MapGrid.BLOCK,
                MapGrid.BLOCK,
                sources,
                bands,
                0,
                false,
                0,
                grid.georeference(),
                facts.datetime(),
                facts.source(),
                "",
                facts.acquisition(),
                Rectification.NONE);
    }

    /** A window is empty when all parts are empty in it. */
    private static Predicate<Window> empty(List<Inspection> parts, List<Window> places) {
        return window -> {
            for (int index = 0; index < parts.size(); index++) {
                Window place = places.get(index);
                int left = Math.max(window.x(), place.x());
                int top = Math.max(window.y(), place.y());
                long right = Math.min((long) window.x() + window.width(), (long) place.x() + place.width());
                long bottom = Math.min((long) window.y() + window.height(), (long) place.y() + place.height());
                if (left < right && top < bottom) {
                    Window within =
                            new Window(left - place.x(), top - place.y(), (int) (right - left), (int) (bottom - top));
                    if (!parts.get(index).empty().test(within)) {
                        return false;
                    }
                }
            }
            return true;
        };
    }
}
