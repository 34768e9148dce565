package io.swath.formats;

import io.swath.untrusted.xml.XmlElement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One image of a Gaofen product, which its XML file describes. Immutable.
 *
 * @param file the XML file; it may be missing while its partner is there
 * @param document its root element; of the partner while the file is missing
 */
record GaofenImage(Path file, XmlElement document) {
    static final List<String> FOUR = List.of("blue", "green", "red", "nir");
    static final List<String> EIGHT =
            List.of("blue", "green", "red", "nir", "rededge071", "rededge075", "coastal", "yellow");
    private static final List<String> TIFF = List.of(".tiff", ".tif", ".TIFF", ".TIF");
    private static final List<String> RPC = List.of(".rpb", ".RPB", "_rpc.txt", "_RPC.TXT", ".rpc");
    /** The panchromatic image is named so, and its partner so: with MSS for GF-1 and GF-2, with MUX for the others. */
    private static final Map<String, List<String>> PARTNERS = Map.of("PAN", List.of("MSS", "MUX"));

    /** The images and, of each pair of PMS, the one of which nothing has arrived yet. */
    static List<GaofenImage> withPartners(List<GaofenImage> images) {
        List<GaofenImage> all = new ArrayList<>(images);
        boolean pan = images.stream().anyMatch(GaofenImage::isPan);
        boolean colour = images.stream().anyMatch(image -> !image.isPan());
        GaofenImage known = images.get(0);
        boolean pair =
                known.document.textOf("SensorID").toUpperCase(Locale.ROOT).startsWith("PMS");
        if (pair && pan != colour) {
            known.partner().ifPresent(all::add);
        }
        // Bands are numbered from the image with the colours.
        all.sort((first, second) -> Boolean.compare(first.isPan(), second.isPan()));
        return all;
    }

    private Optional<GaofenImage> partner() {
        String stem = stem();
        String satellite = document.textOf("SatelliteID").toUpperCase(Locale.ROOT);
        String colour = PARTNERS.get("PAN").get(satellite.matches("GF-?[12]") ? 0 : 1);
        String other =
                isPan() ? stem.replaceFirst("(?i)-PAN", "-" + colour) : stem.replaceFirst("(?i)-(MSS|MUX)", "-PAN");
        return other.equals(stem)
                ? Optional.empty()
                : Optional.of(new GaofenImage(file.resolveSibling(other + ".xml"), document));
    }

    /** One number in Bands is the panchromatic image; older products have words there, and the name tells. */
    boolean isPan() {
        String name = stem().toUpperCase(Locale.ROOT);
        if (name.contains("-PAN")) {
            return true;
        }
        return !name.contains("-MSS")
                && !name.contains("-MUX")
                && document.textOf("Bands").matches("[0-9]+")
                && document.textOf("SensorID").toUpperCase(Locale.ROOT).startsWith("PMS");
    }

    String key() {
        return isPan() ? "pan" : isWide() ? "wfv" : "mss";
    }

    private boolean isWide() {
        return document.textOf("SensorID").toUpperCase(Locale.ROOT).startsWith("WFV");
    }

    /** 0 is fill in every image of this maker, and the files do not say so. */
    List<ProductBand> bands() {
        if (isPan()) {
            return List.of(ProductBand.of("pan", "pan").nodata(0));
        }
        boolean eight = isWide()
                && document.textOf("SatelliteID").toUpperCase(Locale.ROOT).matches("GF-?6");
        List<String> names = eight ? EIGHT : FOUR;
        List<ProductBand> bands = new ArrayList<>();
        for (String name : names) {
            bands.add(ProductBand.of("B" + (bands.size() + 1), name).nodata(0));
        }
        return bands;
    }

    /** Level 1 is in image space. */
    boolean isOnMap() {
        return document.textOf("ProductLevel").toUpperCase(Locale.ROOT).matches("LEVEL[2-9].*");
    }

    /** The image's files: one, or the three of GF-6's wide camera. */
    List<Path> parts(ProductFolder folder) {
        Optional<Path> whole = beside(folder, stem(), TIFF);
        if (whole.isPresent() || !isWide()) {
            return List.of(whole.orElse(file.resolveSibling(stem() + TIFF.get(0))));
        }
        List<Path> parts = Stream.of("-1", "-2", "-3")
                .map(part ->
                        beside(folder, stem() + part, TIFF).orElse(file.resolveSibling(stem() + part + TIFF.get(0))))
                .toList();
        boolean split = parts.stream().anyMatch(part -> folder.find(part).isPresent());
        return split ? parts : List.of(file.resolveSibling(stem() + TIFF.get(0)));
    }

    Path rpc(ProductFolder folder, Path image) {
        String stem = withoutExtension(image);
        return beside(folder, stem, RPC).orElse(image.resolveSibling(stem + RPC.get(0)));
    }

    private Optional<Path> beside(ProductFolder folder, String stem, List<String> extensions) {
        return extensions.stream()
                .map(extension -> folder.find(file.resolveSibling(stem + extension)))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** The name of the scene, which its images have in common. */
    String sceneName() {
        return stem().replaceFirst("(?i)-(PAN|MSS|MUX)[0-9]?$", "");
    }

    private String stem() {
        return withoutExtension(file);
    }

    private static String withoutExtension(Path path) {
        String name = path.getFileName().toString();
        return name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
    }
}
