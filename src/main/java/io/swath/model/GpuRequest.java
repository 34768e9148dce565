package io.swath.model;

/**
 * What a task requests of the GPUs of each of its nodes: whole GPUs or slices of GPUs, or a part of one GPU in shards or by
 * MPS. Immutable. Slurm's words are in gres.html.
 *
 * <p>The constructor throws {@link IllegalArgumentException} for amounts that no task can have.
 *
 * @param whole GPUs, or slices (MIG) where the type names one; 0 for none
 * @param type of these GPUs, such as {@code a100_1g.10gb}; empty: the one of the {@link Placement}, and else any
 * @param shards shares of one GPU ({@code gres/shard}); 0 for none
 * @param mps of one GPU, as the cluster counts it, mostly percent ({@code gres/mps}); 0 for none
 * @param part which part of one GPU this is: 0.25, or 1 for whole GPUs; 0: not known, or no GPU
 */
public record GpuRequest(int whole, String type, int shards, int mps, double part) {
    /** No GPU. */
    public static final GpuRequest NONE = new GpuRequest(0, "", 0, 0, 0);

    public GpuRequest {
        if (whole < 0 || shards < 0 || mps < 0 || !(part >= 0 && part <= 1)) {
            throw new IllegalArgumentException("a request has no negative amount, and a part of 0 to 1 of a GPU, not "
                    + whole + " GPUs, " + shards + " shards, " + mps + " mps, part " + part);
        }
        if ((whole > 0 ? 1 : 0) + (shards > 0 ? 1 : 0) + (mps > 0 ? 1 : 0) > 1) {
            throw new IllegalArgumentException(
                    "a task requests whole GPUs, shards of one GPU or MPS, not several of them");
        }
    }

    /** Whole GPUs of any type; 0: none. */
    public static GpuRequest whole(int gpus) {
        return new GpuRequest(gpus, "", 0, 0, gpus > 0 ? 1 : 0);
    }

    /** One GPU or slice of a type. */
    public static GpuRequest typed(String type, double part) {
        return new GpuRequest(1, type, 0, 0, part);
    }

    /** @param perGpu into how many shards a GPU is divided; 0: not known */
    public static GpuRequest shards(int shards, int perGpu) {
        return new GpuRequest(0, "", shards, 0, part(shards, perGpu));
    }

    /** @param perGpu how much there is of one GPU */
    public static GpuRequest mps(int mps, int perGpu) {
        return new GpuRequest(0, "", 0, mps, part(mps, perGpu));
    }

    private static double part(int amount, int perGpu) {
        return perGpu == 0 ? 0 : Math.min(1, (double) amount / perGpu);
    }

    /** Whether it requests anything of a GPU. */
    public boolean any() {
        return whole + shards + mps > 0;
    }

    /** Whether it requests less than a whole GPU. */
    public boolean partial() {
        return shards + mps > 0 || (whole == 1 && part > 0 && part < 1);
    }

    /** Whether both request the same of the cluster. */
    public boolean asksForTheSame(GpuRequest other) {
        return whole == other.whole && type.equals(other.type) && shards == other.shards && mps == other.mps;
    }

    /** What it requests, for people, such as {@code 2 GPUs} or {@code 1 shard}; empty for none. */
    public String text() {
        if (whole > 0) {
            return whole + (type.isEmpty() ? "" : " " + type) + (whole == 1 ? " GPU" : " GPUs");
        }
        return shards > 0 ? shards + (shards == 1 ? " shard" : " shards") : mps > 0 ? mps + " mps" : "";
    }
}
