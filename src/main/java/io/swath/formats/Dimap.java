package io.swath.formats;

import io.swath.untrusted.xml.XmlElement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * DIMAP version 2 of Airbus: Pléiades, Pléiades Neo, SPOT 6 and 7. The DIM file lists the image's files and its bands; a
 * VOL file only lists DIM files. Images in several tiles are rejected.
 */
final class Dimap implements SceneFormat {
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
                    tiles.isEmpty()
                            ? "Deliver the product as its producer made it."
                            : DimapBands.joining(file, document));
        }
        List<Path> rpcs = document.all("Rational_Function_Model")
                .flatMap(model -> model.all("COMPONENT_PATH"))
                .map(path -> ListedPath.below(file, path.attribute("href")))
                .toList();
        ProductBuilder.AssetBuilder pixels = product.asset(key, tiles.get(0))
                .bands(DimapBands.of(document, file))
                .roles("data")
                .companion(key + "-metadata");
        rpcs.forEach(rpc -> pixels.companion(key + "-rpc"));
        pixels.add();
        if (!rpcs.isEmpty()) {
            product.asset(key + "-rpc", rpcs.get(0)).roles("metadata", "rpc").add();
        }
        product.asset(key + "-metadata", file).roles("metadata").always().add();
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
