package io.swath.cluster.local;

import com.sun.management.OperatingSystemMXBean;
import io.swath.model.Request;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * This machine as a node. Immutable.
 *
 * @param memoryMiB the memory that all tasks together may use
 */
record Machine(String name, int cpus, int memoryMiB, int gpus) {
    /** Into how many shards a GPU is divided. As with Slurm's shards, nothing limits a task to its share. */
    static final int SHARDS = 4;

    /** The share of the memory that tasks may use. The rest is for the system, this program and the page cache. */
    private static final double SHARE_OF_MEMORY = 0.8;

    static Machine here() {
        long bytes =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        return new Machine(
                hostName(),
                Runtime.getRuntime().availableProcessors(),
                (int) Math.min(Integer.MAX_VALUE, (long) (SHARE_OF_MEMORY * bytes) >> 20),
                countGpus());
    }

    private static String hostName() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException unknown) {
            return "localhost";
        }
    }

    /** The number of NVIDIA GPUs that nvidia-smi(1) lists; 0 if it is missing or does not answer. */
    private static int countGpus() {
        try {
            Process list = new ProcessBuilder("nvidia-smi", "-L")
                    .redirectInput(new File("/dev/null"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!list.waitFor(20, TimeUnit.SECONDS)) {
                list.destroyForcibly();
                return 0;
            }
            String text = new String(list.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return (int) text.lines().filter(line -> line.startsWith("GPU ")).count();
        } catch (IOException none) {
            return 0;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    /** Why this machine can never meet the request; empty if it can. */
    Optional<String> rejection(Request request) {
        if (request.totalMemoryMiB() > memoryMiB) {
            return Optional.of("a task requests " + request.totalMemoryMiB()
                    + " MiB of memory, and this machine offers " + memoryMiB + " MiB");
        }
        if (gpus > 0 && (request.gpus() > gpus || request.shards() > SHARDS)) {
            return Optional.of("a task requests " + request.gpus() + " GPUs and " + request.shards()
                    + " shards of a GPU, and this machine has " + gpus + " GPUs with " + SHARDS + " shards each");
        }
        return Optional.empty();
    }

    /**
     * How many CPUs a task gets. A request for more than the machine has gets all of them. The tasks of all nodes run on this
     * machine, with the GPUs of one node.
     */
    int cpusFor(Request request) {
        return Math.min(cpus, request.totalCpus());
    }

    /** The free resources of a machine. Not thread-safe. */
    static final class Free {
        private final Machine machine;
        private final int[] shards;
        private int cpus;
        private int memoryMiB;

        Free(Machine machine) {
            this.machine = machine;
            this.cpus = machine.cpus();
            this.memoryMiB = machine.memoryMiB();
            this.shards = IntStream.range(0, machine.gpus()).map(gpu -> SHARDS).toArray();
        }

        /**
         * Takes the requested resources.
         *
         * @return the GPUs that the task got; empty when the request does not fit now
         */
        Optional<List<Integer>> take(Request request) {
            Optional<List<Integer>> gpus = gpusFor(request);
            if (machine.cpusFor(request) > cpus || request.totalMemoryMiB() > memoryMiB || gpus.isEmpty()) {
                return Optional.empty();
            }
            change(request, gpus.get(), -1);
            return gpus;
        }

        void giveBack(Request request, List<Integer> gpus) {
            change(request, gpus, 1);
        }

        private void change(Request request, List<Integer> gpus, int sign) {
            cpus += sign * machine.cpusFor(request);
            memoryMiB += sign * Math.toIntExact(request.totalMemoryMiB()); // no more than the machine has
            for (int gpu : gpus) {
                shards[gpu] += sign * (request.gpus() > 0 ? SHARDS : request.shards());
            }
        }

        private Optional<List<Integer>> gpusFor(Request request) {
            int each = request.gpus() > 0 ? SHARDS : request.shards();
            int count = each == 0 || machine.gpus() == 0 ? 0 : Math.max(1, request.gpus());
            List<Integer> fitting = IntStream.range(0, shards.length)
                    .filter(gpu -> shards[gpu] >= each)
                    .limit(count)
                    .boxed()
                    .toList();
            return fitting.size() < count ? Optional.empty() : Optional.of(fitting);
        }
    }
}
