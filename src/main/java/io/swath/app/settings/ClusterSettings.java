package io.swath.app.settings;

import io.swath.model.Setting;
import java.util.Locale;

/** Where the jobs run. */
public record ClusterSettings(
        @Setting(
                key = "cluster",
                byDefault = "local",
                help = "local: the jobs run on this machine. slurm: Swath queues them with sbatch.")
        Kind kind) {

    /** The clusters that Swath can use. */
    public enum Kind {
        LOCAL,
        SLURM;

        /** The word in settings, events and accounting records. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public boolean slurm() {
        return kind == Kind.SLURM;
    }
}
