package io.swath.untrusted.raster;

import io.swath.untrusted.raster.AuxiliaryXml.Auxiliary;
import io.swath.untrusted.raster.CompanionFiles.Kind;
import io.swath.untrusted.raster.GdalInfo.Band;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Adds what a GeoTIFF's companions say to what GDAL found in the file itself, in GDAL's order of precedence (<a
 * href="https://gdal.org/drivers/raster/gtiff.html#georeferencing">GDAL_GEOREF_SOURCES</a>): {@code .aux.xml}, then the file,
 * then the world file. A coordinate system of a {@code .prj} and coefficients of a file count where neither
 * {@code .aux.xml} nor the file has any.
 */
final class Companions {
    private final Path tiff;
    private final CompanionFiles files;
    private final GdalInfoCommand gdalinfo;
    private final GdalInfo info;
    private final Auxiliary auxiliary;

    Companions(GdalInfo info, CompanionFiles files, GdalInfoCommand gdalinfo) {
        this.tiff = files.tiff();
        this.files = files;
        this.gdalinfo = gdalinfo;
        this.info = info;
        this.auxiliary = files.of(Kind.AUXILIARY).map(AuxiliaryXml::read).orElseGet(Auxiliary::new);
    }

    /**
     * What the file and its companions say together.
     *
     * @throws BadSceneException when a companion cannot be used, naming it
     * @throws SceneUnavailableException when a companion could not be read now
     */
    GdalInfo applied() {
        if (files.files().isEmpty()) {
            return info;
        }
        Map<String, Map<String, String>> metadata = new HashMap<>(info.metadata());
        auxiliary.metadata.forEach((domain, items) -> {
            Map<String, String> merged = new LinkedHashMap<>(metadata.getOrDefault(domain, Map.of()));
            merged.putAll(items);
            metadata.put(domain, merged);
        });
        List<Band> bands = info.bands().stream().map(this::band).toList();
        return new GdalInfo(info.width(), info.height(), bands, georeference(), metadata);
    }

    private Georeference georeference() {
        Georeference own = info.georeference();
        List<Double> transform = transform(own);
        boolean onMap = !own.geoTransform().isEmpty() && !own.wkt().isEmpty();
        boolean controlPoints = auxiliary.geoTransform.isEmpty() && !auxiliary.gcps.isEmpty() && !onMap;
        Map<String, String> rpc = rpc(own);
        rejectUnusedPlace(transform, rpc);
        Georeference said = new Georeference(
                controlPoints ? List.of() : transform,
                system(own),
                0,
                auxiliary.system.isEmpty() ? (own.wkt().isEmpty() ? List.of() : own.axisMapping()) : auxiliary.axes,
                controlPoints ? auxiliary.gcps : own.gcps(),
                controlPoints ? auxiliary.gcpSystem : own.gcpWkt(),
                controlPoints ? auxiliary.gcpAxes : own.gcpAxisMapping(),
                rpc,
                auxiliary.metadata.getOrDefault("", Map.of()).getOrDefault("AREA_OR_POINT", own.areaOrPoint()),
                List.of());
        return gdalinfo.locate(tiff, info.width(), info.height(), said);
    }

    private String system(Georeference own) {
        if (!auxiliary.system.isEmpty()) {
            return auxiliary.system;
        }
        return own.wkt().isEmpty()
                ? files.of(Kind.PROJECTION).map(gdalinfo::system).orElse("")
                : own.wkt();
    }

    private List<Double> transform(Georeference own) {
        if (!auxiliary.geoTransform.isEmpty()) {
            return auxiliary.geoTransform;
        }
        return own.geoTransform().isEmpty() && own.gcps().isEmpty()
                ? files.of(Kind.WORLD).map(WorldFile::read).orElse(List.of())
                : own.geoTransform();
    }

    private Map<String, String> rpc(Georeference own) {
        if (auxiliary.metadata.containsKey("RPC")) {
            return auxiliary.metadata.get("RPC");
        }
        return own.rpc().isEmpty() ? files.of(Kind.RPC).map(RpcFile::read).orElse(Map.of()) : own.rpc();
    }

    /** A scene must not lose its place in silence because Swath does not read the companion that has it. */
    private void rejectUnusedPlace(List<Double> transform, Map<String, String> rpc) {
        boolean placed = !transform.isEmpty()
                || !rpc.isEmpty()
                || !auxiliary.gcps.isEmpty()
                || !info.georeference().gcps().isEmpty();
        if (!placed && (files.of(Kind.TABLE).isPresent() || auxiliary.arcGisTransform)) {
            throw CompanionText.bad(
                    files.of(Kind.TABLE).orElseGet(() -> files.files().get(Kind.AUXILIARY)),
                    "the place of the scene is in a form that Swath does not read",
                    "Write the place into a world file (.tfw) and its coordinate system into a .prj.");
        }
    }

    /** GDAL takes nodata, colour and metadata from {@code .aux.xml} first, the rest from the file first. */
    private Band band(Band own) {
        Map<String, String> said = auxiliary.bands.getOrDefault(own.number(), Map.of());
        Map<String, String> metadata = new LinkedHashMap<>(own.metadata());
        metadata.putAll(auxiliary.bandMetadata.getOrDefault(own.number(), Map.of()));
        boolean scaled = own.scale() != 1 || own.offset() != 0;
        List<String> flags = new ArrayList<>(own.maskFlags());
        if (said.containsKey("NoDataValue") && flags.equals(List.of("ALL_VALID"))) {
            flags = List.of("NODATA");
        }
        return new Band(
                own.number(),
                own.description().isEmpty() ? said.getOrDefault("Description", "") : own.description(),
                own.type(),
                said.getOrDefault("ColorInterp", own.colour()),
                nodata(said.get("NoDataValue"), own.nodata()),
                own.blockWidth(),
                own.blockHeight(),
                scaled ? own.scale() : number(said.get("Scale"), own.scale()),
                scaled ? own.offset() : number(said.get("Offset"), own.offset()),
                own.unit().isEmpty() ? said.getOrDefault("UnitType", "") : own.unit(),
                flags,
                own.palette(),
                metadata);
    }

    private String nodata(String said, String own) {
        if (said == null || said.isEmpty()) {
            return own;
        }
        String lower = said.toLowerCase(Locale.ROOT);
        if (List.of("nan", "inf", "-inf").contains(lower)) {
            return lower;
        }
        CompanionText.number(files.files().get(Kind.AUXILIARY), said);
        return said.matches("-?\\d+\\.0*") ? said.substring(0, said.indexOf('.')) : said;
    }

    private double number(String said, double own) {
        return said == null || said.isEmpty()
                ? own
                : CompanionText.number(files.files().get(Kind.AUXILIARY), said);
    }
}
