package io.swath.untrusted.archive;

/**
 * Bounds on what an archive may hold. Immutable.
 *
 * @param bytes of all its files together
 * @param ratio of all its files together to the archive itself; an archive of {@code freeBytes} or less may have any
 * @param freeBytes content up to which the ratio does not matter: an empty band packs a thousandfold
 * @param files in it
 * @param depth of its folders
 */
public record ArchiveLimits(long bytes, long ratio, long freeBytes, int files, int depth) {
    /** The largest products have some 60 GB and 1500 files, and pack to a half or a third. */
    public static final ArchiveLimits USUAL = new ArchiveLimits(100L << 30, 50, 1L << 30, 5_000, 12);

    /** How many bytes an archive of this size may hold. */
    long most(long archiveBytes) {
        long byRatio = archiveBytes > Long.MAX_VALUE / ratio ? Long.MAX_VALUE : archiveBytes * ratio;
        return Math.min(bytes, Math.max(freeBytes, byRatio));
    }
}
