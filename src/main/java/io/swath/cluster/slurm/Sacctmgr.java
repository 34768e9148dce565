package io.swath.cluster.slurm;

import io.swath.cluster.Accounts.Association;
import io.swath.cluster.Accounts.Group;
import io.swath.cluster.Accounts.Qos;
import io.swath.cluster.Limit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Asks the accounting database for accounts, QOS and their limits (sacctmgr(1)). Stateless. */
final class Sacctmgr {
    /** More than any site has, so that a broken answer cannot fill the memory. */
    private static final int MOST_ROWS = 10_000;

    private static final List<String> ASSOCIATION_LIMITS = List.of(
            "GrpTRES", "GrpJobs", "GrpSubmitJobs", "MaxTRES", "MaxTRESPerNode", "MaxJobs", "MaxSubmitJobs", "MaxWall");

    private static final List<String> QOS_LIMITS = List.of(
            "GrpTRES",
            "GrpJobs",
            "GrpSubmitJobs",
            "MaxTRES",
            "MaxTRESPerNode",
            "MaxTRESPerUser",
            "MaxTRESPerAccount",
            "MaxJobsPerUser",
            "MaxJobsPerAccount",
            "MaxSubmitJobsPerUser",
            "MaxSubmitJobsPerAccount",
            "MinTRES",
            "MaxWall");

    private Sacctmgr() {}

    /**
     * Asks for the user's associations. sacctmgr prints the limits that they inherit, except those of a group.
     *
     * @param cluster the name of the cluster, because one database may serve several; empty: all
     */
    record Associations(String user, String cluster) implements SlurmCommand<List<Association>> {
        private static final List<String> FIELDS =
                joined(List.of("Account", "Partition", "QOS", "DefaultQOS"), ASSOCIATION_LIMITS);

        @Override
        public List<String> argv() {
            return show("assoc", FIELDS, where("user=" + user, cluster));
        }

        @Override
        public List<Association> parse(CommandResult result) {
            return rows(result, FIELDS).stream()
                    .map(row -> new Association(
                            row.get("Account"),
                            row.get("Partition"),
                            List.of(row.get("QOS").split(",")),
                            row.get("DefaultQOS"),
                            limits(row, ASSOCIATION_LIMITS)))
                    .toList();
        }

        @Override
        public String description() {
            return "ask for the user's accounts";
        }
    }

    /**
     * Asks for the accounts with the limits that all their users have together. {@code user=} lists the associations of
     * accounts and none of users (tried with 24.11.5).
     */
    record Groups(String cluster) implements SlurmCommand<Map<String, Group>> {
        private static final List<String> GROUP_LIMITS = List.of("GrpTRES", "GrpJobs", "GrpSubmitJobs");
        private static final List<String> FIELDS = joined(List.of("Account", "User", "ParentName"), GROUP_LIMITS);

        @Override
        public List<String> argv() {
            return show("assoc", FIELDS, where("user=", cluster));
        }

        @Override
        public Map<String, Group> parse(CommandResult result) {
            Map<String, Group> groups = new HashMap<>();
            rows(result, FIELDS).stream()
                    .filter(row -> row.get("User").isEmpty())
                    .forEach(row -> groups.put(
                            row.get("Account"), new Group(row.get("ParentName"), limits(row, GROUP_LIMITS))));
            return groups;
        }

        @Override
        public String description() {
            return "ask for the limits of the accounts";
        }
    }

    private static List<String> where(String condition, String cluster) {
        return cluster.isEmpty() ? List.of("where", condition) : List.of("where", condition, "cluster=" + cluster);
    }

    /** Asks for the account of jobs that name none. */
    record DefaultAccount(String user) implements SlurmCommand<Optional<String>> {
        private static final List<String> FIELDS = List.of("User", "DefaultAccount");

        @Override
        public List<String> argv() {
            return show("user", FIELDS, List.of("where", "name=" + user));
        }

        @Override
        public Optional<String> parse(CommandResult result) {
            return rows(result, FIELDS).stream()
                    .filter(row -> row.get("User").equals(user))
                    .map(row -> row.get("DefaultAccount"))
                    .filter(account -> !account.isEmpty())
                    .findFirst();
        }

        @Override
        public String description() {
            return "ask for the user's default account";
        }
    }

    /** Asks for the limits of every QOS. */
    record AllQos() implements SlurmCommand<Map<String, Qos>> {
        private static final List<String> FIELDS = joined(List.of("Name", "Flags"), QOS_LIMITS);

        @Override
        public List<String> argv() {
            return show("qos", FIELDS, List.of());
        }

        @Override
        public Map<String, Qos> parse(CommandResult result) {
            Map<String, Qos> qos = new HashMap<>();
            rows(result, FIELDS)
                    .forEach(row -> qos.put(
                            row.get("Name"),
                            new Qos(row.get("Flags").contains("OverPartQOS"), limits(row, QOS_LIMITS))));
            return qos;
        }

        @Override
        public String description() {
            return "ask for the limits of the QOS";
        }
    }

    private static List<String> joined(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    private static List<String> show(String what, List<String> fields, List<String> condition) {
        List<String> argv = new ArrayList<>(List.of("sacctmgr", "-n", "-P", "show", what));
        argv.addAll(condition);
        argv.add("format=" + String.join(",", fields));
        return argv;
    }

    /** The rows by field; a line with another number of cells, such as a banner, is no row. */
    private static List<Map<String, String>> rows(CommandResult result, List<String> fields) {
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : result.stdout().lines().limit(MOST_ROWS).toList()) {
            String[] cells = line.split("\\|", -1);
            if (cells.length == fields.size()) {
                Map<String, String> row = new HashMap<>();
                for (int cell = 0; cell < cells.length; cell++) {
                    row.put(fields.get(cell), SlurmText.line(cells[cell]));
                }
                rows.add(row);
            }
        }
        return rows;
    }

    private static List<Limit> limits(Map<String, String> row, List<String> columns) {
        List<Limit> limits = new ArrayList<>();
        for (String column : columns) {
            String value = row.get(column);
            if (column.equals("MaxWall")) {
                SlurmText.duration(value)
                        .ifPresent(most -> limits.add(new Limit(column, "", most.toSeconds(), column + "=" + value)));
            } else if (column.contains("TRES")) {
                Stream.of(value.split(","))
                        .forEach(entry -> ofResource(column, value, entry).ifPresent(limits::add));
            } else {
                SlurmText.count(value).ifPresent(most -> limits.add(new Limit(column, "", most, column + "=" + value)));
            }
        }
        return List.copyOf(limits);
    }

    /** Reads an entry of a TRES list, such as {@code mem=400M}; empty when it is no limit. */
    private static Optional<Limit> ofResource(String column, String list, String entry) {
        int equals = entry.indexOf('=');
        if (equals < 1) {
            return Optional.empty();
        }
        String resource = entry.substring(0, equals);
        String amount = entry.substring(equals + 1);
        Optional<Long> most = resource.equals("mem")
                ? SlurmText.requestedKiB(amount).map(kib -> kib / 1024)
                : SlurmText.count(amount);
        return most.map(limit -> new Limit(column, resource, limit, column + "=" + list));
    }
}
