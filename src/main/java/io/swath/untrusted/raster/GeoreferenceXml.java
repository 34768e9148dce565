package io.swath.untrusted.raster;

import io.swath.untrusted.raster.Georeference.Gcp;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes a raster's position as elements of a VRT (<a href="https://gdal.org/drivers/raster/vrt.html">GDAL's VRT driver</a>). */
public final class GeoreferenceXml {
    private GeoreferenceXml() {}

    /** Writes {@code SRS}, {@code GeoTransform} and {@code GCPList}, each where the georeference has it. */
    public static void write(XmlWriter xml, Georeference georeference) {
        if (!georeference.wkt().isEmpty()) {
            if (georeference.axisMapping().isEmpty()) {
                xml.leaf("SRS", georeference.wkt());
            } else {
                xml.leaf("SRS", georeference.wkt(), "dataAxisToSRSAxisMapping", axes(georeference.axisMapping()));
            }
        }
        if (!georeference.geoTransform().isEmpty()) {
            xml.leaf(
                    "GeoTransform",
                    georeference.geoTransform().stream().map(String::valueOf).collect(Collectors.joining(", ")));
        }
        if (!georeference.gcps().isEmpty()) {
            controlPoints(xml, georeference);
        }
    }

    private static void controlPoints(XmlWriter xml, Georeference georeference) {
        if (georeference.gcpAxisMapping().isEmpty()) {
            xml.open("GCPList", "Projection", georeference.gcpWkt());
        } else {
            xml.open(
                    "GCPList",
                    "Projection",
                    georeference.gcpWkt(),
                    "dataAxisToSRSAxisMapping",
                    axes(georeference.gcpAxisMapping()));
        }
        for (Gcp gcp : georeference.gcps()) {
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

    /** A VRT without any pixels, from which GDAL tells what the position means. */
    static String emptyVrt(int width, int height, Georeference georeference) {
        XmlWriter xml = new XmlWriter();
        xml.open("VRTDataset", "rasterXSize", width, "rasterYSize", height);
        write(xml, georeference);
        if (!georeference.rpc().isEmpty()) {
            xml.open("Metadata", "domain", "RPC");
            new TreeMap<>(georeference.rpc()).forEach((key, value) -> xml.leaf("MDI", value, "key", key));
            xml.close("Metadata");
        }
        xml.leaf("VRTRasterBand", "", "dataType", "Byte", "band", 1);
        xml.close("VRTDataset");
        return xml.toString();
    }

    private static String axes(List<Integer> mapping) {
        return mapping.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
