package io.swath.formats;

import java.nio.ByteBuffer;
import java.util.Optional;

/** The size of a JPEG 2000 image in pixels, from its image header box (ISO/IEC 15444-1, I.5.3.1). */
record Jpeg2000Size(int width, int height) {
    private static final int IHDR = 0x69686472;

    /** @param head the file's first bytes; empty when they hold no image header */
    static Optional<Jpeg2000Size> of(byte[] head) {
        ByteBuffer bytes = ByteBuffer.wrap(head);
        for (int at = 0; at + 12 <= head.length; at++) {
            if (bytes.getInt(at) == IHDR) {
                int height = bytes.getInt(at + 4);
                int width = bytes.getInt(at + 8);
                return height > 0 && width > 0 ? Optional.of(new Jpeg2000Size(width, height)) : Optional.empty();
            }
        }
        return Optional.empty();
    }
}
