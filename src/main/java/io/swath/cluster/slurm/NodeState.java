package io.swath.cluster.slurm;

import io.swath.cluster.NodeKind.Availability;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The state of a node, as scontrol(1) prints it ({@code IDLE+DRAIN}) and as sinfo(1) does ({@code idle~}, {@code drng*}).
 * Stateless. The words and signs are from sinfo(1), NODE STATE CODES, and from {@code node_state_string} in Slurm's
 * {@code src/common/slurm_protocol_defs.c}.
 */
final class NodeState {
    /** A person has to bring the node back. */
    private static final Set<String> OUT = Set.of(
            "DOWN",
            "DRAIN",
            "DRAINED",
            "DRAINING",
            "DRNG",
            "ERROR",
            "ERR",
            "FAIL",
            "FAILED",
            "FAILING",
            "FAILG",
            "FUTURE",
            "FUTR",
            "INVAL",
            "INVALID",
            "INVALID_REG",
            "UNKNOWN",
            "UNK");

    /** slurmd does not answer. */
    private static final Set<String> SILENT = Set.of("NOT_RESPONDING", "NO_RESPOND");

    /** The node is switched on, off or started again, so it is silent for a while, or drained until then. */
    private static final Set<String> SWITCHED = Set.of(
            "POWERED_DOWN",
            "POWERING_DOWN",
            "POWERING_UP",
            "POWER_DOWN",
            "POWER_UP",
            "POW_DN",
            "POW_UP",
            "REBOOT",
            "REBOOT_ISSUED",
            "REBOOT_REQUESTED",
            "BOOT");

    /** Kept for others, until that ends. {@code $} is a maintenance window. */
    private static final Set<String> KEPT = Set.of("MAINT", "RESERVED", "RESV", "BLOCKED");

    /** Signs behind a state of sinfo: power saving and starting again. */
    private static final String SWITCHED_SIGNS = "~#!%^@";

    private NodeState() {}

    static Availability availability(String state) {
        Set<String> words = Arrays.stream(state.toUpperCase(Locale.ROOT).split("[^A-Z_]+"))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toSet());
        boolean switched = words.stream().anyMatch(SWITCHED::contains)
                || state.chars().anyMatch(sign -> SWITCHED_SIGNS.indexOf(sign) >= 0);
        boolean restarts = switched && words.stream().anyMatch(word -> word.startsWith("REBOOT"));
        boolean silent = words.stream().anyMatch(SILENT::contains) || state.contains("*");
        if (words.stream().anyMatch(OUT::contains)) {
            // A node that is to start again is drained until then (scontrol(1): reboot ASAP).
            return restarts && !words.contains("DOWN") && !words.contains("FAIL")
                    ? Availability.LATER
                    : Availability.OUT;
        }
        if (silent && !switched) {
            return Availability.OUT;
        }
        boolean kept = words.stream().anyMatch(KEPT::contains) || state.contains("$");
        return kept ? Availability.LATER : Availability.READY;
    }
}
