package io.swath.untrusted.raster;

import io.swath.untrusted.raster.Georeference.Gcp;
import io.swath.untrusted.xml.XmlStreams;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads GDAL's {@code .aux.xml} (<a href="https://gdal.org/development/rfc/rfc45_satistics.html">the PAM file</a>) as far
 * as it changes what pixels or their place mean. Statistics, histograms and attribute tables are skipped. Not thread-safe.
 */
final class AuxiliaryXml {
    private static final int DEEPEST = 30;
    private static final int MOST_GCPS = 100_000;

    private final Path file;
    private final XMLStreamReader xml;
    private final Auxiliary found = new Auxiliary();

    /** What the file says; what it does not say is empty. */
    static final class Auxiliary {
        final List<Double> geoTransform = new ArrayList<>();
        final Map<String, Map<String, String>> metadata = new HashMap<>();
        final Map<Integer, Map<String, String>> bands = new HashMap<>();
        final Map<Integer, Map<String, String>> bandMetadata = new HashMap<>();
        final List<Gcp> gcps = new ArrayList<>();
        String system = "";
        List<Integer> axes = List.of();
        String gcpSystem = "";
        List<Integer> gcpAxes = List.of();
        boolean arcGisTransform;
    }

    private AuxiliaryXml(Path file, XMLStreamReader xml) {
        this.file = file;
        this.xml = xml;
    }

    /** @throws BadSceneException when the file is not valid XML, or holds what is no number where one must be */
    static Auxiliary read(Path file) {
        byte[] text = CompanionText.bytes(file);
        try {
            return new AuxiliaryXml(file, XmlStreams.open(text, false)).read();
        } catch (XMLStreamException wrong) {
            BadSceneException bad = CompanionText.bad(file, "it is not valid XML", "Make it again, or remove it.");
            bad.initCause(wrong);
            throw bad;
        }
    }

    private Auxiliary read() throws XMLStreamException {
        List<String> path = new ArrayList<>();
        int band = 0;
        String domain = "";
        while (xml.hasNext()) {
            int event = xml.next();
            if (event == XMLStreamConstants.END_ELEMENT) {
                path.remove(path.size() - 1);
            } else if (event == XMLStreamConstants.START_ELEMENT) {
                path.add(xml.getLocalName());
                if (path.size() > DEEPEST) {
                    throw CompanionText.bad(file, "it is nested too deeply", "Make it again.");
                }
                String at = String.join("/", path);
                if (at.equals("PAMDataset/PAMRasterBand")) {
                    band = (int) CompanionText.number(file, attribute("band"));
                } else if (at.endsWith("/Metadata")) {
                    domain = attribute("domain");
                } else if (at.endsWith("/GeodataXform")) {
                    found.arcGisTransform = true;
                }
                if (value(at, band, domain)) {
                    path.remove(path.size() - 1); // reading its text has passed its end
                }
            }
        }
        return found;
    }

    /** Reads an element that has only text. Returns whether it was one. */
    private boolean value(String at, int band, String domain) throws XMLStreamException {
        switch (at) {
            case "PAMDataset/SRS" -> {
                found.axes = axes();
                found.system = wkt(xml.getElementText().strip());
            }
            case "PAMDataset/GeoTransform" -> transform(xml.getElementText());
            case "PAMDataset/GCPList" -> {
                found.gcpSystem = wkt(attribute("Projection"));
                found.gcpAxes = axes();
                return false;
            }
            case "PAMDataset/GCPList/GCP" -> {
                addGcp();
                return false;
            }
            case "PAMDataset/Metadata/MDI" ->
                item(found.metadata.computeIfAbsent(domain, first -> new LinkedHashMap<>()));
            case "PAMDataset/PAMRasterBand/Metadata/MDI" -> {
                Map<String, String> items = new LinkedHashMap<>();
                item(items);
                if (domain.isEmpty()) {
                    found.bandMetadata
                            .computeIfAbsent(band, first -> new LinkedHashMap<>())
                            .putAll(items);
                }
            }
            case "PAMDataset/PAMRasterBand/Description",
                    "PAMDataset/PAMRasterBand/NoDataValue",
                    "PAMDataset/PAMRasterBand/UnitType",
                    "PAMDataset/PAMRasterBand/Offset",
                    "PAMDataset/PAMRasterBand/Scale",
                    "PAMDataset/PAMRasterBand/ColorInterp" -> {
                String name = xml.getLocalName();
                found.bands
                        .computeIfAbsent(band, first -> new HashMap<>())
                        .put(name, xml.getElementText().strip());
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void item(Map<String, String> items) throws XMLStreamException {
        String key = attribute("key");
        items.put(key, xml.getElementText());
    }

    private void transform(String text) {
        String[] words = text.strip().split("[\\s,]+");
        Arrays.stream(words).limit(7).forEach(word -> found.geoTransform.add(CompanionText.number(file, word)));
        if (words.length != 6) {
            throw CompanionText.bad(file, "its GeoTransform has not six numbers", "Make it again.");
        }
    }

    private void addGcp() {
        if (found.gcps.size() >= MOST_GCPS) {
            throw CompanionText.bad(file, "it has more than " + MOST_GCPS + " control points", "Send fewer.");
        }
        String z = attribute("Z").isEmpty() ? attribute("GCPZ") : attribute("Z");
        found.gcps.add(new Gcp(
                attribute("Id"),
                attribute("Info"),
                CompanionText.number(file, attribute("Pixel")),
                CompanionText.number(file, attribute("Line")),
                CompanionText.number(file, attribute("X")),
                CompanionText.number(file, attribute("Y")),
                z.isEmpty() ? 0 : CompanionText.number(file, z)));
    }

    /** GDAL would take other texts for the name of a file or an address, and open it. */
    private String wkt(String text) {
        if (text.isEmpty() || text.matches("(?s)[A-Za-z0-9_]{3,20}\\s*\\[.*")) {
            return text;
        }
        throw CompanionText.bad(file, "its coordinate system is not WKT", "Write it as WKT.");
    }

    /** Which axis of the system each axis of the data is, such as 2,1; empty where GDAL decides. */
    private List<Integer> axes() {
        String text = attribute("dataAxisToSRSAxisMapping");
        return text.matches("-?\\d(,-?\\d){1,2}")
                ? Arrays.stream(text.split(",")).map(Integer::valueOf).toList()
                : List.of();
    }

    private String attribute(String name) {
        String value = xml.getAttributeValue(null, name);
        return value == null ? "" : value;
    }
}
