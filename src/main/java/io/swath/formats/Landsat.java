package io.swath.formats;

import io.swath.formats.ProductBuilder.AssetBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Landsat Level 1 and Level 2 of Collection 1 and 2, of OLI, TIRS, ETM+, TM and MSS. The MTL file lists the files; the
 * angle coefficients (ANG) are no part of the list.
 */
final class Landsat implements SceneFormat {
    private static final String BAND = "FILE_NAME_BAND_";
    private static final Pattern ENDING =
            Pattern.compile("(_SR|_ST)?_(B[0-9A-Z]+|QA)(_[A-Z0-9_]+)?\\.TIFF?$", Pattern.CASE_INSENSITIVE);
    /** Keys of files with flags for each pixel, and what their bands are called. */
    private static final Map<String, String> QUALITY = Map.of(
            "FILE_NAME_BAND_QUALITY", "bqa", // Collection 1: other bits than those of Collection 2
            "FILE_NAME_QUALITY_L1_PIXEL", "qa_pixel",
            "FILE_NAME_QUALITY_L1_RADIOMETRIC_SATURATION", "qa_radsat",
            "FILE_NAME_QUALITY_L2_AEROSOL", "qa_aerosol",
            "FILE_NAME_QUALITY_L2_SURFACE_REFLECTANCE_CLOUD", "sr_cloud_qa",
            "FILE_NAME_QUALITY_L2_SURFACE_TEMPERATURE", "st_qa");

    @Override
    public String kind() {
        return "landsat";
    }

    @Override
    public Optional<Product> read(ProductFolder folder) throws IOException {
        List<LandsatMetadata> found = LandsatMetadata.find(folder);
        if (found.size() > 1) {
            throw FormatException.several(
                    kind(), found.get(0).name(), found.get(1).name());
        }
        if (found.isEmpty()) {
            return Optional.empty();
        }
        LandsatMetadata metadata = found.get(0);
        ProductBuilder product = new ProductBuilder(kind(), folder);
        properties(product, metadata);
        List<Map.Entry<String, String>> bands = new ArrayList<>();
        for (Map.Entry<String, String> entry : metadata.contents().entrySet()) {
            if (entry.getKey().startsWith(BAND) && !QUALITY.containsKey(entry.getKey())) {
                bands.add(entry);
            }
        }
        if (bands.isEmpty()) {
            throw FormatException.incomplete(metadata.file(), BAND + "… in PRODUCT_CONTENTS or PRODUCT_METADATA");
        }
        LandsatBand radiometry = new LandsatBand(metadata);
        for (Map.Entry<String, String> entry : bands) {
            ProductBand band = radiometry.band(entry.getKey().substring(BAND.length()));
            asset(folder, product, metadata, band, entry.getValue())
                    .roles("data")
                    .add();
        }
        for (Map.Entry<String, String> entry : metadata.contents().entrySet()) {
            if (QUALITY.containsKey(entry.getKey())) {
                ProductBand band = ProductBand.of(QUALITY.get(entry.getKey()), "");
                asset(folder, product, metadata, band, entry.getValue())
                        .roles("data", "quality")
                        .add();
            }
        }
        product.asset("mtl", metadata.file()).roles("metadata").always().add();
        return Optional.of(product.build(metadata.name().isEmpty() ? "landsat" : metadata.name()));
    }

    private static void properties(ProductBuilder product, LandsatMetadata metadata) {
        String spacecraft = metadata.attribute("SPACECRAFT_ID").toLowerCase(Locale.ROOT);
        List<String> instruments =
                List.of(metadata.attribute("SENSOR_ID").toLowerCase(Locale.ROOT).split("_"));
        product.text(
                        "datetime",
                        Times.item(metadata.attribute("DATE_ACQUIRED") + "T" + metadata.attribute("SCENE_CENTER_TIME")))
                .platform(
                        "landsat",
                        spacecraft.replaceFirst("^landsat_?", "landsat-"),
                        instruments.stream().map(Landsat::instrument).toList())
                .cloud(metadata.attribute("CLOUD_COVER"))
                .number("view:sun_elevation", metadata.attribute("SUN_ELEVATION"))
                .number("view:sun_azimuth", metadata.attribute("SUN_AZIMUTH"))
                .number("view:off_nadir", Numbers.size(metadata.attribute("ROLL_ANGLE")))
                .number("gsd", metadata.attribute("GRID_CELL_SIZE_REFLECTIVE"))
                .text("processing:level", metadata.level())
                .corners(List.of(
                        corner(metadata, "UL"),
                        corner(metadata, "LL"),
                        corner(metadata, "LR"),
                        corner(metadata, "UR")));
    }

    private static String instrument(String name) {
        return name.equals("etm") ? "etm+" : name;
    }

    private static List<OptionalDouble> corner(LandsatMetadata metadata, String corner) {
        return List.of(
                Numbers.of(metadata.attribute("CORNER_" + corner + "_LON_PRODUCT")),
                Numbers.of(metadata.attribute("CORNER_" + corner + "_LAT_PRODUCT")));
    }

    private static AssetBuilder asset(
            ProductFolder folder, ProductBuilder product, LandsatMetadata metadata, ProductBand band, String name) {
        Path listed = ListedPath.beside(metadata.file(), name);
        return product.asset(band.name(), renamed(folder, listed)).bands(List.of(band));
    }

    /** The listed file; if it is not there, the only file beside it whose name ends alike, such as {@code _B4.TIF}. */
    private static Path renamed(ProductFolder folder, Path listed) {
        String name = listed.getFileName().toString();
        int ending = ending(name);
        if (folder.find(listed).isPresent() || ending < 0) {
            return listed;
        }
        String wanted = name.substring(ending).toLowerCase(Locale.ROOT);
        List<Path> alike = folder.files().stream()
                .filter(file -> Objects.equals(file.getParent(), listed.getParent()))
                .filter(file ->
                        file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(wanted))
                .toList();
        return alike.size() == 1 ? alike.get(0) : listed;
    }

    /** Where {@code _B6_VCID_1.TIF}, {@code _SR_B4.TIF} or {@code _QA_PIXEL.TIF} begins. */
    private static int ending(String name) {
        Matcher ending = ENDING.matcher(name);
        return ending.find() ? ending.start() : -1;
    }
}
