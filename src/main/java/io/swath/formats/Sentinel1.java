package io.swath.formats;

import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sentinel-1 Ground Range Detected in SAFE format. The manifest lists every file with its MD5. The images are placed by
 * ground control points, so they are not on a map.
 */
final class Sentinel1 implements SceneFormat {
    private static final Pattern POLARISATION = Pattern.compile("[-_](vv|vh|hh|hv)[-_.]");

    @Override
    public String kind() {
        return "sentinel-1";
    }

    @Override
    public Optional<Product> read(ProductFolder folder) throws IOException {
        Optional<SafeManifest> manifest = SafeManifest.find(folder, kind());
        return manifest.isEmpty() ? Optional.empty() : Optional.of(product(folder, manifest.get()));
    }

    private Product product(ProductFolder folder, SafeManifest manifest) throws IOException {
        String type = manifest.document().textOf("productType");
        if (!type.equalsIgnoreCase("GRD")) {
            throw new FormatException(
                    manifest.file().toString(),
                    "product-is-grd",
                    "it is a product of the type " + Texts.shown(type),
                    "Swath reads Sentinel-1 products of the type GRD alone.");
        }
        ProductBuilder product = new ProductBuilder(kind(), folder);
        properties(product, manifest);
        List<Path> images = manifest.entries().keySet().stream()
                .filter(path -> !polarisation(path).isEmpty())
                .sorted()
                .toList();
        for (Path image : images) {
            SafeManifest.Entry entry = manifest.entry(image);
            product.asset(polarisation(image), image)
                    .bands(List.of(ProductBand.of(polarisation(image), "").nodata(0)))
                    .listed(entry.size(), entry.checksum())
                    .roles("data", "amplitude")
                    .add();
        }
        if (images.isEmpty()) {
            throw FormatException.incomplete(manifest.file(), "measurement TIFF");
        }
        product.asset("manifest", manifest.file()).roles("metadata").always().add();
        Path folderOf = manifest.file().toAbsolutePath().getParent();
        String name =
                manifest.file().getNameCount() > 1 ? folderOf.getFileName().toString() : "sentinel-1";
        return product.build(name.replaceFirst("(?i)\\.SAFE$", ""));
    }

    /** Of a measurement, such as {@code vv}; empty for another file. */
    private static String polarisation(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        Matcher polarisation = POLARISATION.matcher(name);
        boolean tiff = name.endsWith(".tif") || name.endsWith(".tiff");
        return tiff && polarisation.find() ? polarisation.group(1) : "";
    }

    private static void properties(ProductBuilder product, SafeManifest manifest) {
        String start = Times.item(manifest.document().textOf("acquisitionPeriod", "startTime"));
        String number = manifest.document().textOf("platform", "number");
        product.text("datetime", start)
                .text("start_datetime", start)
                .text("end_datetime", Times.item(manifest.document().textOf("acquisitionPeriod", "stopTime")))
                .platform("sentinel-1", number.isEmpty() ? "" : "sentinel-1" + number, List.of("c-sar"))
                .text("sar:instrument_mode", manifest.document().textOf("mode"))
                .text("processing:level", "L1");
    }
}
