package io.swath.cluster.slurm;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.GpuSlice;
import io.swath.cluster.NodeResources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
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
        Map<String, ToIntFunction<NodeResources>> resources = new LinkedHashMap<>();
        resources.put("gpu", NodeResources::allGpus);
        resources.put("shard", NodeResources::shards);
        resources.put("mps", NodeResources::mps);
        resources.forEach((resource, amount) -> {
            boolean there = partitions.stream().anyMatch(partition -> has(partition, amount));
            if (there && Stream.of(accounted.split(",")).noneMatch(("gres/" + resource)::equals)) {
                advice.add("the use of gres/" + resource + " is not accounted for (AccountingStorageTRES)."
                        + IN_SLURM_CONF + "AccountingStorageTRES=gres/gpu,gres/shard"
                        + (resource.equals("mps") ? ",gres/mps" : ""));
            }
        });
        for (Partition partition : partitions) {
            boolean slices = has(partition, SiteAdvice::slices);
            boolean shared = has(partition, NodeResources::shards) || has(partition, NodeResources::mps);
            if (partition.gpusPerNode() > 0 && !slices && !shared) {
                advice.add(
                        "partition " + partition.name() + ": its GPUs have no shards, so a step that asks for a part of"
                                + " a GPU gets a whole one. An administrator of the cluster can add them:"
                                + " GresTypes=gpu,shard in slurm.conf, Name=shard Count=… in gres.conf");
            }
        }
    }

    private static boolean has(Partition partition, ToIntFunction<NodeResources> amount) {
        return partition.kinds().stream().anyMatch(kind -> amount.applyAsInt(kind.offers()) > 0);
    }

    private static int slices(NodeResources offers) {
        return (int) offers.gpus().keySet().stream()
                .filter(type -> GpuSlice.of(type).isPresent())
                .count();
    }
}
