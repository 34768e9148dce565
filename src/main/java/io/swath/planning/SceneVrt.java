package io.swath.planning;

import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.storage.Storage;
import io.swath.untrusted.raster.Georeference;
import io.swath.untrusted.raster.Georeference.Gcp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes {@code scene.vrt}: one dataset with exactly the recipe's bands in the recipe's order, whatever the scene is
 * made of. The sources are named relative to the VRT, so that it opens under any prefix of the storage.
 *
 * <p>The format: <a href="https://gdal.org/drivers/raster/vrt.html">GDAL's VRT driver</a>, as of GDAL 3.6.
 */
public final class SceneVrt {
    private final SceneInfo scene;
    /** Each source's file, relative to the VRT. */
    private final List<String> files;

    private SceneVrt(SceneInfo scene, List<String> files) {
        this.scene = scene;
        this.files = files;
    }

    /**
     * Writes the file in one step: it is there whole or not at all, and an older one is replaced.
     *
     * @param storageRoot that the paths of the scene's sources are relative to
     * @param vrt the file to write, below the storage root, in a folder that exists
     * @throws IOException when it could not be written
     */
    public static void write(SceneInfo scene, Path storageRoot, Path vrt) throws IOException {
        Path root = storageRoot.toRealPath();
        Path folder = vrt.toAbsolutePath().getParent().toRealPath();
        if (!folder.startsWith(root)) {
            throw new IllegalArgumentException(vrt + " is not below the storage root " + root);
        }
        List<String> files = scene.sources().stream()
                .map(source -> folder.relativize(root.resolve(source.path())).toString())
                .toList();
        Storage.write(folder.resolve(vrt.getFileName()), new SceneVrt(scene, files).text());
    }

    private String text() {
        XmlWriter xml = new XmlWriter();
        xml.open("VRTDataset", "rasterXSize", scene.width(), "rasterYSize", scene.height());
        place(xml, scene.georeference());
        Map<String, String> metadata = new TreeMap<>();
        put(metadata, "AREA_OR_POINT", scene.georeference().areaOrPoint());
        put(metadata, "TIFFTAG_DATETIME", scene.tiffDatetime());
        metadata(xml, "", metadata);
        metadata(xml, "RPC", scene.georeference().rpc());
        int number = 0;
        for (SourceBand band : scene.bands()) {
            number++;
            band(xml, number, band);
        }
        mask(xml);
        xml.close("VRTDataset");
        return xml.toString();
    }

    private static void place(XmlWriter xml, Georeference place) {
        if (!place.wkt().isEmpty()) {
            xml.leaf("SRS", place.wkt(), "dataAxisToSRSAxisMapping", axes(place.axisMapping()));
        }
        if (!place.geoTransform().isEmpty()) {
            xml.leaf(
                    "GeoTransform",
                    place.geoTransform().stream().map(String::valueOf).collect(Collectors.joining(", ")));
        }
        if (!place.gcps().isEmpty()) {
            xml.open("GCPList", "Projection", place.gcpWkt(), "dataAxisToSRSAxisMapping", axes(place.gcpAxisMapping()));
            for (Gcp gcp : place.gcps()) {
                xml.leaf(
                        "GCP",
                        "",
                        "Id",
                        gcp.id(),
                        "Info",
                        gcp.info(),
                        "Pixel",
                        gcp.pixel(),
                        "Line",
                        gcp.line(),
                        "X",
                        gcp.x(),
                        "Y",
                        gcp.y(),
                        "Z",
                        gcp.z());
            }
            xml.close("GCPList");
        }
    }

    private static void metadata(XmlWriter xml, String domain, Map<String, String> items) {
        if (items.isEmpty()) {
            return;
        }
        if (domain.isEmpty()) {
            xml.open("Metadata");
        } else {
            xml.open("Metadata", "domain", domain);
        }
        new TreeMap<>(items).forEach((key, value) -> xml.leaf("MDI", value, "key", key));
        xml.close("Metadata");
    }

    private void band(XmlWriter xml, int number, SourceBand band) {
        xml.open("VRTRasterBand", "dataType", band.type(), "band", number);
        if (!band.name().isEmpty()) {
            xml.leaf("Description", band.name());
        }
        if (!band.unit().isEmpty()) {
            xml.leaf("UnitType", band.unit());
        }
        if (band.offset() != 0 || band.scale() != 1) {
            xml.leaf("Offset", String.valueOf(band.offset()));
            xml.leaf("Scale", String.valueOf(band.scale()));
        }
        if (!band.nodata().isEmpty()) {
            xml.leaf("NoDataValue", band.nodata());
        }
        // A palette stays behind, and a named fourth band is no alpha: see GeoTiffScene.
        if (!List.of("Undefined", "Palette", "Alpha").contains(band.colour())) {
            xml.leaf("ColorInterp", band.colour());
        }
        source(xml, band.source(), Integer.toString(band.number()), band.type());
        xml.close("VRTRasterBand");
    }

    private void mask(XmlWriter xml) {
        if (scene.alphaBand() == 0 && !scene.datasetMask()) {
            return;
        }
        xml.open("MaskBand");
        xml.open("VRTRasterBand", "dataType", "Byte");
        // Only a scene of one file has a mask.
        source(xml, 0, scene.alphaBand() > 0 ? Integer.toString(scene.alphaBand()) : "mask,1", "Byte");
        xml.close("VRTRasterBand");
        xml.close("MaskBand");
    }

    /** Where the file's pixels are larger than the scene's, each is taken for several: nearest neighbour. */
    private void source(XmlWriter xml, int index, String band, String type) {
        Source source = scene.sources().get(index);
        xml.open("SimpleSource");
        xml.leaf("SourceFilename", files.get(index), "relativeToVRT", 1);
        xml.leaf("SourceBand", band);
        xml.leaf(
                "SourceProperties",
                "",
                "RasterXSize",
                source.width(),
                "RasterYSize",
                source.height(),
                "DataType",
                type,
                "BlockXSize",
                source.blockWidth(),
                "BlockYSize",
                source.blockHeight());
        xml.leaf("SrcRect", "", "xOff", 0, "yOff", 0, "xSize", source.width(), "ySize", source.height());
        xml.leaf("DstRect", "", "xOff", 0, "yOff", 0, "xSize", scene.width(), "ySize", scene.height());
        xml.close("SimpleSource");
    }

    private static String axes(List<Integer> mapping) {
        return mapping.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static void put(Map<String, String> metadata, String key, String value) {
        if (!value.isEmpty()) {
            metadata.put(key, value);
        }
    }
}
