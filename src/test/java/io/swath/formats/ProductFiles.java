package io.swath.formats;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.model.Recipe.BandSelector;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** Makes small products for tests. Their images are no real rasters: the kinds of scene never read pixels. */
final class ProductFiles {
    static final String TIFF = "II*\0 pixels";
    static final String JP2 = "\0\0\0\014jP  pixels";

    final Path folder;

    ProductFiles(Path folder) {
        this.folder = folder;
    }

    ProductFiles file(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content, StandardCharsets.ISO_8859_1);
        return this;
    }

    void delete(String name) throws IOException {
        Files.delete(folder.resolve(name));
    }

    Product read() throws IOException {
        return SceneFormats.recognise(folder).orElseThrow();
    }

    /** As messages have it: what is needed and missing, and what else is. */
    String missing(String... bands) throws IOException {
        Product product = read();
        String needed = product.needed(bands(bands)).stream()
                .filter(asset -> !asset.complete())
                .map(asset -> asset.file() + (asset.difference().isEmpty() ? "" : " (" + asset.difference() + ")"))
                .collect(Collectors.joining(", "));
        String others = product.missingOthers(bands(bands));
        return needed.isEmpty() || others.isEmpty()
                ? needed
                : needed + " (missing too, but not needed: " + others + ")";
    }

    JsonNode item(String... bands) throws IOException {
        return read().item(bands(bands), "./");
    }

    /** The only band of an asset. */
    JsonNode band(String asset) throws IOException {
        return item().path("assets").path(asset).path("bands").path(0);
    }

    static List<BandSelector> bands(String... names) {
        return Arrays.stream(names)
                .map(name -> name.matches("[0-9]+")
                        ? new BandSelector("", Integer.parseInt(name))
                        : new BandSelector(name, 0))
                .toList();
    }

    static String digest(String algorithm, String content) {
        try {
            byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
