package io.swath.model;

import java.util.Optional;

/**
 * What a task used of a GPU, as it measured itself: see {@code gpu.sh}. An empty value is unknown, not zero. Immutable.
 *
 * @param memoryMiB the most memory of one GPU that it had at once
 * @param cardMiB the memory of that GPU
 * @param percent how much of the time it used the GPU, 0 to 100
 * @param source how the memory was measured; empty: it was not
 */
public record GpuUse(Optional<Integer> memoryMiB, Optional<Integer> cardMiB, Optional<Integer> percent, String source) {
    /** Nothing is known. */
    public static final GpuUse NONE = new GpuUse(Optional.empty(), Optional.empty(), Optional.empty(), "");
}
