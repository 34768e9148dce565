package io.swath.planning;

import io.swath.model.Window;
import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.storage.DurableFiles;
import io.swath.storage.Storage;
import io.swath.untrusted.raster.GeoreferenceXml;
import io.swath.untrusted.raster.XmlWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes {@code scene.vrt}: one dataset with exactly the recipe's bands in the recipe's order, for every kind of scene.
 * The VRT names its sources by their paths on the nodes, with a prefix by which no other driver than GTiff opens them: a
 * source that somebody replaces after the scene was accepted is then read as a TIFF or not at all. GDAL reads a prefix
 * before a relative path only from 3.10 on.
 *
 * <p>The format: <a href="https://gdal.org/drivers/raster/vrt.html">GDAL's VRT driver</a>, as of GDAL 3.6.
 */
public final class SceneVrt {
    private static final String WIDTH = "{WIDTH}";
    private static final String HEIGHT = "{HEIGHT}";

    private final SceneInfo scene;
    /** The sources' names, as GDAL opens them on the nodes. */
    private final List<String> files;
    /** The type of the tile that is the only source, whose number and window job.sh fills in; empty for files. */
    private final String tileType;

    private SceneVrt(SceneInfo scene, List<String> files, String tileType) {
        this.scene = scene;
        this.files = files;
        this.tileType = tileType;
    }

    /**
     * Writes the file completely or not at all; an older file is replaced.
     *
     * @param storage the storage to whose root the paths of the scene's sources are relative
     * @param vrt the file to write, below the storage root, in a folder that exists
     * @throws IOException when the file could not be written
     */
    public static void write(SceneInfo scene, Storage storage, Path vrt) throws IOException {
        List<String> files = scene.sources().stream()
                .map(source -> source.prefix() + storage.clusterPath(source.path()))
                .toList();
        write(new SceneVrt(scene, files, ""), storage, vrt);
    }

    /**
     * Writes the VRT of a scene's map: what {@link #write} makes for a scene on a map, but with one tile of the step {@code
     * ortho} as its only source. {@code {TILE}}, {@code {X}}, {@code {Y}}, {@code {WIDTH}} and {@code {HEIGHT}} stand for
     * the tile.
     *
     * @param tileType GDAL's name of the type of the tiles
     */
    static void writeMap(SceneInfo map, String tileType, Storage storage, Path vrt) throws IOException {
        Path work = storage.root().toRealPath().relativize(vrt.getParent().toRealPath());
        String tile = "GTIFF_DIR:1:" + storage.clusterPath(work + "/tiles/ortho/{TILE}.tif");
        write(new SceneVrt(map, List.of(tile), tileType), storage, vrt);
    }

    private static void write(SceneVrt content, Storage storage, Path vrt) throws IOException {
        Path root = storage.root().toRealPath();
        Path folder = vrt.toAbsolutePath().getParent().toRealPath();
        if (!folder.startsWith(root)) {
            throw new IllegalArgumentException(vrt + " is not below the storage root " + root);
        }
        DurableFiles.write(folder.resolve(vrt.getFileName()), content.text());
    }

    private String text() {
        XmlWriter xml = new XmlWriter();
        xml.open("VRTDataset", "rasterXSize", scene.width(), "rasterYSize", scene.height());
        GeoreferenceXml.write(xml, scene.georeference());
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
        boolean signedByte = band.type().equals("Int8");
        xml.open("VRTRasterBand", "dataType", signedByte ? "Int16" : band.type(), "band", number);
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
        sourcePlace(xml, scene.sources().get(band.source()));
        // A band with the alpha colour may be no alpha band: see GeoTiff.alphaBandExcept.
        if (!List.of("Undefined", "Alpha").contains(band.colour())
                && !(band.colour().equals("Palette") && band.palette().isEmpty())) {
            xml.leaf("ColorInterp", band.colour());
        }
        palette(xml, band.palette());
        source(xml, band.source(), Integer.toString(band.number()), signedByte ? "Byte" : band.type(), signedByte);
        xml.close("VRTRasterBand");
    }

