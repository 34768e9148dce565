package io.swath.arrival;

import io.swath.storage.Roots;
import io.swath.untrusted.raster.CompanionFiles;
import io.swath.untrusted.raster.CompanionFiles.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** Puts the companions of a GeoTIFF beside its copy, and makes them part of the scene's content key. */
final class CompanionCopies {
    private CompanionCopies() {}

    /** Adds each companion's kind and content; a GeoTIFF without companions keeps the key of its content alone. */
    static void addToKey(MessageDigest key, CompanionFiles companions) throws IOException {
        for (Kind kind : companions.files().keySet()) {
            MessageDigest content = Digests.of("SHA-256");
            Digests.read(companions.files().get(kind), List.of(content));
            String text = "\0COMPANION\0" + kind + "\0" + HexFormat.of().formatHex(content.digest()) + "\0";
            key.update(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** @param copy where the GeoTIFF itself is put */
    static void stage(CompanionFiles companions, Path copy, StagingMode mode, Roots roots) throws IOException {
        for (Kind kind : companions.files().keySet()) {
            String name = companions.nameBeside(copy.getFileName().toString(), kind);
            Staging.stage(companions.files().get(kind), copy.resolveSibling(name), mode, roots);
        }
    }
}
