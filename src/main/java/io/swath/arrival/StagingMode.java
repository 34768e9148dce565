package io.swath.arrival;

/** How a scene's files are put into a folder. The files themselves stay; the caller may then remove them. */
public enum StagingMode {
    /** Always copies: the sender may change the files later. */
    COPY,
    /**
     * Makes a hard link where that is possible and the nodes can read it, and copies otherwise. The sender may remove
     * or replace the files, but must not write into them any more.
     */
    LINK,
    /**
     * Makes a hard link to a file that has no other name, and makes it Swath's own; copies otherwise. For files that the
     * caller removes afterwards.
     */
    MOVE
}
