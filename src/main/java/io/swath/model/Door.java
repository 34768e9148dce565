package io.swath.model;

/** The way in which a scene came. */
public enum Door {
    FOLDER,
    STATION,
    NIGHTLY,
    COMMAND
}
