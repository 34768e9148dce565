package io.swath.submission;

import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.GpuSlice;
import io.swath.cluster.NodeKind;
import io.swath.cluster.NodeKind.Availability;
import io.swath.cluster.NodeResources;
import io.swath.model.GpuRequest;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * Maps the part of a GPU that a task needs to what a partition offers: the smallest slice (MIG) that holds it, else shards, else
 * MPS, else a whole GPU. A slice is fenced off by the GPU; nothing keeps a task within its shards or its MPS. What Slurm offers
 * is described in gres.html.
 *
 * <p>A pure function; thread-safe.
 */
final class GpuParts {
    private GpuParts() {}

    /**
     * What a task needs of one GPU.
     *
     * @param share the least part, above 0: what the recipe guesses, or what a retry asks for
     * @param memoryMiB memory; 0: not known
     * @param cardMiB the memory of the GPU; 0: not known, and then the memory counts only for slices
     * @param use which part of the GPU's time the task uses, 0 to 1
     */
    record Need(double share, double memoryMiB, double cardMiB, double use) {
        /** A recipe's guess, before a run was measured. */
        static Need guess(double share) {
            return new Need(share, 0, 0, 0);
        }

        double part() {
            double ofMemory = cardMiB > 0 ? memoryMiB / cardMiB : 0;
            return Math.min(1, Math.max(share, Math.max(ofMemory, use)));
        }

        private boolean fits(GpuSlice slice) {
            boolean memory = memoryMiB == 0 || slice.memoryMiB() >= memoryMiB;
            return memory && slice.share() >= share && slice.units() >= use;
        }
    }

    /** @param text what is requested, for people, such as {@code 3 of 16 shards of a GPU} */
    record Chosen(GpuRequest request, String text) {}

    private record TypedSlice(String type, GpuSlice slice) {
        GpuRequest request() {
            return GpuRequest.typed(type, slice.share());
        }
    }

    static Chosen choose(Partition partition, Need need) {
        List<TypedSlice> slices = slices(partition);
        Optional<TypedSlice> fitting = slices.stream()
                .filter(each -> need.fits(each.slice()) && onlySlices(partition))
                .findFirst();
        if (fitting.isPresent()) {
            TypedSlice slice = fitting.get();
            return new Chosen(slice.request(), "1 slice " + slice.type());
        }
        double part = need.part();
        int shards = partition.shardsPerGpu();
        if (part < 1 && shards > 0) {
            int asked = (int) Math.ceil(part * shards);
            return new Chosen(GpuRequest.shards(asked, shards), asked + " of " + shards + " shards of a GPU");
        }
        return mps(partition, part).orElseGet(() -> whole(partition, slices, part));
    }

    /** Slurm uses MPS on one GPU of a node only. Where a node has more GPUs than tasks fit on one, whole GPUs serve more. */
    private static Optional<Chosen> mps(Partition partition, double part) {
        int mps = highest(partition, NodeResources::mpsPerGpu);
        int asked = (int) Math.ceil(part * mps);
        return asked > 0 && part < 1 && mps / asked > highest(partition, NodeResources::allGpus)
                ? Optional.of(new Chosen(GpuRequest.mps(asked, mps), asked + " of " + mps + " MPS of a GPU"))
                : Optional.empty();
    }

    private static int highest(Partition partition, ToIntFunction<NodeResources> resource) {
        return kinds(partition).stream()
                .mapToInt(kind -> resource.applyAsInt(kind.offers()))
                .max()
                .orElse(0);
    }

    private static Chosen whole(Partition partition, List<TypedSlice> slices, double part) {
        if (slices.isEmpty()) {
            boolean mps = highest(partition, NodeResources::mpsPerGpu) > 0;
            String why = mps
                    ? ", because MPS is on one GPU of a node only"
                    : ", because partition " + partition.name() + " offers no slices, shards or MPS";
            return new Chosen(GpuRequest.whole(1), "a whole GPU" + (part < 1 ? why : ""));
        }
        Optional<String> type = kinds(partition).stream() // without a type, a slice would do for Slurm
                .flatMap(kind -> kind.offers().gpus().keySet().stream())
                .filter(each -> !each.isEmpty() && GpuSlice.of(each).isEmpty())
                .findFirst();
        if (type.isPresent()) {
            return new Chosen(GpuRequest.typed(type.get(), 1), "a whole GPU " + type.get());
        }
        TypedSlice largest = slices.get(slices.size() - 1);
        return new Chosen(largest.request(), "1 slice " + largest.type() + ", the largest that there is");
    }

    /** Whether slices are the only parts that there are; else nodes with shards or MPS would stay idle. */
    private static boolean onlySlices(Partition partition) {
        return kinds(partition).stream()
                .filter(kind -> kind.offers().shardsPerGpu() + kind.offers().mpsPerGpu() > 0)
                .allMatch(kind -> kind.offers().gpus().keySet().stream()
                        .anyMatch(type -> GpuSlice.of(type).isPresent()));
    }

    /** From the smallest to the largest. */
    private static List<TypedSlice> slices(Partition partition) {
        return kinds(partition).stream()
                .flatMap(kind -> kind.offers().gpus().keySet().stream())
                .distinct()
                .flatMap(type -> GpuSlice.of(type).map(slice -> new TypedSlice(type, slice)).stream())
                .sorted(Comparator.comparing((TypedSlice each) -> each.slice().memoryGb())
                        .thenComparing(each -> each.slice().computeUnits())
                        .thenComparing(TypedSlice::type))
                .toList();
    }

    /** Without the nodes that only a person can bring back, unless there are no others. */
    private static List<NodeKind> kinds(Partition partition) {
        List<NodeKind> usable = partition.kinds().stream()
                .filter(kind -> kind.nodes().stream().anyMatch(node -> node.availability() != Availability.OUT))
                .toList();
        return usable.isEmpty() ? partition.kinds() : usable;
    }
}
