package io.swath.formats;

import io.swath.untrusted.xml.XmlElement;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * Gaofen PMS and WFV (GF-1, 1B, 1C, 1D, 2, 6) as the China Centre for Resources Satellite Data delivers them: for each image
 * a TIFF without a place, its RPC in an {@code .rpb} file, and an XML file. There is no list of the files, so an image
 * counts as complete when all three are there.
 */
final class Gaofen implements SceneFormat {
    private static final ZoneOffset BEIJING = ZoneOffset.ofHours(8);
    /** How far the computed sun may stand from that of the metadata, in degrees; eight hours are far more. */
    private static final double CLOSE = 20;

    @Override
    public String kind() {
        return "gaofen";
    }

    @Override
    public Optional<Product> read(ProductFolder folder) throws IOException {
        List<GaofenImage> images = new ArrayList<>();
        for (Path file : folder.xml(List.of("ProductMetaData"))) {
            XmlElement document = folder.readXml(file);
            if (document.textOf("SatelliteID").toUpperCase(Locale.ROOT).startsWith("GF")) {
                add(images, new GaofenImage(file, document));
            }
        }
        if (images.isEmpty()) {
            return Optional.empty();
        }
        ProductBuilder product = new ProductBuilder(kind(), folder);
        GaofenImage first =
                images.stream().filter(image -> !image.isPan()).findFirst().orElse(images.get(0));
        properties(product, first.document());
        for (GaofenImage image : GaofenImage.withPartners(images)) {
            image(folder, product, image);
        }
        return Optional.of(product.build(first.sceneName()));
    }

    /** A scene has one image of each kind: two cameras, and two copies, are two scenes. */
    private void add(List<GaofenImage> images, GaofenImage image) {
        for (GaofenImage other : images) {
            boolean same =
                    image.document().textOf("SceneID").equals(other.document().textOf("SceneID"));
            if (!same || image.key().equals(other.key())) {
                throw FormatException.several(
                        kind(), other.file().toString(), image.file().toString());
            }
        }
        images.add(image);
    }

    private static void image(ProductFolder folder, ProductBuilder product, GaofenImage image) throws IOException {
        List<Path> parts = image.parts(folder);
        for (int index = 0; index < parts.size(); index++) {
            String key = image.key() + (parts.size() > 1 ? "-" + (index + 1) : "");
            ProductBuilder.AssetBuilder pixels = product.asset(key, parts.get(index))
                    .bands(image.bands())
                    .roles("data")
                    .companion(image.key() + "-metadata")
                    .number("gsd", Numbers.of(image.document().textOf("ImageGSD")));
            if (image.isOnMap()) {
                pixels.add();
                continue;
            }
            pixels.companion(key + "-rpc").add();
            product.asset(key + "-rpc", image.rpc(folder, parts.get(index)))
                    .roles("metadata", "rpc")
                    .add();
        }
        product.asset(image.key() + "-metadata", image.file()).roles("metadata").add();
    }

    private static void properties(ProductBuilder product, XmlElement document) {
        String satellite = document.textOf("SatelliteID").toUpperCase(Locale.ROOT);
        product.text(
                        "datetime",
                        time(document).map(time -> time.toInstant().toString()).orElse(""))
                .platform(
                        "gaofen",
                        satellite.replaceFirst("^GF-?", "gaofen-"),
                        List.of(document.textOf("SensorID").toLowerCase(Locale.ROOT)))
                .cloud(document.textOf("CloudPercent"))
                .number("view:sun_elevation", Numbers.elevation(document.textOf("SolarZenith")))
                .number("view:sun_azimuth", document.textOf("SolarAzimuth"))
                .number("view:incidence_angle", document.textOf("SatelliteZenith"))
                .number("view:azimuth", document.textOf("SatelliteAzimuth"))
                .number("view:off_nadir", Numbers.size(document.textOf("RollViewingAngle")))
                .number("gsd", document.textOf("ImageGSD"))
                .text("processing:level", document.textOf("ProductLevel"))
                .corners(corners(document));
    }

    private static List<List<OptionalDouble>> corners(XmlElement document) {
        return List.of("TopLeft", "BottomLeft", "BottomRight", "TopRight").stream()
                .map(corner -> List.of(
                        Numbers.of(document.textOf(corner + "Longitude")),
                        Numbers.of(document.textOf(corner + "Latitude"))))
                .toList();
    }

    /**
     * The metadata's times have no zone: older products have Beijing time, some have UTC. The zone is the one in which the
     * sun stands where the metadata say; when it stands there in neither, the time stays open.
     */
    private static Optional<OffsetDateTime> time(XmlElement document) {
        Optional<LocalDateTime> local = Times.local(document.textOf("CenterTime"))
                .or(() -> Times.local(document.textOf("StartTime")))
                .or(() -> Times.local(document.textOf("ReceiveTime")));
        OptionalDouble zenith = Numbers.of(document.textOf("SolarZenith"));
        OptionalDouble azimuth = Numbers.of(document.textOf("SolarAzimuth"));
        List<List<OptionalDouble>> corners = corners(document);
        boolean placed = corners.stream().flatMap(List::stream).allMatch(OptionalDouble::isPresent);
        if (local.isEmpty() || zenith.isEmpty() || azimuth.isEmpty() || !placed) {
            return Optional.empty();
        }
        double longitude = middle(corners, 0);
        double latitude = middle(corners, 1);
        ToDoubleFunction<OffsetDateTime> distance =
                time -> SunPosition.distance(time, longitude, latitude, zenith.getAsDouble(), azimuth.getAsDouble());
        return List.of(BEIJING, ZoneOffset.UTC).stream()
                .map(local.get()::atOffset)
                .min(Comparator.comparingDouble(distance))
                .filter(time -> distance.applyAsDouble(time) < CLOSE);
    }

    private static double middle(List<List<OptionalDouble>> corners, int axis) {
        return corners.stream()
                .mapToDouble(corner -> corner.get(axis).getAsDouble())
                .average()
                .orElseThrow();
    }
}
