package io.swath.untrusted.archive;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarUtils;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/** The kinds of archive, told by their first bytes and never by their names. */
public enum ArchiveKind {
    ZIP,
    TAR,
    TAR_GZIP,
    TAR_BZIP2;

    /** How many of the first bytes are needed to tell: a bzip2 block has up to 900 kB. */
    public static final int HEAD_BYTES = 1 << 20;

    private static final int TAR_BLOCK = 512;

    /** @param head the first {@value #HEAD_BYTES} bytes of a file, or all of a shorter one */
    public static Optional<ArchiveKind> of(byte[] head) {
        if (begins(head, 'P', 'K', 3, 4) || begins(head, 'P', 'K', 5, 6)) {
            return Optional.of(ZIP);
        }
        if (begins(head, 0x1f, 0x8b, 8)) {
            return isTar(firstBlock(head, true)) ? Optional.of(TAR_GZIP) : Optional.empty();
        }
        if (begins(head, 'B', 'Z', 'h')) {
            return isTar(firstBlock(head, false)) ? Optional.of(TAR_BZIP2) : Optional.empty();
        }
        return isTar(head) ? Optional.of(TAR) : Optional.empty();
    }

    private static boolean begins(byte[] head, int... magic) {
        boolean same = head.length >= magic.length;
        for (int index = 0; same && index < magic.length; index++) {
            same = (head[index] & 0xff) == magic[index];
        }
        return same;
    }

    /** A tar begins with a header whose checksum is right (POSIX ustar, and the formats before it). */
    private static boolean isTar(byte[] head) {
        try {
            return head.length >= TAR_BLOCK && head[0] != 0 && TarUtils.verifyCheckSum(Arrays.copyOf(head, TAR_BLOCK));
        } catch (IllegalArgumentException noOctalNumberThere) {
            return false;
        }
    }

    private static byte[] firstBlock(byte[] head, boolean gzip) {
        try (InputStream packed = new ByteArrayInputStream(head);
                InputStream content =
                        gzip ? new GzipCompressorInputStream(packed) : new BZip2CompressorInputStream(packed)) {
            return content.readNBytes(TAR_BLOCK);
        } catch (IOException otherKindOfFile) {
            return new byte[0];
        }
    }
}
