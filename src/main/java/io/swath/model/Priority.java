package io.swath.model;

import java.util.Locale;

/** How soon a scene is processed, the most urgent first. */
public enum Priority {
    URGENT,
    NORMAL,
    NIGHT;

    /** The name in lower case, as settings, messages and the command line use it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
