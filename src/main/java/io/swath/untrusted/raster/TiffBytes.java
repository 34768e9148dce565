package io.swath.untrusted.raster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Reads the bytes of a TIFF by position, never beyond the file's end. Not thread-safe. */
final class TiffBytes {
    private final Path file;
    private final FileChannel channel;
    private final long size;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

    TiffBytes(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.size = channel.size();
    }

    long size() {
        return size;
    }

    void order(ByteOrder given) {
        order = given;
    }

    /** Exactly {@code length} bytes, in the file's byte order. */
    ByteBuffer at(long position, int length) throws IOException {
        if (position < 0 || position > size - length) {
            throw new BadSceneException(
                    file,
                    BadSceneException.INCOMPLETE,
                    "its header says that it has at least " + Long.toUnsignedString(position + length)
                            + " bytes, and it has " + size,
                    "It was cut off or damaged during the transfer: send it again.");
        }
        ByteBuffer buffer = ByteBuffer.allocate(length).order(order);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new IOException(file + " became shorter while it was read");
            }
        }
        return buffer.flip();
    }
}
