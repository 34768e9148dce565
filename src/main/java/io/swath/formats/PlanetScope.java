package io.swath.formats;

import io.swath.formats.ProductBuilder.AssetBuilder;
import io.swath.untrusted.xml.XmlElement;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * PlanetScope scenes with their XML metadata
 * (<a href="https://docs.planet.com/data/imagery/planetscope/">Planet's specification</a>). The XML says the bands: the
 * TIFF's own colours are wrong. An order's manifest.json says sizes and checksums.
 */
final class PlanetScope implements SceneFormat {
    private static final List<String> FOUR = List.of("blue", "green", "red", "nir");
    static final List<String> EIGHT = List.of("coastal", "blue", "green05", "green", "yellow", "red", "rededge", "nir");
    private static final double SURFACE_SCALE = 1e-4;
    /** The bands of a udm2 file. */
    static final List<String> MASKS =
            List.of("clear", "snow", "shadow", "light_haze", "heavy_haze", "cloud", "confidence", "udm1");

    @Override
    public String kind() {
        return "planetscope";
    }

    @Override
    public Optional<Product> read(ProductFolder folder) throws IOException {
        Path kept = null;
        XmlElement metadata = null;
        for (Path file : folder.xml(List.of("EarthObservation"))) {
            XmlElement document = folder.readXml(file);
            if (document.first("bandSpecificMetadata").isPresent()
                    && document.textOf("Platform", "shortName")
                            .toLowerCase(Locale.ROOT)
                            .contains("planetscope")) {
                if (kept != null && !scene(document, file).equals(scene(metadata, kept))) {
                    throw FormatException.several(kind(), scene(metadata, kept), scene(document, file));
                }
                // An order may hold a scene as radiance and as surface reflectance.
                if (kept == null || (!isSurface(metadata) && isSurface(document))) {
                    kept = file;
                    metadata = document;
                }
            }
        }
        return kept == null ? Optional.empty() : Optional.of(product(folder, kept, metadata));
    }

    private static String scene(XmlElement document, Path file) {
        String id = document.textOf("EarthObservationMetaData", "identifier");
        return (id.isEmpty() ? file.getFileName().toString() : id).split("_(3B|1B|3A)", 2)[0];
    }

    private Product product(ProductFolder folder, Path file, XmlElement document) throws IOException {
        OrderManifest manifest = OrderManifest.read(folder);
        ProductBuilder product = new ProductBuilder(kind(), folder);
        properties(product, document);
        String name = document.textOf("ProductInformation", "fileName");
        if (name.isEmpty()) {
            throw FormatException.incomplete(file, "fileName in ProductInformation");
        }
        Path image = renamed(folder, file, name);
        Path rpc = image.resolveSibling(image.getFileName().toString().replaceFirst("(?i)\\.tiff?$", "") + "_RPC.TXT");
        listed(product.asset("analytic", image), manifest, image)
                .bands(bands(document, file))
                .roles("data", "reflectance")
                .number("gsd", Numbers.of(document.textOf("rowGsd")))
                .companion("rpc")
                .add();
        if (folder.find(rpc).isPresent() || manifest.entries().containsKey(rpc)) { // of basic scenes (1B)
            listed(product.asset("rpc", rpc), manifest, rpc)
                    .roles("metadata", "rpc")
                    .add();
        }
        Optional<Path> udm2 = folder.files().stream()
                .filter(PlanetScope::isUdm2)
                .findFirst()
                .or(() -> expectedUdm2(manifest, scene(document, file)));
        if (udm2.isPresent()) {
            listed(product.asset("udm2", udm2.get()), manifest, udm2.get())
                    .bands(MASKS.stream().map(mask -> ProductBand.of(mask, "")).toList())
                    .roles("data-mask", "cloud")
                    .companion("rpc") // it has the pixels of the image
                    .add();
        }
        listed(product.asset("metadata", file), manifest, file)
                .roles("metadata")
                .always()
                .add();
        return product.build(scene(document, file));
    }

    private static boolean isUdm2(Path path) {
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.contains("udm2") && (name.endsWith(".tif") || name.endsWith(".tiff"));
    }

    /** The mask that the order lists for this scene, or the only one: it may come later than the image. */
    private static Optional<Path> expectedUdm2(OrderManifest manifest, String scene) {
        List<Path> listed = manifest.entries().keySet().stream()
                .filter(PlanetScope::isUdm2)
                .sorted()
                .toList();
        return listed.stream()
                .filter(path ->
                        listed.size() == 1 || path.getFileName().toString().startsWith(scene))
                .findFirst();
    }

    /** The image that the XML names; clipped and renamed files keep the XML's own stem. */
    private static Path renamed(ProductFolder folder, Path file, String name) {
        Path listed = ListedPath.beside(file, name);
        String stem = file.getFileName().toString().replaceFirst("(?i)_metadata.*\\.xml$", "");
        return List.of(listed, file.resolveSibling(stem + ".tif"), file.resolveSibling(stem + "_clip.tif")).stream()
                .map(folder::find)
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(listed);
    }

    private static AssetBuilder listed(AssetBuilder asset, OrderManifest manifest, Path file) {
        SafeManifest.Entry entry = manifest.entry(file);
        return asset.listed(entry.size(), entry.checksum());
    }

    private static boolean isSurface(XmlElement document) {
        return document.textOf("atmosphericCorrectionApplied").equalsIgnoreCase("true");
    }

    private static List<ProductBand> bands(XmlElement document, Path file) {
        List<XmlElement> described = document.all("bandSpecificMetadata").toList();
        List<String> names = described.size() == EIGHT.size() ? EIGHT : FOUR;
        if (described.size() != names.size()) {
            throw new FormatException(
                    file.toString(),
                    "bands-are-known",
                    "it describes " + described.size() + " bands",
                    "Swath reads PlanetScope scenes with 4 or 8 bands; describe another scene in a scene.yaml.");
        }
        List<ProductBand> bands = new ArrayList<>();
        for (int number = 1; number <= names.size(); number++) {
            String wanted = Integer.toString(number);
            OptionalDouble coefficient = isSurface(document)
                    ? OptionalDouble.of(SURFACE_SCALE)
                    : Numbers.of(described.stream()
                            .filter(band -> band.textOf("bandNumber").equals(wanted))
                            .map(band -> band.textOf("reflectanceCoefficient"))
                            .findFirst()
                            .orElse(""));
            if (coefficient.isEmpty() || coefficient.getAsDouble() <= 0) {
                throw FormatException.incomplete(file, "reflectanceCoefficient of band " + number);
            }
            String common = names.get(number - 1);
            bands.add(ProductBand.of(common.equals("green05") ? "green_i" : common, common)
                    .nodata(0)
                    .scaled(coefficient.getAsDouble(), 0));
        }
        return bands;
    }

    private static void properties(ProductBuilder product, XmlElement document) {
        product.text("datetime", Times.item(document.textOf("acquisitionDateTime")))
                .platform(
                        "planetscope",
                        document.textOf("Platform", "serialIdentifier"),
                        List.of(document.textOf("Instrument", "shortName")))
                .cloud(cloudPercent(document.textOf("cloudCoverPercentage")))
                .number("view:sun_elevation", document.textOf("illuminationElevationAngle"))
                .number("view:sun_azimuth", document.textOf("illuminationAzimuthAngle"))
                .number("view:incidence_angle", Numbers.size(document.textOf("incidenceAngle")))
                .number("view:azimuth", document.textOf("azimuthAngle"))
                .number("view:off_nadir", Numbers.size(document.textOf("spaceCraftViewAngle")))
                .number("gsd", document.textOf("rowGsd"))
                .text("processing:level", document.textOf("EarthObservationMetaData", "productType"));
    }

    /** The element is a part of 1, whatever its name and unit say: Planet's own catalogue has 2 where it has 0.02. */
    private static String cloudPercent(String said) {
        OptionalDouble cover = Numbers.of(said);
        return cover.isPresent() && cover.getAsDouble() <= 1
                ? BigDecimal.valueOf(cover.getAsDouble()).movePointRight(2).toPlainString()
                : said;
    }
}
