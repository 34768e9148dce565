package io.swath.storage;

import io.swath.model.Setting;
import java.nio.file.Path;

/** Where the storage is. */
public record StorageSettings(
        @Setting(
                key = "storage.root",
                byDefault = "storage",
                help = "The folder that holds inbox/, scenes/, rejected/, work/ and delivered/."
                        + " `./swath doctor --create` creates a new one.")
        Path root,

        @Setting(
                key = "storage.cluster-root",
                help = "The path of the same folder on the compute nodes. Empty: the same path as storage.root.")
        String clusterRoot,

        @Setting(
                key = "storage.least-free",
                byDefault = "1024",
                help =
                        "Free space in MiB below which Swath starts no new work. The tasks that run already need space for"
                                + " their outputs.")
        int leastFreeMiB) {

    public long leastFreeBytes() {
        return leastFreeMiB * 1024L * 1024L;
    }
}
