package io.swath.cluster.slurm;

import io.swath.cluster.PartitionAccess;
import io.swath.cluster.PartitionAccess.Names;
import io.swath.cluster.PartitionRules;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads single fields of a record of {@code scontrol show partition}. Stateless. */
final class PartitionRecords {
    private PartitionRecords() {}

    /** Whether a partition is not for everybody. */
    static boolean special(Map<String, String> values) {
        return Stream.of("Hidden", "RootOnly", "ReqResv").anyMatch(flag -> is(values, flag));
    }

    private static boolean is(Map<String, String> values, String flag) {
        return values.getOrDefault(flag, "NO").equals("YES");
    }

    static boolean forSomeGroups(Map<String, String> values) {
        return !value(values, "AllowGroups").isEmpty();
    }

    /** The value; empty where it sets no rule. */
    private static String value(Map<String, String> values, String name) {
        String value = values.getOrDefault(name, "");
        return Set.of("ALL", "(null)", "N/A").contains(value) ? "" : SlurmText.line(value);
    }

    static PartitionRules rules(Map<String, String> values, Configuration configuration) {
        return new PartitionRules(
                configuration.wholeNodes()
                        || values.getOrDefault("OverSubscribe", "").equals("EXCLUSIVE"),
                Records.number(values, "MaxCPUsPerNode", Integer.MAX_VALUE),
                Math.min(limit(values, "MaxMemPerNode"), configuration.limit("MaxMemPerNode")),
                Math.min(limit(values, "MaxMemPerCPU"), configuration.limit("MaxMemPerCPU")),
                Records.number(values, "MinNodes", 0),
                Records.number(values, "MaxNodes", Integer.MAX_VALUE));
    }

    /** A limit; {@link Integer#MAX_VALUE} when there is none: Slurm writes 0 too for no limit. */
    static int limit(Map<String, String> values, String name) {
        int limit = Records.number(values, name, Integer.MAX_VALUE);
        return limit == 0 ? Integer.MAX_VALUE : limit;
    }

    /** @param visible the partitions that Slurm shows to its user without {@code -a}; empty: not asked */
    static PartitionAccess access(Map<String, String> values, Optional<Set<String>> visible) {
        boolean hiddenFromGroups = forSomeGroups(values)
                && !is(values, "Hidden")
                && visible.isPresent()
                && !visible.get().contains(values.get("PartitionName"));
        String closed = is(values, "RootOnly")
                ? "RootOnly=YES"
                : hiddenFromGroups
                        ? "AllowGroups=" + value(values, "AllowGroups") + ", and Slurm does not show it to this user"
                        : "";
        return new PartitionAccess(
                value(values, "QoS"),
                names(values, "AllowAccounts", "DenyAccounts"),
                names(values, "AllowQos", "DenyQos"),
                closed,
                is(values, "ReqResv"));
    }

    private static Names names(Map<String, String> values, String allow, String deny) {
        return new Names(list(value(values, allow)), list(value(values, deny)));
    }

    private static Set<String> list(String names) {
        return Arrays.stream(names.split(",")).filter(name -> !name.isBlank()).collect(Collectors.toUnmodifiableSet());
    }
}
