package io.swath.planning;

import io.swath.formats.FormatException;
import io.swath.formats.LandsatScales;
import io.swath.model.Recipe;
import io.swath.model.Recipe.BandSelector;
import io.swath.planning.AssetFiles.AssetFile;
import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfo.Band;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.GeoTiff;
import io.swath.untrusted.raster.Georeference;
import io.swath.untrusted.raster.Nodata;
import io.swath.untrusted.raster.SceneUnavailableException;
import io.swath.untrusted.stac.Item;
import io.swath.untrusted.stac.ItemBand;
import io.swath.untrusted.stac.ItemBands;
import io.swath.untrusted.stac.ItemBands.Choice;
import io.swath.untrusted.stac.ItemException;
import io.swath.untrusted.stac.ItemReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A scene of one or more GeoTIFFs that a STAC Item describes. Only the files that hold the recipe's bands are inspected.
 * Where the Item gives a band's nodata, scale, offset or unit, it takes precedence over the file.
 */
final class StacScene implements SceneReader {
    private final Path storageRoot;
    private final Path itemFile;
    private final AssetFiles files;
    private final GdalInfoCommand gdalinfo;
    private final Optional<Item> part;
    private Optional<LandsatScales> landsat = Optional.empty();

    /** Both paths are real: absolute, with no link in them. */
    StacScene(Path storageRoot, Path itemFile, GdalInfoCommand gdalinfo) {
        this(storageRoot, itemFile, gdalinfo, Optional.empty());
    }

    /** @param part one of the scenes that the Item of a mosaic describes; empty for what the Item itself describes */
    StacScene(Path storageRoot, Path itemFile, GdalInfoCommand gdalinfo, Optional<Item> part) {
        this.storageRoot = storageRoot;
        this.itemFile = itemFile;
        this.gdalinfo = gdalinfo;
        this.part = part;
        this.files = new AssetFiles(storageRoot, itemFile, gdalinfo);
    }

    @Override
    public Inspection inspect(Recipe recipe) {
        Item item = part.orElseGet(this::readItem);
        if (part.isEmpty() && MosaicScene.isMosaic(item)) {
            return new MosaicScene(
                            storageRoot,
                            itemFile,
                            item,
                            gdalinfo,
                            one -> new StacScene(storageRoot, itemFile, gdalinfo, Optional.of(one)))
                    .inspect(recipe);
        }
        AcceptedScenes.check(itemFile, recipe, item, Sensors.of(item));
        landsat = files.landsatScales(item);
        ItemBands itemBands = new ItemBands(item, files::bandCount);
        List<BandSelector> wanted = found(() -> itemBands.firstOf(recipe.bandChoices()));
        List<Choice> choices = found(() -> itemBands.choose(wanted));
        Map<Path, AssetFile> byPath = new LinkedHashMap<>();
        List<AssetFile> fileOfBand = new ArrayList<>();
        for (Choice choice : choices) {
            Path path = files.path(choice.asset());
            AssetFile file = byPath.computeIfAbsent(path, absent -> files.inspect(choice.asset(), absent));
            checkBandCount(choice, file.file());
            fileOfBand.add(file);
        }
        List<AssetFile> sources = List.copyOf(byPath.values());
        SourceAgreement agreement = new SourceAgreement(itemFile, sources);
        GeoTiff finest = agreement.finest();
        List<SourceBand> bands = new ArrayList<>();
        for (int index = 0; index < choices.size(); index++) {
            AssetFile file = fileOfBand.get(index);
            String name = wanted.get(index).name();
            bands.add(band(choices.get(index), name, sources.indexOf(file), file.file()));
        }
        agreement.rejectSeveralMasks(bands);
        SceneMask mask = sources.size() == 1 ? SceneMask.of(finest, bands) : SceneMask.NONE;
        Georeference georeference = MapRule.place(itemFile, recipe, finest.info(), gdalinfo);
        AcquisitionTime time = AcquisitionTime.of(item, finest.info());
        SceneInfo scene = new SceneInfo(
                storageRoot.relativize(itemFile).toString(),
                sources.stream().mapToLong(source -> source.file().bytes()).sum(),
                finest.header().width(),
                finest.header().height(),
                finest.header().blockWidth(),
                finest.header().blockHeight(),
                sources.size() == 1
                        ? Source.withMask(sources.get(0).inspected(), storageRoot)
                        : sources.stream()
                                .map(source -> Source.of(source.inspected(), storageRoot))
                                .toList(),
                bands,
                mask.alphaBand(),
                mask.datasetMask(),
                mask.source(),
                georeference,
                time.instant(),
                time.source(),
                finest.info().item("", "TIFFTAG_DATETIME"),
                Acquisition.of(item),
                Rectification.NONE);
        scene.rejectTooManyTiles(itemFile, recipe);
        List<GeoTiff> tiffs = sources.stream().map(AssetFile::file).toList();
        return new Inspection(
                scene, wanted, new EmptyWindows(scene, tiffs, mask.alphaBand() > 0), Sensors.of(item, finest.info()));
    }

