package io.swath.planning;

import io.swath.model.Recipe;
import io.swath.model.Recipe.BandSelector;
import io.swath.model.Window;
import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.GeoTiff;
import io.swath.untrusted.raster.Georeference;
import io.swath.untrusted.raster.TiffHeader;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/** A scene that is one GeoTIFF with all its bands. */
final class GeoTiffScene implements SceneReader {
    private final Path storageRoot;
    private final Path file;
    private final GdalInfoCommand gdalinfo;

    /** Both paths are real: absolute, with no link in them. */
    GeoTiffScene(Path storageRoot, Path file, GdalInfoCommand gdalinfo) {
        this.storageRoot = storageRoot;
        this.file = file;
        this.gdalinfo = gdalinfo;
    }

    @Override
    public Inspection inspect(Recipe recipe) {
        InspectedFile inspected = InspectedFile.of(file, gdalinfo);
        GeoTiff tiff = inspected.tiff();
        AcceptedScenes.check(file, recipe, Sensors.of(tiff.info()));
        TiffHeader header = tiff.header();
        BandChooser chooser = new BandChooser(tiff);
        List<BandSelector> wanted = chooser.firstOf(recipe.bandChoices());
        List<SourceBand> bands = chooser.choose(wanted);
        Georeference place = MapRule.place(file, recipe, tiff.info(), gdalinfo);
        AcquisitionTime time = AcquisitionTime.of(tiff.info());
        SceneMask mask = SceneMask.of(tiff, bands);
        List<Source> sources = Source.withMask(inspected, storageRoot);
        SceneInfo scene = new SceneInfo(
                sources.get(0).path(),
                tiff.bytes(),
                header.width(),
                header.height(),
                header.blockWidth(),
                header.blockHeight(),
                sources,
                bands,
                mask.alphaBand(),
                mask.datasetMask(),
                mask.source(),
                place,
                time.instant(),
                time.source(),
                tiff.info().item("", "TIFFTAG_DATETIME"),
                Acquisition.of(tiff.info()),
                Rectification.NONE);
        scene.rejectTooManyTiles(file, recipe);
        // A block that was never written reads as nodata, or as 0 where no nodata is declared: then 0 is a value.
        boolean unwrittenIsEmpty = mask.alphaBand() > 0
                || bands.stream().noneMatch(band -> band.nodata().isEmpty());
        Predicate<Window> neverEmpty = window -> false;
        return new Inspection(
                scene, wanted, unwrittenIsEmpty ? header.emptyBlocks() : neverEmpty, Sensors.of(tiff.info()));
    }
}
