package io.swath.arrival.folder;

import io.swath.arrival.ItemInput;
import io.swath.arrival.RejectedSceneException;
import io.swath.arrival.SceneInput;
import io.swath.arrival.folder.Candidate.Ready;
import io.swath.arrival.folder.Candidate.Rejected;
import io.swath.arrival.folder.Candidate.Waiting;
import io.swath.storage.Roots;
import io.swath.untrusted.stac.ItemException;
import io.swath.untrusted.stac.ItemFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A folder in an inbox that holds one STAC Item and the files that it names. It is accepted as a whole, by renaming it;
 * so nothing in it may depend on where it lies.
 */
final class SceneFolder {
    private SceneFolder() {}

    /**
     * What the folder's scene is made of.
     *
     * @throws RejectedSceneException when it cannot be one
     */
    static SceneInput material(Path folder) throws IOException {
        Path item;
        try {
            item = ItemFolder.find(folder);
        } catch (ItemException bad) {
            throw new RejectedSceneException(bad.rejection());
        }
        Roots itself = Roots.of(folder);
        ItemInput material = ItemInput.at(item.toAbsolutePath(), Optional.empty(), itself);
        material.check();
        material.rejectAbsolute();
        Path real = folder.toRealPath();
        for (Path file : material.files()) {
            Path inside = folder.toAbsolutePath().normalize().relativize(file);
            if (Files.exists(file) && !file.toRealPath().equals(real.resolve(inside))) {
                throw new RejectedSceneException(
                        "",
                        "folder-can-be-moved",
                        inside + " is a link, or lies behind one",
                        "Put the file itself into the folder.");
            }
        }
        return material;
    }

    /** What to do with a folder that has stood still, or that a marker says is complete. */
    static Candidate judge(Path folder, Optional<Path> marker, Instant since) throws IOException {
        try {
            List<Path> missing = material(folder).missing();
            if (missing.isEmpty()) {
                return new Ready(folder, marker);
            }
            List<Path> names = missing.stream()
                    .map(folder.toAbsolutePath().normalize()::relativize)
                    .toList();
            return marker.isEmpty()
                    ? new Waiting(folder, since, "files that its STAC Item names: " + shown(names))
                    : new Rejected(
                            folder,
                            "files-are-there",
                            "a marker says it is complete, and files that its STAC Item names are missing or too"
                                    + " short: " + shown(names),
                            "Send it with all its files.");
        } catch (RejectedSceneException bad) {
            return rejected(folder, bad);
        }
    }

    static Rejected rejected(Path path, RejectedSceneException bad) {
        String at = bad.field().isEmpty() ? "" : "of " + bad.field() + ", ";
        return new Rejected(path, bad.rule(), at + bad.what(), bad.remedy());
    }

    private static String shown(List<Path> names) {
        String all =
                String.join(", ", names.stream().limit(5).map(Path::toString).toList());
        return names.size() > 5 ? all + " and " + (names.size() - 5) + " more" : all;
    }
}
