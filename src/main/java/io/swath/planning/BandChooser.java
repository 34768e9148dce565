package io.swath.planning;

import io.swath.model.Recipe.BandChoices;
import io.swath.model.Recipe.BandSelector;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.untrusted.Texts;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfo;
import io.swath.untrusted.raster.GdalInfo.Band;
import io.swath.untrusted.raster.GeoTiff;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Finds the bands of one GeoTIFF that a recipe asks for, by number or by name. A name is looked up in these places, and
 * the first place that has it decides:
 *
 * <ol>
 *   <li>the bands' descriptions,
 *   <li>the bands' metadata, as in {@code common_name=nir},
 *   <li>the file's metadata, as in ENVI's {@code Band_1=nir},
 *   <li>the colour interpretation of bands without a description.
 * </ol>
 */
final class BandChooser {
    private static final List<String> NAME_KEYS =
            List.of("common_name", "eo:common_name", "band_name", "bandname", "name", "standard_name", "long_name");

    private static final int LONGEST_DESCRIPTION = 40;

    private final Path file;
    private final GdalInfo info;

    BandChooser(GeoTiff tiff) {
        this.file = tiff.file();
        this.info = tiff.info();
    }

    /**
     * The first list of which the file has every band.
     *
     * @throws BadSceneException when it has none of the lists
     */
    List<BandSelector> firstOf(BandChoices choices) {
        return choices.firstOf(this::choose, this::missing);
    }

    List<SourceBand> choose(List<BandSelector> wanted) {
        List<SourceBand> chosen = new ArrayList<>();
        for (BandSelector selector : wanted) {
            Band band = selector.number() > 0 ? byNumber(selector.number()) : byName(selector.name());
            String name = selector.number() > 0 ? band.description() : selector.name();
            chosen.add(new SourceBand(
                    0,
                    band.number(),
                    name,
                    band.type(),
                    GeoTiff.nodata(band),
                    band.scale(),
                    band.offset(),
                    band.unit(),
                    band.colour(),
                    band.palette()));
        }
        return chosen;
    }

    private Band byNumber(int number) {
        if (number > info.bands().size()) {
            throw missing("band " + number);
        }
        return info.bands().get(number - 1);
    }

    private Band byName(String name) {
        List<Function<Band, List<String>>> sources = List.of(
                band -> List.of(band.description()),
                BandChooser::namesInMetadata,
                band -> List.of(info.item("", "Band_" + band.number())),
                band -> band.description().isBlank() ? List.of(band.colour()) : List.of());
        for (Function<Band, List<String>> source : sources) {
            List<Band> found = info.bands().stream()
                    .filter(band -> source.apply(band).stream().anyMatch(text -> same(text, name)))
                    .toList();
            if (found.size() > 1) {
                throw new BadSceneException(
                        file,
                        "bands-are-told-apart",
                        "bands " + found.get(0).number() + " and "
                                + found.get(1).number() + " are both named " + name,
                        "Correct the bands' descriptions, or number the bands in the recipe.");
            }
            if (found.size() == 1) {
                return found.get(0);
            }
        }
        throw missing("band named " + name);
    }

    private static List<String> namesInMetadata(Band band) {
        return band.metadata().entrySet().stream()
                .filter(item -> NAME_KEYS.contains(item.getKey().toLowerCase(Locale.ROOT)))
                .map(item -> item.getValue())
                .toList();
    }

    private static boolean same(String text, String name) {
        return Texts.composed(text.strip()).equalsIgnoreCase(Texts.composed(name));
    }

    private BadSceneException missing(String what) {
        String has = info.bands().stream()
                .limit(20)
                .map(band -> band.number() + " ("
                        + (band.description().isBlank()
                                ? band.colour()
                                : Texts.shown(band.description(), LONGEST_DESCRIPTION))
                        + ")")
                .collect(Collectors.joining(", "));
        return new BadSceneException(
                file,
                BandChoices.MISSING,
                "it has no " + what + "; it has " + has + (info.bands().size() > 20 ? " and more" : ""),
                "Name the bands (in GDAL's Python: gdal.Open(FILE, gdal.GA_Update).GetRasterBand(4).SetDescription('nir')),"
                        + " or number them in the recipe.");
    }
}
