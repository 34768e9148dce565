package io.swath.arrival;

import io.swath.storage.Roots;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A scene in an archive, which has been unpacked into a folder of Swath's own.
 *
 * @param archive the file that arrived
 * @param content what was in it
 */
public record ArchiveInput(Path archive, SceneInput content, Roots roots) implements SceneInput {
    @Override
    public String name() {
        return content.name();
    }

    /** The archive alone: the unpacked files are Swath's own. */
    @Override
    public List<Path> files() {
        return List.of(archive);
    }

    /** What the archive lacks: nothing can be added to it. */
    @Override
    public List<Path> missing() throws IOException {
        return content.missing();
    }

    @Override
    public void check() throws IOException {
        ItemInput.rejectOutside("path", archive, roots);
        content.check();
    }

    @Override
    public String contentKey(String recipe) throws IOException {
        return content.contentKey(recipe);
    }

    /** The unpacked files are linked, whatever the mode is: nobody else can change them. */
    @Override
    public SceneInput stageInto(Path folder, String id, StagingMode mode) throws IOException {
        return content.stageInto(folder, id, StagingMode.LINK);
    }
}
