package io.swath.formats;

import io.swath.untrusted.xml.XmlElement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The images that the metadata of a Sentinel-2 product list. Each band is taken in its finest resolution. Immutable.
 *
 * @param granule the folder of the granule
 * @param finest one for each band, in the order of the bands
 */
record Sentinel2Images(Path granule, List<Image> finest) {
    private static final List<String> ELEMENTS = List.of("IMAGE_FILE", "IMAGE_FILE_2A", "IMAGE_ID", "IMAGE_ID_2A");
    private static final Pattern NAME =
            Pattern.compile(".*?_(B[0-9]{2}|B8A|SCL|AOT|WVP|TCI|CLD|SNW)(?:_([126]0)m)?", Pattern.DOTALL);
    private static final List<String> ORDER = List.of(
            "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12", "SCL", "AOT",
            "WVP", "TCI", "CLD", "SNW");
    private static final Set<String> TEN_METRES = Set.of("B02", "B03", "B04", "B08", "TCI");
    private static final Set<String> SIXTY_METRES = Set.of("B01", "B09", "B10");

    /** One image; {@code path} has no extension, as the metadata list it. */
    record Image(String band, int resolution, Path path) {
        /** The file: what is there, else what the manifest names, else a JPEG 2000. */
        Path file(ProductFolder folder, Set<Path> listed) {
            List<Path> names = Stream.of(".jp2", ".tif", ".TIF", ".tiff")
                    .map(extension -> path.resolveSibling(path.getFileName() + extension))
                    .toList();
            return names.stream()
                    .filter(name -> folder.find(name).isPresent())
                    .findFirst()
                    .or(() -> names.stream().filter(listed::contains).findFirst())
                    .orElse(names.get(0));
        }
    }

    /** @throws FormatException when the product has several granules, or its metadata list no images */
    static Sentinel2Images of(XmlElement document, Path file, Path base) {
        List<XmlElement> granules = Stream.concat(document.all("Granule"), document.all("Granules"))
                .filter(granule -> !granule.attribute("granuleIdentifier").isEmpty())
                .toList();
        List<String> tiles = granules.stream()
                .map(granule -> granule.attribute("granuleIdentifier"))
                .distinct()
                .toList();
        if (tiles.size() > 1) {
            throw new FormatException(
                    file.toString(),
                    "product-has-one-granule",
                    "it is a product of before December 2016 with " + tiles.size() + " granules",
                    "Deliver each granule by itself; the Copernicus archive has every such product as single tiles too.");
        }
        Map<String, Image> finest = new LinkedHashMap<>();
        ORDER.forEach(band -> finest.put(band, null));
        for (XmlElement granule : granules) {
            ELEMENTS.stream().flatMap(granule::all).forEach(element -> {
                Image image = image(element, granule.attribute("granuleIdentifier"), file);
                if (image != null && isFiner(image, finest.get(image.band()))) {
                    finest.put(image.band(), image);
                }
            });
        }
        List<Image> images = new ArrayList<>(finest.values());
        images.removeIf(image -> image == null);
        if (images.isEmpty()) {
            throw FormatException.incomplete(file, "IMAGE_FILE elements, which list the images");
        }
        return new Sentinel2Images(granule(images.get(0).path(), base), images);
    }

    private static boolean isFiner(Image image, Image known) {
        return known == null || image.resolution() < known.resolution();
    }

    /** Null for a name that is no band. Before PSD 14, the list has names without folders. */
    private static Image image(XmlElement element, String granule, Path file) {
        Matcher name = NAME.matcher(element.text());
        if (!name.matches()) {
            return null;
        }
        String band = name.group(1);
        int resolution = name.group(2) != null
                ? Integer.parseInt(name.group(2))
                : TEN_METRES.contains(band) ? 10 : SIXTY_METRES.contains(band) ? 60 : 20;
        String path = element.name().startsWith("IMAGE_FILE")
                ? element.text()
                : "GRANULE/" + granule + "/IMG_DATA/" + element.text();
        return new Image(band, resolution, ListedPath.below(file, path));
    }

    /** GRANULE/NAME: the first two folders below the product. */
    private static Path granule(Path image, Path base) {
        Path below = base.toString().isEmpty() ? image : base.relativize(image);
        return below.getNameCount() > 2 ? base.resolve(below.subpath(0, 2)) : base;
    }
}
