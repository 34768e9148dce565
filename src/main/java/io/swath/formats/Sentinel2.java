package io.swath.formats;

import io.swath.formats.ProductBuilder.AssetBuilder;
import io.swath.untrusted.xml.XmlElement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Sentinel-2 Level-1C and Level-2A in SAFE format, of every processing baseline
 * (<a href="https://sentinels.copernicus.eu/documents/247904/685211/sentinel-2-products-specification-document">Product
 * Specification Document</a>, PSD 2 to 15). The metadata of the product list the images; manifest.safe, where it is there,
 * says their sizes and checksums.
 */
final class Sentinel2 implements SceneFormat {
    private static final List<String> PRODUCT = List.of("Level-1C_User_Product", "Level-2A_User_Product");
    private static final List<String> TILE = List.of("Level-1C_Tile_ID", "Level-2A_Tile_ID");

    @Override
    public String kind() {
        return "sentinel-2";
    }

    @Override
    public Optional<Product> read(ProductFolder folder) throws IOException {
        List<Path> products = folder.xml(PRODUCT);
        if (products.size() > 1) {
            throw FormatException.several(
                    kind(), products.get(0).toString(), products.get(1).toString());
        }
        Optional<SafeManifest> manifest = SafeManifest.find(folder, kind());
        if (products.isEmpty()) {
            return withoutMetadata(folder, manifest);
        }
        Path file = products.get(0);
        XmlElement document = folder.readXml(file);
        Path base = ListedPath.folderOf(file);
        Sentinel2Images images = Sentinel2Images.of(document, file, base);
        ProductBuilder product = new ProductBuilder(kind(), folder);
        properties(product, document);
        listed(product.asset("product-metadata", file), manifest, file)
                .roles("metadata")
                .always()
                .add();
        Optional<XmlElement> tile = tile(folder, product, images.granule(), manifest);
        tile.ifPresent(found -> tileProperties(product, found));
        Sentinel2Radiometry radiometry = Sentinel2Radiometry.of(document, file);
        for (Sentinel2Images.Image image : images.finest()) {
            image(folder, product, image, radiometry, tile, manifest);
        }
        if (manifest.isPresent()) {
            product.asset("manifest", manifest.get().file())
                    .roles("metadata")
                    .always()
                    .add();
        }
        return Optional.of(product.build(name(document, file)));
    }

    /** A product of which so far only the manifest or a granule has arrived. */
    private Optional<Product> withoutMetadata(ProductFolder folder, Optional<SafeManifest> manifest)
            throws IOException {
        List<Path> tiles = folder.xml(TILE);
        if (manifest.isEmpty() && tiles.isEmpty()) {
            return Optional.empty();
        }
        Path expected = manifest.flatMap(known -> known.entries().keySet().stream()
                        .filter(path -> path.getFileName()
                                .toString()
                                .matches("(?i)(MTD_MSI|S2._.*MTD_SAF|S2._USER_MTD).*\\.xml"))
                        .findFirst())
                .orElse(Path.of("MTD_MSIL1C.xml or MTD_MSIL2A.xml"));
        ProductBuilder product = new ProductBuilder(kind(), folder);
        product.asset("product-metadata", expected).roles("metadata").always().add();
        return Optional.of(product.build("sentinel-2"));
    }

    private static AssetBuilder listed(AssetBuilder asset, Optional<SafeManifest> manifest, Path file) {
        SafeManifest.Entry entry = manifest.map(known -> known.entry(file)).orElse(SafeManifest.Entry.UNKNOWN);
        return asset.listed(entry.size(), entry.checksum());
    }

    private static void properties(ProductBuilder product, XmlElement document) {
        String spacecraft = document.textOf("SPACECRAFT_NAME");
        product.text("datetime", Times.item(document.textOf("PRODUCT_START_TIME")))
                .platform("sentinel-2", spacecraft, List.of("msi"))
                .cloud(document.textOf("Cloud_Coverage_Assessment"))
                .text("processing:level", document.textOf("PROCESSING_LEVEL").replace("evel-", ""))
                .text("s2:processing_baseline", document.textOf("PROCESSING_BASELINE"));
    }

