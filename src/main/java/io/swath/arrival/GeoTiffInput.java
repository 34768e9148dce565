package io.swath.arrival;

import io.swath.storage.Roots;
import io.swath.untrusted.raster.CompanionFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A scene that is one GeoTIFF, with the companions that change what its pixels or their place mean.
 *
 * @param companions those that lay beside the file when this input was made
 */
public record GeoTiffInput(Path file, Optional<String> sha256, Roots roots, CompanionFiles companions)
        implements SceneInput {
    /** The file with the companions that lie beside it now. */
    public static GeoTiffInput at(Path file, Optional<String> sha256, Roots roots) {
        return new GeoTiffInput(file, sha256, roots, CompanionFiles.beside(file));
    }

    @Override
    public String name() {
        return String.valueOf(file.getFileName());
    }

    @Override
    public List<Path> files() {
        List<Path> files = new ArrayList<>(List.of(file));
        files.addAll(companions.paths());
        return files;
    }

    @Override
    public List<Path> missing() throws IOException {
        return IncompleteFiles.isMissing(file, 0) ? List.of(file) : List.of();
    }

    @Override
    public void check() throws IOException {
        if (!SceneName.isTiff(name())) {
            throw new RejectedSceneException(
                    "path",
                    "name-says-what-it-is",
                    "its name does not end in .tif or .tiff, or in .json for a STAC Item",
                    "Deliver one GeoTIFF with all its bands, or a STAC Item that names them.");
        }
        for (Path path : files()) {
            ItemInput.rejectOutside("path", path, roots);
        }
    }

    @Override
    public String contentKey(String recipe) throws IOException {
        check();
        MessageDigest key = Digests.of("SHA-256");
        key.update((recipe + "\0").getBytes(StandardCharsets.UTF_8));
        MessageDigest content = Digests.of("SHA-256");
        Digests.read(file, roots, sha256.isPresent() ? List.of(key, content) : List.of(key));
        sha256.ifPresent(expected -> Digests.compare("sha256", expected, content));
        CompanionCopies.addToKey(key, companions, roots);
        return HexFormat.of().formatHex(key.digest());
    }

    @Override
    public SceneInput stageInto(Path folder, String id, StagingMode mode) throws IOException {
        check();
        Path target = folder.resolve(id + ".tif");
        Staging.stage(file, target, mode, roots);
        CompanionCopies.stage(companions, target, mode, roots);
        return at(target, Optional.empty(), Roots.of(folder));
    }

    /** Renames the file and its companions in their folder, so that they are named after a scene's id. */
    void rename(String id) throws IOException {
        String name = id + ".tif";
        for (CompanionFiles.Kind kind : companions.files().keySet()) {
            Path companion = companions.files().get(kind);
            Files.move(
                    companion,
                    companion.resolveSibling(companions.nameBeside(name, kind)),
                    StandardCopyOption.ATOMIC_MOVE);
        }
        Files.move(file, file.resolveSibling(name), StandardCopyOption.ATOMIC_MOVE);
    }
}
