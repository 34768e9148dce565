package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.planning.ItemBands.Choice;
import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfo.Band;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.GdalUnavailableException;
import io.swath.untrusted.raster.TiffHeader;
import io.swath.untrusted.stac.Asset;
import io.swath.untrusted.stac.Item;
import io.swath.untrusted.stac.ItemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A scene of several GeoTIFFs that a STAC Item describes. The files that hold the recipe's bands are looked into, and
 * only they; what the Item says of a band (nodata, scale, offset, unit) wins over what its file says.
 */
final class StacScene implements SceneReader {
    private final Path storageRoot;
    private final Path file;
    private final SceneFile files;
    private final GdalInfoCommand gdalinfo;

    /** Both paths are real: absolute, with no link in them. */
    StacScene(Path storageRoot, Path file, GdalInfoCommand gdalinfo) {
        this.storageRoot = storageRoot;
        this.file = file;
        this.files = new SceneFile(storageRoot);
        this.gdalinfo = gdalinfo;
    }

    @Override
    public Inspection inspect(Recipe recipe) {
        Item item = read();
        List<Choice> choices = new ItemBands(
                        file,
                        item,
                        asset -> in(asset, path -> TiffHeader.of(path).bands()))
                .choose(recipe.bands());
        Map<Path, Raster> rasters = new LinkedHashMap<>();
        Map<Path, Asset> assets = new LinkedHashMap<>();
        for (Choice choice : choices) {
            Path path = files.real(file, choice.asset().field("href"), located(choice.asset()));
            rasters.computeIfAbsent(path, one -> in(choice.asset(), here -> Raster.look(here, gdalinfo)));
            assets.putIfAbsent(path, choice.asset());
            checkBands(choice, rasters.get(path));
        }
        Raster finest = finest(rasters, assets);
        List<Path> order = List.copyOf(rasters.keySet());
        List<SourceBand> bands = new ArrayList<>();
        for (int index = 0; index < choices.size(); index++) {
            Choice choice = choices.get(index);
            Path path = files.real(file, choice.asset().field("href"), located(choice.asset()));
            bands.add(band(choice, recipe.bands().get(index).name(), order.indexOf(path), rasters.get(path)));
        }
        int alpha = rasters.size() == 1 ? finest.alphaBand(bands) : 0;
        boolean mask = rasters.size() == 1 && alpha == 0 && finest.datasetMask();
        if (rasters.size() > 1) {
            refuseMasks(rasters, assets, bands);
        }
        SceneInfo scene = new SceneInfo(
                storageRoot.relativize(file).toString(),
                rasters.values().stream().mapToLong(Raster::bytes).sum(),
                finest.header().width(),
                finest.header().height(),
                finest.header().blockWidth(),
                finest.header().blockHeight(),
                rasters.values().stream().map(this::source).toList(),
                bands,
                alpha,
                mask,
                finest.info().georeference(),
                AcquisitionTime.of(item.datetime()).orElseGet(() -> AcquisitionTime.of(finest.info())),
                finest.info().item("", "TIFFTAG_DATETIME"));
        GeoTiffScene.checkTiles(file, scene, recipe);
        List<Raster> all = List.copyOf(rasters.values());
        return new Inspection(scene, new EmptyEverywhere(scene, all, alpha > 0), Sensors.of(item, finest.info()));
    }

    private Item read() {
        try (InputStream content = Files.newInputStream(file)) {
            return Item.of(content.readNBytes(Item.MOST_BYTES + 1));
        } catch (ItemException bad) {
            throw bad(bad);
        } catch (IOException failed) {
            throw new GdalUnavailableException(
                    "Tried to read " + file + " but failed because of " + failed + "; nothing is lost, try again",
                    failed);
        }
    }

    private Path located(Asset asset) {
        try {
            return Item.locate(asset, file.getParent());
        } catch (ItemException bad) {
            throw bad(bad);
        }
    }

