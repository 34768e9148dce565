package io.swath.arrival.folder;

import io.swath.arrival.IncompleteFiles;
import io.swath.arrival.ItemInput;
import io.swath.arrival.NeededBands;
import io.swath.arrival.RejectedSceneException;
import io.swath.arrival.SceneInput;
import io.swath.arrival.folder.Candidate.Ready;
import io.swath.arrival.folder.Candidate.Rejected;
import io.swath.arrival.folder.Candidate.Waiting;
import io.swath.storage.RegularFiles;
import io.swath.storage.Roots;
import io.swath.untrusted.stac.ItemException;
import io.swath.untrusted.stac.ItemFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A folder in an inbox that holds one STAC Item and the files that the Item names. Swath accepts such a folder by
 * renaming it, so no path in it may depend on the folder's place.
 */
final class SceneFolder {
    /** Rules that a folder may break only because its upload has not ended. */
    private static final Set<String> MAY_STILL_COME = Set.of("folder-has-an-item", "item-is-json");

    private SceneFolder() {}

    /**
     * The scene that the folder holds.
     *
     * @throws RejectedSceneException when the folder cannot be a scene
     */
    static SceneInput input(Path folder, NeededBands bands) throws IOException {
        Path item;
        try {
            item = ItemFolder.find(folder, (file, most) -> RegularFiles.readStart(folder, file, most));
        } catch (ItemException bad) {
            throw new RejectedSceneException(bad.rejection());
        }
        Roots itself = Roots.of(folder);
        ItemInput input = ItemInput.at(item.toAbsolutePath(), Optional.empty(), itself, bands);
        input.check();
        input.rejectAbsolute();
        Path real = folder.toRealPath();
        for (Path file : input.files()) {
            Path inside = folder.toAbsolutePath().normalize().relativize(file);
            if (Files.exists(file) && !file.toRealPath().equals(real.resolve(inside))) {
                throw new RejectedSceneException(
                        "",
                        "folder-can-be-moved",
                        inside + " is a link, or is reached through a link",
                        "Put the file itself into the folder.");
            }
        }
        return input;
    }

    /** Judges a folder that has stood still, or that a marker declares complete. */
    static Candidate judge(Path folder, Optional<Path> marker, NeededBands bands) throws IOException {
        try {
            List<Path> missing = input(folder, bands).missing();
            if (missing.isEmpty()) {
                return new Ready(folder, marker);
            }
            String names =
                    IncompleteFiles.shown(missing, folder.toAbsolutePath().normalize());
            return marker.isEmpty()
                    ? new Waiting(folder, "files that its STAC Item names: " + names, true)
                    : new Rejected(
                            folder,
                            "files-are-there",
                            "a marker declares it complete, but files that its STAC Item names are missing or"
                                    + " incomplete: " + names,
                            "Send it with all its files.");
        } catch (RejectedSceneException rejected) {
            if (marker.isEmpty() && MAY_STILL_COME.contains(rejected.rule())) {
                return new Waiting(
                        folder,
                        "its STAC Item: " + rejected.what() + ". "
                                + rejected.remedy().replaceAll("\\.$", ""),
                        true);
            }
            return rejected(folder, rejected);
        }
    }

    static Rejected rejected(Path path, RejectedSceneException rejected) {
        String at = rejected.field().isEmpty() ? "" : "of " + rejected.field() + ", ";
        return new Rejected(path, rejected.rule(), at + rejected.what(), rejected.remedy());
    }
}