    private static Optional<XmlElement> tile(
            ProductFolder folder, ProductBuilder product, Path granule, Optional<SafeManifest> manifest)
            throws IOException {
        Optional<Path> file = folder.xml(TILE).stream()
                .filter(path -> path.startsWith(granule))
                .findFirst();
        Path expected = file.orElse(granule.resolve("MTD_TL.xml"));
        listed(product.asset("granule-metadata", expected), manifest, expected)
                .roles("metadata")
                .always()
                .add();
        return file.isPresent() ? Optional.of(folder.readXml(file.get())) : Optional.empty();
    }

    private static void tileProperties(ProductBuilder product, XmlElement tile) {
        product.text("datetime", Times.item(tile.textOf("SENSING_TIME")))
                .text("proj:code", tile.textOf("HORIZONTAL_CS_CODE"))
                .number("view:sun_elevation", Numbers.elevation(tile.textOf("Mean_Sun_Angle", "ZENITH_ANGLE")))
                .number("view:sun_azimuth", tile.textOf("Mean_Sun_Angle", "AZIMUTH_ANGLE"))
                .number("view:incidence_angle", tile.textOf("Mean_Viewing_Incidence_Angle", "ZENITH_ANGLE"))
                .number("view:azimuth", tile.textOf("Mean_Viewing_Incidence_Angle", "AZIMUTH_ANGLE"));
    }

    private static void image(
            ProductFolder folder,
            ProductBuilder product,
            Sentinel2Images.Image image,
            Sentinel2Radiometry radiometry,
            Optional<XmlElement> tile,
            Optional<SafeManifest> manifest)
            throws IOException {
        Path file = image.file(
                folder, manifest.map(known -> known.entries().keySet()).orElse(Set.of()));
        AssetBuilder asset = listed(product.asset(image.band(), file), manifest, file);
        if (image.band().equals("TCI")) {
            asset.roles("visual").add();
            return;
        }
        asset.roles(image.band().equals("SCL") ? new String[] {"data", "cloud"} : new String[] {"data"})
                .bands(List.of(radiometry.band(image.band())))
                .number("gsd", OptionalDouble.of(image.resolution()));
        tile.ifPresent(found -> place(asset, found, image.resolution()));
        asset.add();
    }

    /** The place of an image: before baseline 02.07 the JPEG 2000 files may lack it. */
    private static void place(AssetBuilder asset, XmlElement tile, int resolution) {
        String wanted = Integer.toString(resolution);
        tile.all("Size")
                .filter(size -> size.attribute("resolution").equals(wanted))
                .findFirst()
                .ifPresent(size -> {
                    OptionalDouble rows = Numbers.of(size.textOf("NROWS"));
                    OptionalDouble columns = Numbers.of(size.textOf("NCOLS"));
                    if (rows.isPresent() && columns.isPresent()) {
                        asset.field("proj:shape", List.of((int) rows.getAsDouble(), (int) columns.getAsDouble()));
                    }
                });
        tile.all("Geoposition")
                .filter(position -> position.attribute("resolution").equals(wanted))
                .findFirst()
                .ifPresent(position -> {
                    List<OptionalDouble> numbers = List.of("XDIM", "ULX", "YDIM", "ULY").stream()
                            .map(name -> Numbers.of(position.textOf(name)))
                            .toList();
                    if (numbers.stream().allMatch(OptionalDouble::isPresent)) {
                        double[] known = numbers.stream()
                                .mapToDouble(OptionalDouble::getAsDouble)
                                .toArray();
                        asset.field("proj:transform", List.of(known[0], 0.0, known[1], 0.0, known[2], known[3]));
                    }
                });
    }

    private static String name(XmlElement document, Path file) {
        String uri = document.textOf("PRODUCT_URI").isEmpty()
                ? document.textOf("PRODUCT_URI_2A").isEmpty()
                        ? document.textOf("PRODUCT_URI_1C")
                        : document.textOf("PRODUCT_URI_2A")
                : document.textOf("PRODUCT_URI");
        String name = uri.isEmpty() ? file.getFileName().toString() : uri;
        return name.replaceFirst("(?i)\\.(SAFE|xml)$", "");
    }
}
