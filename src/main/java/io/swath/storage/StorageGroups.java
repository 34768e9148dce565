package io.swath.storage;

import io.swath.model.Setting;

/** The groups of people and programs that use the storage; empty: the group that the folders have. Immutable. */
public record StorageGroups(
        @Setting(
                key = "storage.group.droppers",
                help = "The group that may put scenes into inbox/RECIPE/. Empty: the group that the folders have."
                        + " `./swath doctor --create` sets these groups; Swath's user must be in all of them.")
        String droppers,

        @Setting(
                key = "storage.group.jobs",
                help =
                        "The group of the user that runs the jobs: it may read scenes/ and work/, and write where tasks write"
                                + " in work/. Empty: the group that the folders have.")
        String jobs,

        @Setting(
                key = "storage.group.readers",
                help = "The group that may read delivered/ and rejected/. Empty: the group that the folders have.")
        String readers) {
    /** The folders keep the group that they have. */
    public static final StorageGroups NONE = new StorageGroups("", "", "");

    /** Whether any group is set, so that the groups may differ. */
    boolean any() {
        return !(droppers + jobs + readers).isEmpty();
    }
}
