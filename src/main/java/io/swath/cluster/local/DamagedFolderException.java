package io.swath.cluster.local;

import java.io.IOException;
import java.nio.file.Path;

/** What a job's tasks have done to their folder keeps another of its tasks from starting. The machine is well. */
final class DamagedFolderException extends IOException {
    /** The exit code with which {@code job.sh} reports the same. */
    static final int EXIT_CODE = 65;

    private static final long serialVersionUID = 1L;

    DamagedFolderException(Path folder, Path log, IOException damage) {
        super(
                "the script has damaged the folder " + folder + ", so that job.sh there cannot be run, or its log "
                        + log + " cannot be written (" + damage + ")",
                damage);
    }
}
