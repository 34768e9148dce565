package io.swath.model;

/** The way in which a scene arrived. */
public enum Origin {
    /** Its files were put into the inbox. */
    FOLDER,
    /** A ground station announced it with a JMS message. */
    STATION,
    NIGHTLY,
    COMMAND
}
