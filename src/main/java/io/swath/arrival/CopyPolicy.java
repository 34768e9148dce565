package io.swath.arrival;

/** When a scene's files are copied into {@code scenes/}, and not moved or linked there. */
public enum CopyPolicy {
    /** Never where it can be avoided. Who drops or announces a scene is trusted to leave its files alone. */
    NEVER,
    /**
     * Where the sender keeps a way to change the file: what a station announced, and a dropped file that has several names
     * or is reached by a link. Other dropped files are moved.
     */
    UNTRUSTED,
    /** Always. Then no program that has a dropped file open can write into the accepted one either. */
    ALWAYS;

    /** How files are taken from an inbox. */
    public StagingMode ofInbox() {
        return switch (this) {
            case NEVER -> StagingMode.LINK;
            case UNTRUSTED -> StagingMode.MOVE;
            case ALWAYS -> StagingMode.COPY;
        };
    }

    /** How announced files are taken, which stay where they are. */
    public StagingMode ofStation() {
        return this == NEVER ? StagingMode.LINK : StagingMode.COPY;
    }
}
