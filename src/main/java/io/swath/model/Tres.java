package io.swath.model;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A task's trackable resources, in Slurm's notation, such as {@code billing=1,cpu=1,mem=600M,node=1}; see TRES in
 * slurm.conf(5). Immutable.
 *
 * @param requested the resources that the task requested; empty if not known
 * @param allocated the resources that it was given, with {@code gres/gpu} and {@code gres/shard}; empty before it
 *     started
 */
public record Tres(String requested, String allocated) {
    /** Nothing is known. */
    public static final Tres NONE = new Tres("", "");

    private static final Pattern MEMORY = Pattern.compile("(?:^|,)mem=(\\d+(?:\\.\\d+)?)([MGT])(?=,|$)");
    private static final Pattern NODES = Pattern.compile("(?:^|,)node=(\\d+)(?=,|$)");

    /** Memory of each node that the task requested, in MiB; empty if not known. */
    public Optional<Integer> requestedMiBPerNode() {
        Matcher memory = MEMORY.matcher(requested);
        Matcher nodes = NODES.matcher(requested);
        if (!memory.find() || !nodes.find() || Integer.parseInt(nodes.group(1)) == 0) {
            return Optional.empty();
        }
        int unit = switch (memory.group(2)) {
            case "G" -> 1 << 10;
            case "T" -> 1 << 20;
            default -> 1;
        };
        return Optional.of(
                (int) Math.round(Double.parseDouble(memory.group(1)) * unit / Integer.parseInt(nodes.group(1))));
    }
}
