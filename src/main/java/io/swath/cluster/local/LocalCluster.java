package io.swath.cluster.local;

import io.swath.cluster.Cluster;
import java.nio.file.Path;

/** Placeholder. */
public abstract class LocalCluster implements Cluster {
    /** Placeholder. */
    public LocalCluster(Path p) {}
}
