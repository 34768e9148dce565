package io.swath.planning;

import io.swath.planning.SceneInfo.Source;
import io.swath.storage.DurableFiles;
import io.swath.storage.FileIdentity;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Writes {@code sources}, the list of a scene's files and of its terrain model as they were when the scene was planned. {@code job.sh} compares them
 * before and after a script reads them.
 *
 * <p>The format: for each file {@code SIZE MODIFIED CHANGED PATH} and a zero byte. The times are as {@code stat -c '%.9Y
 * %.9Z'} prints them; {@code CHANGED} is {@code -} where it is not compared. The path is the one on the nodes.
 */
final class SourceList {
    /** The file's name in the scene's work folder. */
    static final String FILE = "sources";

    private SourceList() {}

    /** Writes the file completely or not at all; an older file is replaced. */
    static void write(SceneInfo scene, Storage storage, Path folder) throws IOException {
        StringBuilder list = new StringBuilder();
        for (Source source : scene.sources()) {
            append(list, source.identity(), storage.clusterPath(source.path()));
        }
        Terrain.Model terrain = scene.rectification().terrain();
        append(list, terrain.identity(), storage.clusterPath(terrain.path()));
        append(list, terrain.geoidIdentity(), storage.clusterPath(terrain.geoid()));
        DurableFiles.write(folder.resolve(FILE), list.toString());
    }

    private static void append(StringBuilder list, FileIdentity file, String path) {
        if (!file.equals(FileIdentity.UNKNOWN)) {
            list.append(file.bytes()).append(' ').append(file.modified()).append(' ');
            list.append(file.changed().isEmpty() ? "-" : file.changed()).append(' ');
            list.append(path).append('\0');
        }
    }
}
