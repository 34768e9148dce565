package io.swath.formats;

import io.swath.untrusted.Texts;
import io.swath.untrusted.xml.XmlElement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * CBERS-4 and CBERS-4A as INPE delivers them: a TIFF and an XML file for each band, without a list. One XML file says what
 * the scene is; each TIFF that is named like it holds a band.
 */
final class Cbers implements SceneFormat {
    /** Bands by camera (<a href="http://www.cbers.inpe.br/sobre/cameras/cbers3-4.php">INPE's page on the cameras</a>). */
    static final Map<String, Map<Integer, String>> CAMERAS = Map.of(
            "WPM", ordered("0 pan 1 blue 2 green 3 red 4 nir"),
            "MUX", ordered("5 blue 6 green 7 red 8 nir"),
            "WFI", ordered("13 blue 14 green 15 red 16 nir"),
            "PAN5M", ordered("1 pan"),
            "PAN10M", ordered("2 green 3 red 4 nir"),
            "IRS", ordered("9 pan 10 swir16 11 swir22 12 lwir"));

    private static final Pattern BAND =
            Pattern.compile("(.*)BAND([0-9]{1,2})", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static Map<Integer, String> ordered(String pairs) {
        Map<Integer, String> bands = new LinkedHashMap<>();
        String[] words = pairs.split(" ");
        for (int index = 0; index < words.length; index += 2) {
            bands.put(Integer.valueOf(words[index]), words[index + 1]);
        }
        return bands;
    }

    @Override
    public String kind() {
        return "cbers";
    }

    @Override
    public Optional<Product> read(ProductFolder folder) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path file : folder.xml(List.of("prdf"))) {
            if (BAND.matcher(stem(file)).matches()) {
                files.add(file);
            }
        }
        if (files.isEmpty()) {
            return Optional.empty();
        }
        Map<String, Path> scenes = new TreeMap<>();
        for (Path file : files) {
            scenes.put(sceneOf(file), file);
        }
        if (scenes.size() > 1) {
            List<String> names = List.copyOf(scenes.keySet());
            throw FormatException.several(kind(), names.get(0), names.get(1));
        }
        Path file = files.get(0);
        XmlElement document = folder.readXml(file);
        String camera = document.textOf("satellite", "instrument").toUpperCase(Locale.ROOT);
        Map<Integer, String> bands = Optional.ofNullable(CAMERAS.get(camera))
                .orElseThrow(() -> new FormatException(
                        file.toString(),
                        "camera-is-known",
                        "its camera is " + Texts.shown(camera),
                        "Swath reads the cameras "
                                + String.join(
                                        ", ", CAMERAS.keySet().stream().sorted().toList())
                                + "; describe another scene in a scene.yaml."));
        ProductBuilder product = new ProductBuilder(kind(), folder);
        properties(product, document, camera);
        for (Map.Entry<Integer, String> band : bands.entrySet()) {
            ProductBand described =
                    ProductBand.of("BAND" + band.getKey(), band.getValue()).nodata(0);
            product.asset("BAND" + band.getKey(), image(folder, file, band.getKey()))
                    .bands(List.of(described))
                    .roles("data")
                    .add();
        }
        product.asset("metadata", file).roles("metadata").always().add();
        return Optional.of(product.build(sceneOf(file).replaceFirst("_$", "")));
    }

    private static void properties(ProductBuilder product, XmlElement document, String camera) {
        String number = document.textOf("satellite", "number");
        product.text("datetime", Times.item(document.textOf("viewing", "center")))
                .platform("cbers", "cbers-" + number, List.of(camera.toLowerCase(Locale.ROOT)))
                .number("view:sun_elevation", document.textOf("sunPosition", "elevation"))
                .number("view:sun_azimuth", document.textOf("sunPosition", "sunAzimuth"))
                .number("gsd", document.textOf("image", "horizontalPixelSize"))
                .text("processing:level", "L" + document.textOf("image", "level"));
    }

    private static Path image(ProductFolder folder, Path metadata, int band) {
        Matcher name = BAND.matcher(stem(metadata));
        String stem = name.matches() ? name.group(1) : "";
        List<String> words = List.of("BAND", "band");
        return words.stream()
                .flatMap(word -> List.of(".tif", ".tiff").stream().map(end -> stem + word + band + end))
                .map(metadata::resolveSibling)
                .map(folder::find)
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(metadata.resolveSibling(stem + "BAND" + band + ".tif"));
    }

    private static String sceneOf(Path file) {
        Matcher name = BAND.matcher(stem(file));
        return name.matches() ? name.group(1) : stem(file);
    }

    private static String stem(Path file) {
        return file.getFileName().toString().replaceFirst("(?i)\\.xml$", "");
    }
}
