package io.swath.cluster.slurm;

import io.swath.cluster.NodeKind;
import io.swath.cluster.NodeKind.Availability;
import io.swath.cluster.NodeResources;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A node as Slurm describes it. Immutable.
 *
 * @param offers what it has for jobs, memory also where the cluster does not manage it
 * @param free what of it no job has
 * @param cpusPerCore the CPUs (threads) of one core; see {@link NodeKind}
 * @param cpusPerSocket the CPUs of one socket
 * @param state with the reason, for people
 */
record NodeRecord(
        String name,
        Set<String> partitions,
        NodeResources offers,
        NodeResources free,
        int cpusPerCore,
        int cpusPerSocket,
        Set<String> features,
        Availability availability,
        String state) {

    /**
     * Asks for the nodes, also those that only hidden partitions have. {@code -d} shows which GPUs are in use, on clusters
     * too that do not account for them.
     */
    record Query() implements SlurmCommand<List<NodeRecord>> {
        private static final Pattern REASON = Pattern.compile("\\bReason=(.*)$");

        @Override
        public List<String> argv() {
            return List.of("scontrol", "show", "node", "-o", "-a", "-d");
        }

        @Override
        public List<NodeRecord> parse(CommandResult result) {
            List<NodeRecord> nodes = result.stdout()
                    .lines()
                    .flatMap(line -> Records.with("NodeName", line).stream().map(fields -> node(fields, line)))
                    .toList();
            if (nodes.isEmpty()) {
                throw Records.noAnswer(this, result, "node");
            }
            return nodes;
        }

        private static NodeRecord node(Map<String, String> fields, String line) {
            int allCpus = Records.number(fields, "CPUTot", 1);
            long sockets = Math.max(1, Records.number(fields, "Sockets", 1));
            long cores = sockets * Math.max(1, Records.number(fields, "CoresPerSocket", 1));
            int threads = Records.number(fields, "ThreadsPerCore", 1);
            int cpusPerCore = (int) Math.max(1, Math.min(threads, allCpus / cores));
            NodeResources offers = offers(fields, allCpus, cpusPerCore);
            String state = fields.getOrDefault("State", "");
            Matcher reason = REASON.matcher(line);
            return new NodeRecord(
                    SlurmText.line(fields.get("NodeName")),
                    names(fields.get("Partitions")),
                    offers,
                    free(offers, fields),
                    cpusPerCore,
                    (int) Math.max(1, allCpus / sockets),
                    names(fields.getOrDefault("ActiveFeatures", fields.get("AvailableFeatures"))),
                    NodeState.availability(state),
                    SlurmText.line(state) + (reason.find() ? " (" + SlurmText.line(reason.group(1)) + ")" : ""));
        }

        private static NodeResources offers(Map<String, String> fields, int allCpus, int cpusPerCore) {
            long special = (long) Records.number(fields, "CoreSpecCount", 0) * cpusPerCore;
            int cpus = Records.number(fields, "CPUEfctv", (int) Math.max(1, allCpus - special));
            int memoryMiB = Records.number(fields, "RealMemory", 1) - Records.number(fields, "MemSpecLimit", 0);
            String gres = fields.getOrDefault("Gres", "");
            return new NodeResources(
                    cpus,
                    Math.max(1, memoryMiB),
                    Gres.types(gres, "gpu"),
                    Gres.count(gres, "shard"),
                    Gres.count(gres, "mps"));
        }

        /**
         * What is in use stands in GresUsed; where {@code -d} printed none, in AllocTRES, as far as GPUs are accounted for. A
         * GPU with a shard in use cannot be given away whole, and a GPU in use has no free shards (gres.html).
         */
        private static NodeResources free(NodeResources offers, Map<String, String> fields) {
            String used = fields.getOrDefault(
                    "GresUsed", fields.getOrDefault("AllocTRES", "").replace('=', ':'));
            Map<String, Integer> gpusUsed = Gres.types(used, "gpu");
            boolean typed = gpusUsed.keySet().stream().anyMatch(type -> !type.isEmpty());
            int shardsUsed = Gres.count(used, "shard");
            int perGpu = offers.shardsPerGpu();
            int shared = perGpu == 0 ? 0 : (shardsUsed + perGpu - 1) / perGpu;
            int others = shared + (typed ? 0 : gpusUsed.getOrDefault("", 0));
            Map<String, Integer> gpus = new TreeMap<>();
            for (Map.Entry<String, Integer> type : offers.gpus().entrySet()) {
                int left = Math.max(0, type.getValue() - (typed ? gpusUsed.getOrDefault(type.getKey(), 0) : 0));
                gpus.put(type.getKey(), Math.max(0, left - others));
                others = Math.max(0, others - left);
            }
            int whole = gpus.values().stream().mapToInt(Integer::intValue).sum() + shared;
            int shards = Math.min(offers.shards(), whole * perGpu) - shardsUsed;
            return new NodeResources(
                    Math.max(0, offers.cpus() - Records.number(fields, "CPUAlloc", 0)),
                    Math.max(0, offers.memoryMiB() - Records.number(fields, "AllocMem", 0)),
                    gpus,
                    Math.max(0, shards),
                    Math.max(0, offers.mps() - Gres.count(used, "mps")));
        }

        private static Set<String> names(String list) {
            return list == null || list.equals("(null)")
                    ? Set.of()
                    : Arrays.stream(list.split(","))
                            .filter(name -> !name.isBlank())
                            .collect(Collectors.toUnmodifiableSet());
        }

        @Override
        public String description() {
            return "ask for Slurm's nodes";
        }
    }
}