    private Item readItem() {
        try (InputStream content = Files.newInputStream(itemFile)) {
            return ItemReader.read(content.readNBytes(ItemReader.MOST_BYTES + 1));
        } catch (ItemException bad) {
            throw files.badScene(bad);
        } catch (IOException failed) {
            throw SceneUnavailableException.unreadable(itemFile, failed);
        }
    }

    private <T> List<T> found(Supplier<List<T>> bands) {
        try {
            return bands.get();
        } catch (ItemException bad) {
            throw files.badScene(bad);
        }
    }

    private void checkBandCount(Choice choice, GeoTiff file) {
        List<Band> bands = file.info().bands();
        int described = choice.asset().bands().size();
        boolean alphaNotDescribed =
                bands.size() == described + 1 && bands.get(described).colour().equals("Alpha");
        if (choice.described() && bands.size() != described && !alphaNotDescribed) {
            throw new BadSceneException(
                    itemFile,
                    "bands-are-described",
                    choice.asset().field("bands") + " describes " + described + " bands and the file has "
                            + bands.size(),
                    "Describe each band of the file once, in the file's order.");
        }
    }

    private SourceBand band(Choice choice, String recipeName, int source, GeoTiff file) {
        Band inFile = file.info().bands().get(choice.number() - 1);
        ItemBand inItem = scaled(choice.band(), file.file().getFileName().toString(), inFile);
        String itemName = inItem.commonName().isEmpty() ? inItem.name() : inItem.commonName();
        return new SourceBand(
                source,
                choice.number(),
                firstNotEmpty(recipeName, firstNotEmpty(itemName, inFile.description())),
                inFile.type(),
                Nodata.of(inItem.nodata(), inFile.type()).orElseGet(() -> nodataOfFile(inItem, inFile)),
                inItem.scale().orElse(inFile.scale()),
                inItem.offset().orElse(inFile.offset()),
                firstNotEmpty(inItem.unit(), inFile.unit()),
                inFile.colour(),
                inFile.palette());
    }

    /** With the scale and offset of Landsat's MTL file, where neither the Item nor the band's file has any. */
    private ItemBand scaled(ItemBand inItem, String fileName, Band inFile) {
        boolean known = inItem.scale().isPresent() || inItem.offset().isPresent();
        if (known || inFile.scale() != 1 || inFile.offset() != 0 || landsat.isEmpty()) {
            return inItem;
        }
        try {
            return landsat.get()
                    .of(fileName)
                    .map(scale -> inItem.withScale(scale.scale(), scale.offset()))
                    .orElse(inItem);
        } catch (FormatException bad) {
            throw new BadSceneException(itemFile, bad.rule(), bad.what(), bad.remedy());
        }
    }

    /** The Item's nodata takes precedence, also one that marks nothing because no pixel of the type can have it. */
    private static String nodataOfFile(ItemBand inItem, Band inFile) {
        return inItem.nodata().isEmpty() ? GeoTiff.nodata(inFile) : "";
    }

    private static String firstNotEmpty(String first, String second) {
        return first.isEmpty() ? second : first;
    }
}
