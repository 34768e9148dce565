package io.swath.untrusted.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** A channel that keeps its failures, so that a storage that fails is not taken for a damaged archive. Not thread-safe. */
final class WatchedChannel implements SeekableByteChannel {
    private final SeekableByteChannel channel;
    private IOException failure;

    WatchedChannel(SeekableByteChannel channel) {
        this.channel = channel;
    }

    /** @throws IOException the failure of the storage, if it failed */
    void rethrow() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        try {
            return channel.read(into);
        } catch (IOException failed) {
            failure = failed;
            throw failed;
        }
    }

    @Override
    public int write(ByteBuffer from) {
        throw new NonWritableChannelException();
    }

    @Override
    public long position() throws IOException {
        return channel.position();
    }

    @Override
    public SeekableByteChannel position(long position) throws IOException {
        channel.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    /** Does nothing: who opened the channel closes it. */
    @Override
    public void close() {}
}
