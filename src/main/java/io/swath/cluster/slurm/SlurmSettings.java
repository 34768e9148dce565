package io.swath.cluster.slurm;

import io.swath.model.JobOptions;
import io.swath.model.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** How Swath reaches Slurm, and what it asks Slurm for. */
public record SlurmSettings(
        @Setting(
                key = "slurm.ssh",
                help = "The login node as user@host:port. Empty: Swath runs Slurm's commands on this machine.")
        Optional<LoginNode> loginNode,

        @Setting(key = "slurm.ssh.key", help = "The private key with which Swath logs in to the login node.")
        Optional<Path> key,

        @Setting(
                key = "slurm.ssh.known-hosts",
                help =
                        "The known_hosts file with the login node's host key. Swath does not connect to a host whose key is"
                                + " not in it.")
        Optional<Path> knownHosts,

        @Setting(
                key = "slurm.timeout",
                byDefault = "60s",
                help = "How long one Slurm command may take. After that its answer counts as lost.")
        Duration timeout,

        @Setting(
                key = "slurm.commands-per-minute",
                byDefault = "600",
                help =
                        "How many of Slurm's commands Swath sends in a minute at most, and half of them at once. Where slurmctld"
                                + " limits the rate of a user (rl_enable), Swath keeps to that too. When Slurm says that it is"
                                + " overloaded, Swath sends fewer for some minutes.")
        int commandsPerMinute,

        @Setting(
                key = "slurm.partition.cpu",
                help = "The partition for steps without a GPU. Empty: Slurm's default partition.")
        String cpuPartition,

        @Setting(
                key = "slurm.partition.gpu",
                help = "The partition for steps with a GPU. Empty: the first partition that has GPUs.")
        String gpuPartition,

        @Setting(key = "slurm.account", help = "The Slurm account that is charged. Empty: the user's default account.")
        String account,

        @Setting(key = "slurm.qos", help = "The quality of service. Empty: the user's default.")
        String qos,

        @Setting(
                key = "slurm.options.cpu",
                help = "Further options of sbatch for steps without a GPU and for the assembly, such as --constraint=x"
                        + " --reservation=y. Options that Swath relies on are refused.")
        JobOptions cpuOptions,

        @Setting(
                key = "slurm.options.gpu",
                help = "The same for steps with a GPU. --gres=gpu:TYPE names the type of GPU; the number comes from the"
                        + " recipe, and is then in whole GPUs.")
        JobOptions gpuOptions,

        @Setting(
                key = "slurm.request-memory",
                byDefault = "true",
                help =
                        "Whether tasks ask Slurm for memory where Slurm manages it. false: for a site that does not accept"
                                + " --mem; the memory in a recipe is then ignored.")
        boolean requestMemory) {}
