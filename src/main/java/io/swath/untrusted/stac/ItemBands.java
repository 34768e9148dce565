package io.swath.untrusted.stac;

import io.swath.model.Recipe.BandChoices;
import io.swath.model.Recipe.BandSelector;
import io.swath.untrusted.Texts;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * Finds the bands of a STAC Item that a recipe asks for, by number or by name. Numbers count through all assets in
 * their order. A name is compared with the common names, then with the bands' names, then with the assets' names; the
 * first match decides.
 *
 * <p>When no band matches {@code nir}, a band with the common name {@code nir08} matches: the narrower near infrared of
 * Landsat 8 and 9 (<a href="https://github.com/stac-extensions/eo#common-band-names">the EO extension's table</a>).
 */
public final class ItemBands {
    private final ToIntFunction<Asset> count;
    private final List<Choice> all = new ArrayList<>();
    private final Item item;

    /**
     * One band of one asset.
     *
     * @param number in the asset's file, from 1
     * @param band the Item's description of the band
     * @param described whether the Item lists the asset's bands
     */
    public record Choice(Asset asset, int number, ItemBand band, boolean described) {
        private String shown() {
            String name = band.commonName().isEmpty() ? band.name() : band.commonName();
            return name.isEmpty() ? asset.key() : name + " in " + asset.key();
        }

        private boolean onlyOneOfAsset() {
            return asset.bands().size() <= 1;
        }
    }

    /** @param count how many bands the file of an asset has */
    public ItemBands(Item item, ToIntFunction<Asset> count) {
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

    /**
     * The first list of which the Item has every band.
     *
     * @throws ItemException when it has none of the lists, or has several bands of a name
     */
    public List<BandSelector> firstOf(BandChoices choices) {
        return choices.firstOf(this::choose, this::missing);
    }

    /**
     * The bands, in the order in which they are wanted.
     *
     * @throws ItemException when the Item does not have one, or has several of a name
     */
    public List<Choice> choose(List<BandSelector> wanted) {
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
        List<Predicate<Choice>> matches = List.of(
                choice -> same(choice.band().commonName(), name),
                choice -> same(choice.band().name(), name),
                choice -> same(choice.asset().key(), name) && choice.onlyOneOfAsset(),
                choice -> same(name, "nir") && same(choice.band().commonName(), "nir08"));
        for (Predicate<Choice> match : matches) {
            List<Choice> found = all.stream().filter(match).toList();
            if (found.size() > 1) {
                throw new ItemException(
                        "",
                        "bands-are-told-apart",
                        found.get(0).asset().field() + " and "
                                + found.get(1).asset().field() + " are both named " + name,
                        "Correct the Item (a picture made of the bands has the role visual or overview), or name the"
                                + " band in the recipe by its own name or its number.");
            }
            if (found.size() == 1) {
                return requireUnambiguous(found.get(0));
            }
        }
        throw missing("band named " + name);
    }

    /** When the Item does not list the bands of a file, the file can be chosen by name only if it has one band. */
    private Choice requireUnambiguous(Choice choice) {
        if (!choice.described() && count.applyAsInt(choice.asset()) != 1) {
            throw new ItemException(
                    "",
                    "bands-are-described",
                    choice.asset().field() + " has several bands and the Item does not say which is which",
                    "List them in the asset's bands, or number the bands in the recipe.");
        }
        return choice;
    }

    private static boolean same(String text, String name) {
        return Texts.composed(text.strip()).equalsIgnoreCase(Texts.composed(name));
    }

    private ItemException missing(String what) {
        String has = all.stream().limit(20).map(Choice::shown).map(Texts::shown).collect(Collectors.joining(", "));
        return new ItemException(
                "",
                BandChoices.MISSING,
                "its assets have no " + what + "; they have " + has + (all.size() > 20 ? " and more" : ""),
                "Give the band's asset a band with that common name, and check that it is a GeoTIFF; or number the"
                        + " bands in the recipe.");
    }
}
