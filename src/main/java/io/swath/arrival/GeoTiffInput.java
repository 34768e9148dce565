package io.swath.arrival;

import io.swath.storage.Roots;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A scene that is one GeoTIFF. */
public record GeoTiffInput(Path file, Optional<String> sha256, Roots roots) implements SceneInput {
    @Override
    public String name() {
        return String.valueOf(file.getFileName());
    }

    @Override
    public List<Path> files() {
        return List.of(file);
    }

    @Override
    public List<Path> missing() {
        return Files.exists(file) ? List.of() : List.of(file);
    }

    @Override
    public void check() throws IOException {
        if (!isTiffName(name())) {
            throw new RejectedSceneException(
                    "path",
                    "name-says-what-it-is",
                    "its name does not end in .tif or .tiff, or in .json for a STAC Item",
                    "Deliver one GeoTIFF with all its bands, or a STAC Item that names them.");
        }
        ItemInput.rejectOutside("path", file, roots);
    }

    @Override
    public String contentKey(String recipe) throws IOException {
        check();
        MessageDigest key = Digests.of("SHA-256");
        key.update((recipe + "\0").getBytes(StandardCharsets.UTF_8));
        MessageDigest content = Digests.of("SHA-256");
        Digests.read(file, roots, sha256.isPresent() ? List.of(key, content) : List.of(key));
        sha256.ifPresent(expected -> Digests.compare("sha256", expected, content));
        return HexFormat.of().formatHex(key.digest());
    }

    @Override
    public SceneInput stageInto(Path folder, String id, StagingMode mode) throws IOException {
        check();
        Path target = folder.resolve(id + ".tif");
        Staging.stage(file, target, mode, roots);
        return new GeoTiffInput(target, Optional.empty(), Roots.of(folder));
    }

    /** Whether a name ends in {@code .tif} or {@code .tiff}, in upper or lower case, with something before it. */
    public static boolean isTiffName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return (lower.endsWith(".tif") && lower.length() > 4) || (lower.endsWith(".tiff") && lower.length() > 5);
    }
}
