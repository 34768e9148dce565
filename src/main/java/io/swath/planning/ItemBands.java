package io.swath.planning;

import io.swath.model.Recipe.BandSelector;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.stac.Asset;
import io.swath.untrusted.stac.Item;
import io.swath.untrusted.stac.ItemBand;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * Finds the bands that a recipe asks for among those of a STAC Item: by number, counted through its assets in their
 * order; or by name, which is a common name, or else a band's name, or else the asset's. The first of these that knows
 * the name decides.
 *
 * <p>Where no band is {@code nir}, {@code nir08} is: the common name of the narrower near infrared of Landsat 8 and 9
 * (<a href="https://github.com/stac-extensions/eo#common-band-names">the EO extension's table</a>).
 */
final class ItemBands {
    private final Path file;
    private final ToIntFunction<Asset> count;
    private final List<Choice> all = new ArrayList<>();
    private final Item item;

    /**
     * One band.
     *
     * @param number in the asset's file, from 1
     * @param said what the Item says of it
     * @param described whether the Item says how many bands the asset has
     */
    record Choice(Asset asset, int number, ItemBand said, boolean described) {
        private String shown() {
            String name = said.commonName().isEmpty() ? said.name() : said.commonName();
            return name.isEmpty() ? asset.key() : name + " in " + asset.key();
        }

        private boolean alone() {
            return asset.bands().size() <= 1;
        }
    }

    /** {@code count} tells how many bands the file of an asset has. */
    ItemBands(Path file, Item item, ToIntFunction<Asset> count) {
        this.file = file;
        this.item = item;
        this.count = count;
        for (Asset asset : item.rasters()) {
            for (int index = 0; index < asset.bands().size(); index++) {
                all.add(new Choice(asset, index + 1, asset.bands().get(index), true));
            }
            if (asset.bands().isEmpty()) {
                all.add(new Choice(asset, 1, asset.every(), false));
            }
        }
    }

    List<Choice> choose(List<BandSelector> wanted) {
        return wanted.stream()
                .map(selector -> selector.number() > 0 ? byNumber(selector.number()) : byName(selector.name()))
                .toList();
    }

    private Choice byNumber(int number) {
        int before = 0;
        for (Asset asset : item.rasters()) {
            boolean described = !asset.bands().isEmpty();
            int has = described ? asset.bands().size() : count.applyAsInt(asset);
            int within = number - before;
            if (within <= has) {
                return new Choice(asset, within, described ? asset.bands().get(within - 1) : asset.every(), described);
            }
            before += has;
        }
        throw missing("band " + number + ", but " + before);
    }

    private Choice byName(String name) {
        List<Predicate<Choice>> levels = List.of(
                band -> same(band.said().commonName(), name),
                band -> same(band.said().name(), name),
                band -> same(band.asset().key(), name) && band.alone(),
                band -> same(name, "nir") && same(band.said().commonName(), "nir08"));
        for (Predicate<Choice> level : levels) {
            List<Choice> found = all.stream().filter(level).toList();
            if (found.size() > 1) {
                throw new BadSceneException(
                        file,
                        "bands-are-told-apart",
                        "assets." + found.get(0).asset().key() + " and assets."
                                + found.get(1).asset().key() + " both claim to be " + name,
                        "Correct the Item (a picture made of the bands has the role visual or overview), or name the"
                                + " band in the recipe by its own name or its number.");
            }
            if (found.size() == 1) {
                return single(found.get(0));
            }
        }
        throw missing("band named " + name);
    }

    /** A file of which the Item does not say what is in it can only be meant as a whole. */
    private Choice single(Choice choice) {
        if (!choice.described() && count.applyAsInt(choice.asset()) != 1) {
            throw new BadSceneException(
                    file,
                    "bands-are-described",
                    "assets." + choice.asset().key() + " has several bands and the Item does not say which is which",
                    "List them in the asset's bands, or number the bands in the recipe.");
        }
        return choice;
    }

    private static boolean same(String text, String name) {
        return text.strip().equalsIgnoreCase(name);
    }

    private BadSceneException missing(String what) {
        String has = all.stream()
                .limit(20)
                .map(Choice::shown)
                .map(text -> text.replaceAll("\\p{Cntrl}", " "))
                .map(text -> text.length() > 60 ? text.substring(0, 60) + "…" : text)
                .collect(Collectors.joining(", "));
        return new BadSceneException(
                file,
                "bands-are-there",
                "its assets have no " + what + "; they have " + has + (all.size() > 20 ? " and more" : ""),
                "Give the asset that is meant a band with that common name, and see that it is a GeoTIFF; or number the"
                        + " bands in the recipe.");
    }
}
