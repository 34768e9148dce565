package io.swath.model;

/** How soon a scene should be worked on. */
public enum Priority {
    URGENT,
    NORMAL,
    NIGHT;

    /** The lower-case word that settings, messages and the command line use. */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