    /** For scripts that read larger pixels at their own place: the domain {@code SWATH} of the band's metadata. */
    private void sourcePlace(XmlWriter xml, Source source) {
        boolean larger = source.width() < scene.width() || source.height() < scene.height();
        if (tileType.isEmpty()
                && source.place().isEmpty()
                && larger
                && !source.transform().isEmpty()) {
            String transform = source.transform().stream().map(String::valueOf).collect(Collectors.joining(" "));
            metadata(xml, "SWATH", Map.of("SOURCE_TRANSFORM", transform));
        }
    }

    private void mask(XmlWriter xml) {
        if (scene.alphaBand() == 0 && !scene.datasetMask()) {
            return;
        }
        xml.open("MaskBand");
        xml.open("VRTRasterBand", "dataType", "Byte");
        // Only a scene of one file has a mask. A mask beside that file is the second source.
        if (scene.maskSource() > 0) {
            source(xml, scene.maskSource(), "1", "Byte", false);
        } else {
            source(xml, 0, scene.alphaBand() > 0 ? Integer.toString(scene.alphaBand()) : "mask,1", "Byte", false);
        }
        xml.close("VRTRasterBand");
        xml.close("MaskBand");
    }

    private static void palette(XmlWriter xml, String palette) {
        if (palette.isEmpty()) {
            return;
        }
        xml.open("ColorTable");
        for (String entry : palette.split(" ")) {
            String[] parts = entry.split(",");
            List<Object> attributes = new ArrayList<>();
            for (int index = 0; index < parts.length; index++) {
                attributes.add("c" + (index + 1));
                attributes.add(parts[index]);
            }
            xml.leaf("Entry", "", attributes.toArray());
        }
        xml.close("ColorTable");
    }

    /**
     * If the file's pixels are larger than the scene's, they are repeated (nearest neighbour).
     *
     * @param signedByte whether GDAL below 3.7 reads the pixels as unsigned bytes: the table gives them their sign. Where
     *     GDAL reads them as signed ones, it changes nothing.
     */
    private void source(XmlWriter xml, int index, String band, String type, boolean signedByte) {
        Source source = scene.sources().get(index);
        boolean oneTile = !tileType.isEmpty();
        String kind = signedByte ? "ComplexSource" : "SimpleSource";
        xml.open(kind);
        xml.leaf("SourceFilename", files.get(index), "relativeToVRT", 0);
        xml.leaf("SourceBand", band);
        xml.leaf(
                "SourceProperties",
                "",
                "RasterXSize",
                oneTile ? WIDTH : source.width(),
                "RasterYSize",
                oneTile ? HEIGHT : source.height(),
                "DataType",
                oneTile ? tileType : type,
                "BlockXSize",
                source.blockWidth(),
                "BlockYSize",
                source.blockHeight());
        if (oneTile) {
            xml.leaf("SrcRect", "", "xOff", 0, "yOff", 0, "xSize", WIDTH, "ySize", HEIGHT);
            xml.leaf("DstRect", "", "xOff", "{X}", "yOff", "{Y}", "xSize", WIDTH, "ySize", HEIGHT);
        } else {
            xml.leaf("SrcRect", "", "xOff", 0, "yOff", 0, "xSize", source.width(), "ySize", source.height());
            Window place = source.place().isEmpty()
                    ? new Window(0, 0, scene.width(), scene.height())
                    : source.place().get(0);
            xml.leaf(
                    "DstRect",
                    "",
                    "xOff",
                    place.x(),
                    "yOff",
                    place.y(),
                    "xSize",
                    place.width(),
                    "ySize",
                    place.height());
        }
        if (signedByte) {
            xml.leaf("LUT", "-128:-128,127:127,128:-128,255:-1");
        }
        xml.close(kind);
    }

    private static void put(Map<String, String> metadata, String key, String value) {
        if (!value.isEmpty()) {
            metadata.put(key, value);
        }
    }
}
