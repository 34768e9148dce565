package io.swath.formats;

import io.swath.untrusted.xml.XmlElement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * DIMAP version 2 of Airbus: Pléiades, Pléiades Neo, SPOT 6 and 7. The DIM file lists the image's files and its bands; a
 * VOL file only lists DIM files. Images in several tiles are rejected.
 */
final class Dimap implements SceneFormat {
    /** Colours of the channels in Band_Display_Order; what is shown as alpha is the near infrared. */
    private static final Map<String, String> CHANNELS =
            Map.of("RED_CHANNEL", "red", "GREEN_CHANNEL", "green", "BLUE_CHANNEL", "blue", "ALPHA_CHANNEL", "nir");
    /** Names of bands, where a product has no display order. */
    static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("P", "pan"),
            Map.entry("PAN", "pan"),
            Map.entry("B0", "blue"),
            Map.entry("B1", "green"),
            Map.entry("B2", "red"),
            Map.entry("B3", "nir"),
            Map.entry("R", "red"),
            Map.entry("G", "green"),
            Map.entry("B", "blue"),
            Map.entry("NIR", "nir"),
            Map.entry("RE", "rededge"),
            Map.entry("DB", "coastal"));

    /** A file name that a shell takes as it is. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*");

    @Override
    public String kind() {
        return "dimap";
    }

    @Override
    public Optional<Product> read(ProductFolder folder) throws IOException {
        List<Path> images = new ArrayList<>();
        Map<Path, XmlElement> documents = new HashMap<>();
        for (Path file : folder.xml(List.of("Dimap_Document"))) {
            XmlElement document = folder.readXml(file);
            documents.put(file, document);
            if (document.first("Raster_Data", "Data_Files").isPresent()) {
                images.add(file);
            }
        }
        if (documents.isEmpty()) {
            return Optional.empty();
        }
        ProductBuilder product = new ProductBuilder(kind(), folder);
        for (Map.Entry<Path, XmlElement> document : documents.entrySet()) {
            if (images.isEmpty()
                    && document.getValue().textOf("METADATA_SUBPROFILE").equals("PRODUCT")) {
                throw FormatException.incomplete(document.getKey(), "Data_Files, which names the image");
            }
        }
        if (images.isEmpty()) {
            product.asset("metadata", expected(documents))
                    .roles("metadata")
                    .always()
                    .add();
            return Optional.of(product.build("dimap"));
        }
        XmlElement first = documents.get(images.get(0));
        String name = first.textOf("Dataset_Identification", "DATASET_NAME");
        properties(product, first, documents);
        for (int index = 0; index < images.size(); index++) {
            String key = images.size() == 1 ? "image" : "image-" + (index + 1);
            image(product, key, images.get(index), documents.get(images.get(index)));
        }
        return Optional.of(product.build(
                name.isEmpty() ? images.get(0).getFileName().toString().replaceFirst("(?i)\\.xml$", "") : name));
    }

    /** The DIM file that a VOL file names, while only the VOL file has arrived. */
    private static Path expected(Map<Path, XmlElement> documents) {
        for (Map.Entry<Path, XmlElement> volume : documents.entrySet()) {
            Optional<Path> named = volume.getValue()
                    .all("COMPONENT_PATH")
                    .map(path -> path.attribute("href"))
                    .filter(href -> href.toUpperCase(Locale.ROOT).contains("DIM"))
                    .map(href -> ListedPath.below(volume.getKey(), href))
                    .findFirst();
            if (named.isPresent()) {
                return named.get();
            }
        }
        return Path.of("DIM_….XML");
    }

    private static void image(ProductBuilder product, String key, Path file, XmlElement document) throws IOException {
        List<Path> tiles = document.first("Data_Files").stream()
                .flatMap(list -> list.all("DATA_FILE_PATH"))
                .map(path -> ListedPath.below(file, path.attribute("href")))
                .distinct()
                .toList();
        if (tiles.size() != 1) {
            throw new FormatException(
                    file.toString(),
                    "image-is-one-file",
                    tiles.isEmpty() ? "it names no DATA_FILE_PATH" : "its image has " + tiles.size() + " tiles",
                    tiles.isEmpty() ? "Deliver the product as its producer made it." : joining(file, document));
        }
        List<Path> rpcs = document.all("Rational_Function_Model")
                .flatMap(model -> model.all("COMPONENT_PATH"))
                .map(path -> ListedPath.below(file, path.attribute("href")))
                .toList();
        ProductBuilder.AssetBuilder pixels = product.asset(key, tiles.get(0))
                .bands(bands(document, file))
                .roles("data")
                .companion(key + "-metadata");
        rpcs.forEach(rpc -> pixels.companion(key + "-rpc"));
        pixels.add();
        if (!rpcs.isEmpty()) {
            product.asset(key + "-rpc", rpcs.get(0)).roles("metadata", "rpc").add();
        }
        product.asset(key + "-metadata", file).roles("metadata").always().add();
    }

    /** How to make one GeoTIFF of the tiles: GDAL joins them, and knows no names of bands. */
    private static String joining(Path file, XmlElement document) {
        List<ProductBand> bands = bands(document, file);
        String names = bands.stream()
                .map(band -> band.commonName().isEmpty() ? band.name() : band.commonName())
                .map(name -> "'" + name.replaceAll("[^A-Za-z0-9_]", "_") + "'")
                .collect(Collectors.joining(", "));
        String nodata =
                bands.get(0).nodata().map(value -> "-a_nodata " + value + " ").orElse("");
        String name = file.getFileName().toString();
        return "Order it in one tile, or join the tiles with GDAL, in the product's folder: gdal_translate " + nodata
                + (PLAIN.matcher(name).matches() ? name : "DIM_….XML")
                + " scene.tif && python3 -c \"from osgeo import gdal; d = gdal.Open('scene.tif', 1);"
                + " [d.GetRasterBand(i + 1).SetDescription(n) for i, n in enumerate([" + names
                + "])]\"; then deliver scene.tif.";
    }

    private static List<ProductBand> bands(XmlElement document, Path file) {
        Map<String, String> colours = new HashMap<>();
        document.first("Band_Display_Order")
                .ifPresent(order -> order.children().forEach(channel -> {
                    if (CHANNELS.containsKey(channel.name())) {
                        colours.putIfAbsent(channel.text(), CHANNELS.get(channel.name()));
                    }
                }));
        Optional<String> nodata = document.all("Special_Value")
                .filter(special -> special.textOf("SPECIAL_VALUE_TEXT").equals("NODATA"))
                .findFirst()
                .flatMap(special -> Numbers.nodata(special.textOf("SPECIAL_VALUE_COUNT")));
        List<ProductBand> bands = ids(document).stream()
                .map(id -> {
                    String byName = NAMES.getOrDefault(id.toUpperCase(Locale.ROOT), "");
                    ProductBand band = ProductBand.of(id, byName.isEmpty() ? colours.getOrDefault(id, "") : byName);
                    return nodata.map(band::nodata).orElse(band);
                })
                .toList();
        if (bands.isEmpty()) {
            throw FormatException.incomplete(file, "BAND_ID, which names the bands");
        }
        return bands;
    }

    /** The bands in the file's order: by the index in the raster, else in the order of the list. */
    private static List<String> ids(XmlElement document) {
        List<XmlElement> indexed = document.first("Raster_Index_List").stream()
                .flatMap(list -> list.all("Raster_Index"))
                .filter(index -> Numbers.of(index.textOf("BAND_INDEX")).isPresent())
                .sorted(Comparator.comparingDouble(
                        index -> Numbers.of(index.textOf("BAND_INDEX")).getAsDouble()))
                .toList();
        List<String> listed = (indexed.isEmpty() ? document.all("Band_Radiance") : indexed.stream())
                .map(band -> band.textOf("BAND_ID"))
                .filter(id -> !id.isEmpty())
                .distinct()
                .toList();
        if (!listed.isEmpty()) {
            return listed;
        }
        return document.all("BAND_ID")
                .map(XmlElement::text)
                .filter(id -> !id.isEmpty())
                .distinct()
                .toList();
    }

    private static void properties(ProductBuilder product, XmlElement document, Map<Path, XmlElement> all) {
        XmlElement source = document.first("Strip_Source").isPresent()
                ? document
                : all.values().stream()
                        .filter(other -> other.first("Strip_Source").isPresent())
                        .findFirst()
                        .orElse(document);
        String mission = source.textOf("MISSION").toLowerCase(Locale.ROOT);
        String index = source.textOf("MISSION_INDEX").toLowerCase(Locale.ROOT);
        String zone = source.textOf("IMAGING_TIME");
        product.text("datetime", Times.item(source.textOf("IMAGING_DATE") + "T" + zone))
                .platform(
                        mission,
                        mission.isEmpty() ? "" : mission + "-" + index,
                        List.of(source.textOf("INSTRUMENT").toLowerCase(Locale.ROOT)))
                .cloud(document.textOf("CLOUD_COVERAGE"))
                .number("view:sun_elevation", document.textOf("Solar_Incidences", "SUN_ELEVATION"))
                .number("view:sun_azimuth", document.textOf("Solar_Incidences", "SUN_AZIMUTH"))
                .number("view:incidence_angle", document.textOf("INCIDENCE_ANGLE"))
                .number("gsd", document.textOf("RESAMPLING_SPACING"))
                .text("processing:level", document.textOf("PROCESSING_LEVEL"))
                .corners(document.all("Dataset_Extent")
                        .flatMap(extent -> extent.all("Vertex"))
                        .map(vertex -> List.of(Numbers.of(vertex.textOf("LON")), Numbers.of(vertex.textOf("LAT"))))
                        .toList());
    }
}
