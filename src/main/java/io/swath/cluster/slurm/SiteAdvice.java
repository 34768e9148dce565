package io.swath.cluster.slurm;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.GpuSlice;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What is missing or unused in a cluster's configuration, each with what helps. Stateless. */
final class SiteAdvice {
    private static final String IN_SLURM_CONF = " An administrator of the cluster can set in slurm.conf: ";

    private SiteAdvice() {}

    static List<String> of(Configuration configuration, Capabilities cluster) {
        List<String> advice = new ArrayList<>();
        accounting(configuration, advice);
        gpus(configuration, cluster.partitions(), advice);
        boolean memory = cluster.partitions().stream().anyMatch(Partition::managesMemory);
        if (memory
                && Stream.of("DefMemPerCPU", "DefMemPerNode")
                        .allMatch(name -> configuration.limit(name) == Integer.MAX_VALUE)) {
            advice.add("DefMemPerCPU is not set, so a job that asks for no memory gets all of a node's and keeps"
                    + " others out." + IN_SLURM_CONF + "DefMemPerCPU=… (MiB)");
        }
        if (configuration.value("Epilog").isEmpty()) {
            advice.add(
                    "Epilog is not set, so the end of a short task does not wake the scheduler, and the next task waits"
                            + " for its next cycle." + IN_SLURM_CONF + "Epilog=/bin/true");
        }
        return advice;
    }

    private static void accounting(Configuration configuration, List<String> advice) {
        if (!configuration.hasAccounting()) {
            advice.add(
                    "there is no accounting database (AccountingStorageType), so no limits are known, and sacct cannot"
                            + " report how tasks ended." + IN_SLURM_CONF
                            + "AccountingStorageType=accounting_storage/slurmdbd");
        } else if (!configuration.enforcesLimits()) {
            advice.add(
                    "limits of accounts and QOS are not enforced (AccountingStorageEnforce), so they are not checked."
                            + IN_SLURM_CONF + "AccountingStorageEnforce=associations,limits,qos");
        }
        String gather = configuration.value("JobAcctGatherType");
        if (gather.isEmpty() || gather.endsWith("/none")) {
            advice.add("JobAcctGatherType is not set, so accounting does not know how much memory tasks use; only the"
                    + " evidence of the tasks does." + IN_SLURM_CONF + "JobAcctGatherType=jobacct_gather/cgroup");
        }
    }

    private static void gpus(Configuration configuration, List<Partition> partitions, List<String> advice) {
        String accounted = configuration.value("AccountingStorageTRES");
        for (String resource : List.of("gpu", "shard")) {
            boolean there = partitions.stream()
                    .anyMatch(partition ->
                            resource.equals("gpu") ? partition.gpusPerNode() > 0 : partition.shardsPerGpu() > 0);
            if (there && Stream.of(accounted.split(",")).noneMatch(("gres/" + resource)::equals)) {
                advice.add("the use of gres/" + resource + " is not accounted for (AccountingStorageTRES)."
                        + IN_SLURM_CONF + "AccountingStorageTRES=gres/gpu,gres/shard");
            }
        }
        for (Partition partition : partitions) {
            List<String> slices = partition.kinds().stream()
                    .flatMap(kind -> kind.offers().gpus().keySet().stream())
                    .filter(type -> GpuSlice.of(type).isPresent())
                    .distinct()
                    .toList();
            boolean mps =
                    partition.kinds().stream().anyMatch(kind -> kind.offers().mps() > 0);
            if (partition.gpusPerNode() > 0 && partition.shardsPerGpu() == 0 && slices.isEmpty()) {
                advice.add(
                        "partition " + partition.name() + ": its GPUs have no shards, so a step that asks for a part of"
                                + " a GPU gets a whole one" + (mps ? " (its gres/mps is not used)" : "")
                                + ". An administrator of the cluster can add them: GresTypes=gpu,shard in slurm.conf,"
                                + " Name=shard Count=… in gres.conf");
            }
            if (!slices.isEmpty()) {
                advice.add("partition " + partition.name() + " has slices of GPUs (MIG): " + String.join(", ", slices)
                        + ". A step gets one of a certain size when its type is named, for example"
                        + " slurm.options.gpu=--gres=gpu:" + slices.get(0));
            }
        }
    }
}