    private BadSceneException bad(ItemException bad) {
        String at = bad.field().isEmpty() ? "" : "of " + bad.field() + ", ";
        return new BadSceneException(file, bad.rule(), at + bad.what(), bad.remedy());
    }

    private interface Look<T> {
        T at(Path path);
    }

    /** Looks into an asset's file; what is wrong with it is told with the asset's name. */
    private <T> T in(Asset asset, Look<T> look) {
        Path path = files.real(file, asset.field("href"), located(asset));
        try {
            return look.at(path);
        } catch (BadSceneException bad) {
            throw new BadSceneException(
                    file, bad.rule(), "of " + asset.field("href") + ", " + bad.what(), bad.remedy());
        }
    }

    private void checkBands(Choice choice, Raster raster) {
        int has = raster.info().bands().size();
        int said = choice.asset().bands().size();
        boolean mask =
                has == said + 1 && raster.info().bands().get(has - 1).colour().equals("Alpha");
        if (choice.described() && has != said && !mask) {
            throw new BadSceneException(
                    file,
                    "bands-are-described",
                    choice.asset().field("bands") + " describes " + said + " bands and the file has " + has,
                    "Describe each band of the file once, in the file's order.");
        }
    }

    private Raster finest(Map<Path, Raster> rasters, Map<Path, Asset> assets) {
        Raster finest = rasters.values().stream()
                .max(Comparator.comparingLong(
                        one -> (long) one.header().width() * one.header().height()))
                .orElseThrow();
        SharedGrid grid = new SharedGrid(finest);
        rasters.forEach((path, raster) -> {
            Optional<String> differs = grid.differs(raster);
            if (differs.isPresent()) {
                throw new BadSceneException(
                        file,
                        "bands-cover-the-same-ground",
                        "assets." + assets.get(path).key() + " " + differs.get() + ", compared with assets."
                                + assets.get(finest.file()).key(),
                        "Bring the files onto one grid: gdalwarp -t_srs … -te … in.tif out.tif");
            }
        });
        return finest;
    }

    private SourceBand band(Choice choice, String name, int source, Raster raster) {
        Band own = raster.info().bands().get(choice.number() - 1);
        in(choice.asset(), path -> {
            Raster.refuseSignedBytes(path, own);
            return path;
        });
        String described = choice.said().commonName().isEmpty()
                ? choice.said().name()
                : choice.said().commonName();
        String fallback = described.isEmpty() ? own.description() : described;
        return new SourceBand(
                source,
                choice.number(),
                name.isEmpty() ? fallback : name,
                own.type(),
                choice.said().nodata().isEmpty() ? own.nodata() : choice.said().nodata(),
                choice.said().scale().orElse(own.scale()),
                choice.said().offset().orElse(own.offset()),
                choice.said().unit().isEmpty() ? own.unit() : choice.said().unit(),
                own.colour());
    }

    /** A VRT has one mask for all its bands; several files' masks cannot be joined in it. */
    private void refuseMasks(Map<Path, Raster> rasters, Map<Path, Asset> assets, List<SourceBand> bands) {
        List<Path> order = List.copyOf(rasters.keySet());
        rasters.forEach((path, raster) -> {
            Set<Integer> asked = bands.stream()
                    .filter(band -> band.source() == order.indexOf(path))
                    .map(SourceBand::number)
                    .collect(Collectors.toSet());
            if (raster.alphaBandBeside(asked) > 0 || raster.datasetMask()) {
                throw new BadSceneException(
                        file,
                        "masks-are-nodata",
                        "of " + assets.get(path).field("href") + ", the file has a mask or an alpha band, which"
                                + " cannot be joined with the other files'",
                        "Write the masked pixels with a nodata value, without the mask: gdalwarp -dstnodata 0.");
            }
        });
    }

    private Source source(Raster raster) {
        return new Source(
                storageRoot.relativize(raster.file()).toString(),
                raster.header().width(),
                raster.header().height(),
                raster.header().blockWidth(),
                raster.header().blockHeight());
    }
}
