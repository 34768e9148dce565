package io.swath.model;

/** The way in which a scene came. */
public enum Origin {
    FOLDER,
    STATION,
    NIGHTLY,
    COMMAND
}
