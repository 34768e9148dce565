package io.swath.formats;

import io.swath.untrusted.xml.XmlElement;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The bands that a DIM file of DIMAP version 2 names. */
final class DimapBands {
    private static final int MOST = 1000;
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

    private DimapBands() {}

    /** How to make one GeoTIFF of the tiles: GDAL joins them, and knows no names of bands. */
    static String joining(Path file, XmlElement document) {
        List<ProductBand> bands = of(document, file);
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

    /** @throws FormatException when the document names no bands */
    static List<ProductBand> of(XmlElement document, Path file) {
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
        if (bands.size() > MOST) {
            throw FormatException.tooLarge();
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
}
