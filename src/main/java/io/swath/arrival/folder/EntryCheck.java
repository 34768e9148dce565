package io.swath.arrival.folder;

import io.swath.arrival.EntrySnapshot;
import io.swath.arrival.SceneName;
import io.swath.arrival.folder.Candidate.Rejected;
import io.swath.storage.RegularFiles;
import io.swath.untrusted.raster.TiffSignature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Finds inbox entries that cannot be a scene, whatever their content is. Immutable. */
final class EntryCheck {
    private static final String NAME = "name-says-geotiff";
    private static final int HEAD_BYTES = 64;

    private final Path folder;
    private final Path storageRoot;

    EntryCheck(Path folder, Path storageRoot) {
        this.folder = folder;
        this.storageRoot = storageRoot;
    }

    /**
     * Why a complete entry cannot be a scene; empty when it may be a scene.
     *
     * @param archive whether its content is that of an archive
     */
    Optional<Rejected> rejected(Path entry, EntrySnapshot snapshot, boolean archive) throws IOException {
        if (snapshot.link()) {
            Optional<Rejected> badLink = badLink(entry);
            if (badLink.isPresent()) {
                return badLink;
            }
        }
        String name = entry.getFileName().toString();
        if (snapshot.directory()) {
            return snapshot.link()
                    ? Optional.of(new Rejected(
                            entry, "folder-can-be-moved", "it is a link to a folder", "Put the folder itself here."))
                    : Optional.empty(); // SceneEntries judges its content
        }
        if (!snapshot.file()) {
            return Optional.of(new Rejected(
                    entry,
                    "scene-is-one-file",
                    "it is neither a file nor a folder",
                    "Deliver a GeoTIFF, a product in a folder or an archive, or a folder with a STAC Item."));
        }
        if (!archive && !SceneName.isTiff(name)) {
            return Optional.of(new Rejected(
                    entry,
                    NAME,
                    "its name does not end in .tif or .tiff, and it is no archive (zip, tar, tar.gz, tar.bz2)",
                    "Deliver one GeoTIFF with all its bands, a product in a folder or an archive, or a folder with a STAC"
                            + " Item and its files."));
        }
        return Optional.empty();
    }

    /** Whether the entry is rejected only for its name: an upload may give it another name when it is complete. */
    boolean mayBeRenamed(Rejected rejected) {
        return rejected.rule().equals(NAME);
    }

    /** What such an entry waits for, as a phrase for people. */
    String waitsFor(Path entry) throws IOException {
        Path real = entry.toRealPath();
        return TiffSignature.otherFormat(RegularFiles.readStart(real.getRoot(), real, HEAD_BYTES))
                .map(format -> "a scene that Swath can read: it is " + format)
                .orElse("a name that ends in .tif or .tiff: rename it when it is complete, or remove it if it is no"
                        + " scene");
    }

    private Optional<Rejected> badLink(Path entry) throws IOException {
        Path real;
        try {
            real = entry.toRealPath();
        } catch (NoSuchFileException missingTarget) {
            return Optional.of(badLink(entry, "it is a link that leads nowhere", "Copy the file itself here."));
        } catch (IOException failed) {
            if (Files.exists(entry)) {
                throw failed;
            }
            // A link that leads to itself.
            return Optional.of(badLink(entry, "it is a link that leads nowhere", "Copy the file itself here."));
        }
        if (!real.startsWith(storageRoot.toRealPath())) {
            return Optional.of(badLink(
                    entry,
                    "it is a link that leads out of the storage",
                    "Copy the file itself here; the nodes see nothing but the storage."));
        }
        if (real.startsWith(folder.toRealPath().getParent())) {
            return Optional.of(badLink(
                    entry,
                    "it is a link to an entry of an inbox, which will not stay there",
                    "Make a hard link (ln without -s), or a copy."));
        }
        return Optional.empty();
    }

    private static Rejected badLink(Path entry, String what, String remedy) {
        return new Rejected(entry, "links-stay-on-the-storage", what, remedy);
    }
}
