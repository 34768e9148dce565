package io.swath.cluster;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A slice of a GPU as NVIDIA names it (Multi-Instance GPU User Guide, "Device names"): {@code 1g.10gb} has one of seven
 * parts of the computing units, and 10 GB of memory. Immutable.
 *
 * @param computeUnits of the GPU, which has 7, or 4 if it is an A30
 * @param memoryGb in units of 10⁹ bytes, as the name says
 */
public record GpuSlice(int computeUnits, int memoryGb) {
    /** Slurm writes the name after the GPU's model ({@code a100_3g.20gb}); {@code +me} marks a slice with media engines. */
    private static final Pattern NAME = Pattern.compile("(?:.*[_-])?([1-7])g\\.(\\d{1,4})gb(?:[+._].*)?");

    /** Its memory at least: of the 18 GB in its name, a slice of an H200 has 16 GiB; others lack less. */
    public double memoryMiB() {
        return memoryGb * 1024 * (16 / 18.0);
    }

    /** Its part of the GPU's computing units: an A30 has four, the other models have seven. */
    public double units() {
        return ofA30() ? computeUnits / 4.0 : computeUnits / 7.0;
    }

    /** The names of an A30's slices are those of no other model. */
    private boolean ofA30() {
        return memoryGb == 6 * computeUnits && computeUnits != 3;
    }

    /**
     * The part of the GPU's memory that a slice with so many computing units has; one with twice the memory ({@code 1g.20gb} of
     * 80 GB) has more.
     */
    public double share() {
        if (ofA30()) {
            return units();
        }
        return switch (computeUnits) {
            case 1 -> 0.125;
            case 2 -> 0.25;
            case 3, 4 -> 0.5;
            default -> 1;
        };
    }

    /** Reads a type of GPU; empty when it names a whole GPU. */
    public static Optional<GpuSlice> of(String gpuType) {
        Matcher name = NAME.matcher(gpuType);
        return name.matches()
                ? Optional.of(new GpuSlice(Integer.parseInt(name.group(1)), Integer.parseInt(name.group(2))))
                : Optional.empty();
    }
}
