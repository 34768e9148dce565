package io.swath.retention;

import io.swath.model.Scene;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The files {@code work/ID/runs.vN.tar.gz}, which have the scripts, logs and evidence of the batches of a scene that has ended.
 * N is the version that had ended. Stateless.
 */
public final class PackedLogs {
    private static final Pattern NAME = Pattern.compile("runs\\.v[0-9]+\\.tar\\.gz");
    private static final int MOST_NAMES = 100_000;

    private PackedLogs() {}

    /** Where the logs of a scene's versions until the present one are packed. */
    static Path file(Storage storage, Scene scene) {
        return storage.work(scene.id()).resolve("runs.v" + scene.version() + ".tar.gz");
    }

    static boolean isPack(String name) {
        return NAME.matcher(name).matches();
    }

    /** The files that a scene has now, by name. */
    public static List<Path> of(Storage storage, String sceneId) throws IOException {
        Path folder = storage.work(sceneId);
        try {
            return RegularFiles.names(storage.root(), folder, MOST_NAMES).stream()
                    .filter(PackedLogs::isPack)
                    .sorted()
                    .map(folder::resolve)
                    .toList();
        } catch (NoSuchFileException removed) {
            return List.of();
        }
    }
}
