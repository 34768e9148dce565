package io.swath.planning;

import io.swath.formats.Product;
import io.swath.model.Recipe;
import io.swath.model.Window;
import io.swath.planning.MosaicGrid.Part;
import io.swath.planning.MosaicParts.Inspected;
import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.untrusted.Texts;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.stac.Item;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Several scenes that one Item describes, on one grid. Each part is inspected like a scene by itself. The bands of the whole are
 * those of the first part, then those of the second, and so on; each has the scale, offset and nodata of its part. All parts
 * have the same bands.
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
        List<Inspected> inspected = new MosaicParts(storageRoot, itemFile, item, gdalinfo, products).inspect(recipe);
        List<Inspection> inspections =
                inspected.stream().map(Inspected::inspection).toList();
        List<Part> parts = inspected.stream()
                .map(part -> new Part(part.name(), part.inspection().info()))
                .toList();
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
                            "Send parts of one kind, or give the band's scale and offset in a scene.yaml (docs/scenes.md) and list"
                                    + " its folder as the part.");
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
