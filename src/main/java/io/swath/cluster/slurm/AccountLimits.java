package io.swath.cluster.slurm;

import io.swath.model.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The limits of the user's associations and of the QOS, as sacctmgr(1) prints them: which of them forbid a request for
 * ever. Immutable.
 */
record AccountLimits(List<Association> associations, Map<String, List<Limit>> qos) {
    /** Limits that one job alone can exceed, by the name of sacctmgr's column. */
    private static final List<String> OF_TRES =
            List.of("GrpTRES", "MaxTRES", "MaxTRESPerNode", "MaxTRESPerUser", "MaxTRESPerAccount", "MinTRES");

    private static final String WALL = "MaxWall";

    /** One limit, such as {@code MaxTRES} with {@code mem=400M}. */
    record Limit(String column, String value) {
        /** In which way a job with this request breaks the limit; empty when it does not. */
        Optional<String> brokenBy(Request request) {
            if (column.equals(WALL)) {
                return SlurmText.duration(value)
                        .filter(most -> request.time().compareTo(most) > 0)
                        .map(most -> column + "=" + value + " is less than its time limit of "
                                + request.time().toSeconds() + " s");
            }
            boolean least = column.equals("MinTRES");
            for (Map.Entry<String, Long> asked : amounts(request).entrySet()) {
                Optional<Long> limit = amount(asked.getKey(), SlurmText.tres(value, asked.getKey()));
                if (limit.isPresent() && (least ? asked.getValue() < limit.get() : asked.getValue() > limit.get())) {
                    return Optional.of(column + "=" + value + ", and it asks for " + asked.getKey() + "="
                            + asked.getValue() + (asked.getKey().equals("mem") ? "M" : ""));
                }
            }
            return Optional.empty();
        }

        private static Map<String, Long> amounts(Request request) {
            Map<String, Long> amounts = new HashMap<>(Map.of(
                    "cpu", (long) request.cpus(),
                    "node", 1L,
                    "gres/gpu", (long) request.gpus(),
                    "gres/shard", (long) request.shards()));
            if (request.memoryMiB() > 0) {
                amounts.put("mem", (long) request.memoryMiB());
            }
            return amounts;
        }

        private static Optional<Long> amount(String name, String text) {
            return name.equals("mem") ? SlurmText.requestedKiB(text).map(kib -> kib / 1024) : SlurmText.count(text);
        }
    }

    /** What a user may use under one account. */
    record Association(String account, String partition, List<String> qos, String defaultQos, List<Limit> limits) {}

    /**
     * Why a job with this request never starts.
     *
     * @param account the account that it is charged to; empty: the user's default
     * @param wantedQos its QOS; empty: the user's default
     */
    List<String> obstacles(Request request, String account, String wantedQos) {
        List<Association> own = associations.stream()
                .filter(association ->
                        account.isEmpty() || association.account().equals(account))
                .filter(association -> association.partition().isEmpty()
                        || association.partition().equals(request.partition()))
                .toList();
        if (own.isEmpty()) {
            return List.of("the user has no association with "
                    + (account.isEmpty() ? "any account" : "account " + account + " (slurm.account)")
                    + ". An administrator can add one: sacctmgr add user …");
        }
        List<String> obstacles = new ArrayList<>();
        for (Association association : own) {
            String qosName = !wantedQos.isEmpty()
                    ? wantedQos
                    : association.defaultQos().isEmpty() ? "normal" : association.defaultQos();
            if (!wantedQos.isEmpty() && !association.qos().contains(wantedQos)) {
                obstacles.add("account " + association.account() + " may not use QOS " + wantedQos
                        + " (slurm.qos), only " + String.join(", ", association.qos())
                        + ". An administrator can allow it: sacctmgr modify user … set qos+=" + wantedQos);
            }
            broken(request, association.limits(), "account " + association.account(), obstacles);
            broken(request, qos.getOrDefault(qosName, List.of()), "QOS " + qosName, obstacles);
        }
        return obstacles.stream().distinct().toList();
    }

    private static void broken(Request request, List<Limit> limits, String owner, List<String> obstacles) {
        limits.forEach(limit -> limit.brokenBy(request)
                .ifPresent(how -> obstacles.add("a task never starts: " + owner + " has " + how
                        + ". Ask for less in the recipe, use another QOS or account, or have the limit raised"
                        + " (sacctmgr)")));
    }

    /** Asks for the user's associations. */
    record Associations(String user) implements SlurmCommand<List<Association>> {
        private static final List<String> FIELDS =
                List.of("Account", "Partition", "QOS", "DefaultQOS", "GrpTRES", "MaxTRES", "MaxTRESPerNode", WALL);

        @Override
        public List<String> argv() {
            return sacctmgr("assoc", FIELDS, "where", "user=" + user);
        }

        @Override
        public List<Association> parse(CommandResult result) {
            return rows(result, FIELDS).stream()
                    .map(row -> new Association(
                            row.get("Account"),
                            row.get("Partition"),
                            List.of(row.get("QOS").split(",")),
                            row.get("DefaultQOS"),
                            limits(row)))
                    .toList();
        }

        @Override
        public String description() {
            return "ask for the user's accounts";
        }
    }

    /** Asks for the limits of every QOS. */
    record AllQos() implements SlurmCommand<Map<String, List<Limit>>> {
        private static final List<String> FIELDS = List.of(
                "Name", "GrpTRES", "MaxTRES", "MaxTRESPerNode", "MaxTRESPerUser", "MaxTRESPerAccount", "MinTRES", WALL);

        @Override
        public List<String> argv() {
            return sacctmgr("qos", FIELDS);
        }

        @Override
        public Map<String, List<Limit>> parse(CommandResult result) {
            Map<String, List<Limit>> qos = new HashMap<>();
            rows(result, FIELDS).forEach(row -> qos.put(row.get("Name"), limits(row)));
            return qos;
        }

        @Override
        public String description() {
            return "ask for the limits of the QOS";
        }
    }

    private static List<String> sacctmgr(String what, List<String> fields, String... condition) {
        List<String> argv = new ArrayList<>(List.of("sacctmgr", "-n", "-P", "show", what));
        argv.addAll(Arrays.asList(condition));
        argv.add("format=" + String.join(",", fields));
        return argv;
    }

    /** The rows by field; a line with another number of cells, such as a banner, is no row. */
    private static List<Map<String, String>> rows(CommandResult result, List<String> fields) {
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : result.stdout().lines().toList()) {
            String[] cells = line.split("\\|", -1);
            if (cells.length == fields.size()) {
                Map<String, String> row = new HashMap<>();
                for (int cell = 0; cell < cells.length; cell++) {
                    row.put(fields.get(cell), cells[cell]);
                }
                rows.add(row);
            }
        }
        return rows;
    }

    private static List<Limit> limits(Map<String, String> row) {
        List<Limit> limits = new ArrayList<>();
        OF_TRES.stream()
                .filter(column -> !row.getOrDefault(column, "").isEmpty())
                .forEach(column -> limits.add(new Limit(column, row.get(column))));
        if (!row.get(WALL).isEmpty()) {
            limits.add(new Limit(WALL, row.get(WALL)));
        }
        return List.copyOf(limits);
    }
}
