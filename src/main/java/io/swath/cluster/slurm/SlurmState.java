package io.swath.cluster.slurm;

import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskStatus.State;

/** Reads Slurm's job states, as sacct(1) and squeue(1) of Slurm 22.05 to 25.11 print them. Stateless. */
final class SlurmState {
    private SlurmState() {}

    /** Reads a state cell such as {@code CANCELLED by 1001}: the first word is the state. */
    static State parse(String cell) {
        String[] parts = cell.strip().split("\\s+", 2);
        String name = parts[0].endsWith("+") ? parts[0].substring(0, parts[0].length() - 1) : parts[0];
        return new State(name, phase(name), parts.length > 1 ? parts[1] : "");
    }

    private static Phase phase(String name) {
        return switch (name) {
            case "PENDING",
                    "CONFIGURING",
                    "REQUEUE_HOLD",
                    "REQUEUE_FED",
                    "RESV_DEL_HOLD",
                    "SPECIAL_EXIT",
                    "EXPEDITING",
                    "POWER_UP_NODE" -> Phase.PENDING;
            case "RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "RESIZING", "STOPPED" -> Phase.RUNNING;
            case "SUSPENDED" -> Phase.SUSPENDED;
            case "REQUEUED" -> Phase.REQUEUED;
            case "COMPLETED" -> Phase.COMPLETED;
            case "FAILED" -> Phase.FAILED;
            case "OUT_OF_MEMORY" -> Phase.OUT_OF_MEMORY;
            case "TIMEOUT" -> Phase.TIMEOUT;
            case "NODE_FAIL", "BOOT_FAIL", "LAUNCH_FAILED", "RECONFIG_FAIL" -> Phase.NODE_FAIL;
            case "PREEMPTED" -> Phase.PREEMPTED;
            case "CANCELLED", "REVOKED", "DEADLINE" -> Phase.CANCELLED;
            default -> Phase.UNKNOWN;
        };
    }
}
