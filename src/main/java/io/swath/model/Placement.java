package io.swath.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * On which nodes a job of a step runs, on whose account, and over how many tasks and nodes it spreads. Immutable.
 *
 * <p>The options and their meaning are those of sbatch(1) and srun(1). An empty text asks for nothing: the settings decide,
 * and else the cluster.
 *
 * @param constraint features that the nodes must have, as in {@code avx512&ssd}
 * @param reservation the reservation that it runs in
 * @param account the account that is charged
 * @param qos the quality of service
 * @param exclusive whether no other job shares its nodes
 * @param gpuType the type of its GPUs
 * @param tasks how many processes of the step's script run beside each other; as many on each node
 * @param nodes over how many nodes they spread
 * @param bind to which CPUs and GPUs each of them is bound
 */
public record Placement(
        String constraint,
        String reservation,
        String account,
        String qos,
        boolean exclusive,
        String gpuType,
        int tasks,
        int nodes,
        Bind bind) {
    /** One task on one node, anywhere. */
    public static final Placement NONE = new Placement("", "", "", "", false, "", 1, 1, Bind.USUAL);

    /** The most tasks that a step may have. */
    public static final int MOST_TASKS = 4096;

    /** The most nodes that a step may have. */
    public static final int MOST_NODES = 1024;

    /** What a reservation, an account or a quality of service may be called. */
    public static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.][A-Za-z0-9_.-]{0,63}");

    /** What a constraint consists of: names of features, {@code & | ( ) [ ]} and {@code *} with a number of nodes. */
    public static final Pattern CONSTRAINT =
            Pattern.compile("(?=.*[A-Za-z0-9_])[A-Za-z0-9_.(\\[][A-Za-z0-9_.&|\\[\\]*()-]{0,254}");

    /** A type of GPU, such as {@code a100} or {@code 1g.10gb}. Slurm reads {@code 4} and {@code 4k} as numbers. */
    public static final Pattern GPU_TYPE = Pattern.compile("(?!\\d+[kKmMgGtTpP]?$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}");

    /**
     * To what each task of a step is bound.
     *
     * @param cpu {@code cores}, {@code sockets} or {@code none} (srun's {@code --cpu-bind}); empty: the cluster decides
     * @param gpu {@code closest}: the GPUs closest to its CPUs; {@code map}: one GPU of its own, the next one of its node
     *     for each task; {@code none}: all GPUs of the step on its node; empty: the cluster decides
     */
    public record Bind(String cpu, String gpu) {
        /** As the cluster is configured. */
        public static final Bind USUAL = new Bind("", "");

        /** The words for {@code cpu}. */
        public static final List<String> CPU = List.of("cores", "sockets", "none");

        /** The words for {@code gpu}. */
        public static final List<String> GPU = List.of("closest", "map", "none");

        public Bind {
            if (!(cpu.isEmpty() || CPU.contains(cpu)) || !(gpu.isEmpty() || GPU.contains(gpu))) {
                throw new IllegalArgumentException(
                        "cpu is one of " + CPU + " and gpu one of " + GPU + ", not " + cpu + " and " + gpu);
            }
        }
    }

    public Placement {
        if (tasks < 1 || tasks > MOST_TASKS || nodes < 1 || nodes > MOST_NODES || tasks % nodes != 0) {
            throw new IllegalArgumentException("the tasks must be a multiple of the nodes, " + MOST_TASKS + " and "
                    + MOST_NODES + " at most, not " + tasks + " and " + nodes);
        }
    }

    /** Tasks and nodes alone. */
    public static Placement of(int tasks, int nodes) {
        return new Placement("", "", "", "", false, "", tasks, nodes, Bind.USUAL);
    }

    public int tasksPerNode() {
        return tasks / nodes;
    }

    /** Whether the script is started once for each task, by srun(1) where there is Slurm. */
    public boolean startsTasks() {
        return tasks > 1 || !bind.equals(Bind.USUAL);
    }

    /** The same where no GPU is asked for. */
    public Placement withoutGpu() {
        return new Placement(
                constraint, reservation, account, qos, exclusive, "", tasks, nodes, new Bind(bind.cpu(), ""));
    }

    /** The same with another quality of service. */
    public Placement withQos(String other) {
        return new Placement(constraint, reservation, account, other, exclusive, gpuType, tasks, nodes, bind);
    }

    /** What this asks for and, where it asks for nothing, what the other does. Tasks, nodes and their binding stay. */
    public Placement or(Placement other) {
        return new Placement(
                constraint.isEmpty() ? other.constraint : constraint,
                reservation.isEmpty() ? other.reservation : reservation,
                account.isEmpty() ? other.account : account,
                qos.isEmpty() ? other.qos : qos,
                exclusive || other.exclusive,
                gpuType.isEmpty() ? other.gpuType : gpuType,
                tasks,
                nodes,
                bind);
    }

    /**
     * What it asks for, in the words of {@code recipe.yaml}, separated by blanks: {@code qos=high exclusive tasks=4}. Empty
     * for {@link #NONE}. {@link #parse} reads it. What a recipe names has no blanks.
     */
    public String text() {
        List<String> words = new ArrayList<>();
        add(words, "constraint", constraint);
        add(words, "reservation", reservation);
        add(words, "account", account);
        add(words, "qos", qos);
        if (exclusive) {
            words.add("exclusive");
        }
        add(words, "gpu-type", gpuType);
        add(words, "tasks", tasks == 1 ? "" : Integer.toString(tasks));
        add(words, "nodes", nodes == 1 ? "" : Integer.toString(nodes));
        add(words, "bind.cpu", bind.cpu);
        add(words, "bind.gpu", bind.gpu);
        return String.join(" ", words);
    }

    private static void add(List<String> words, String name, String value) {
        if (!value.isEmpty()) {
            words.add(name + "=" + value);
        }
    }

    /** @throws IllegalArgumentException when the text is not one of {@link #text} */
    public static Placement parse(String text) {
        Map<String, String> values = new HashMap<>();
        for (String word : text.isEmpty() ? new String[0] : text.split(" ")) {
            String[] parts = word.split("=", 2);
            values.put(parts[0], parts.length == 1 ? "true" : parts[1]);
        }
        Placement placement = new Placement(
                values.getOrDefault("constraint", ""),
                values.getOrDefault("reservation", ""),
                values.getOrDefault("account", ""),
                values.getOrDefault("qos", ""),
                values.containsKey("exclusive"),
                values.getOrDefault("gpu-type", ""),
                Integer.parseInt(values.getOrDefault("tasks", "1")),
                Integer.parseInt(values.getOrDefault("nodes", "1")),
                new Bind(values.getOrDefault("bind.cpu", ""), values.getOrDefault("bind.gpu", "")));
        if (!placement.text().equals(text)) {
            throw new IllegalArgumentException("\"" + text + "\" is not a placement");
        }
        return placement;
    }
}
