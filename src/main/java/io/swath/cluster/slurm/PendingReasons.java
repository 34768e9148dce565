package io.swath.cluster.slurm;

import static io.swath.model.WaitCause.ADMINISTRATOR;
import static io.swath.model.WaitCause.NOBODY;
import static io.swath.model.WaitCause.OPERATOR;

import io.swath.model.WaitCause;
import io.swath.model.WaitCause.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Slurm's reasons for a pending job, and what each means: whether it passes by itself, what to do and who can. The
 * reasons are those of {@code src/common/job_state_reason.c} (22.05 to 25.05) and of squeue(1), JOB REASON CODES; the
 * limits of associations and QOS, which are most of them, are read by {@link LimitReason}. Some jobs have a text instead
 * of a reason, see {@link PendingTexts}. Stateless.
 */
final class PendingReasons {
    private static final Map<String, WaitCause> TABLE = new HashMap<>();

    private static final String THE_JOB = "the job waits because ";
    private static final String EITHER = ADMINISTRATOR + ", or " + OPERATOR;

    static {
        passes("Priority", "other jobs have a higher priority");
        passes("Resources", "its nodes are busy");
        passes("None", "the scheduler has not considered it yet");
        passes("BeginTime", "its start time has not come");
        passes("Prolog", "the prolog of its node is still running");
        passes("Cleaning", "its previous run is still being cleaned up");
        passes("SchedDefer", "the scheduler starts jobs only in its own cycle");
        passes("Reservation", "its reservation has not begun");
        passes("JobArrayTaskLimit", "the array's limit of tasks that run at once is reached");
        passes("BurstBufferResources", "the burst buffer is full");
        passes("BurstBufferStageIn", "the burst buffer is being filled");
        passes("PowerNotAvail", "the cluster's power limit is reached");
        passes("PowerReserved", "power is reserved for other jobs");
        passes("FedJobLock", "the clusters of the federation have not agreed yet");

        // Swath's jobs depend on Swath's jobs only.
        put("Dependency", Kind.FOLLOWS, "the job that it depends on has not ended", NOBODY);

        limit("Licenses", "all licences are in use");
        limit("Constraints", "no node meets its constraints at this time");
        limit("AssociationJobLimit", "the account's limit of jobs is reached");
        limit("AssociationResourceLimit", "a resource limit of the account is reached");
        limit("QOSJobLimit", "the QOS's limit of jobs is reached");
        limit("QOSResourceLimit", "a resource limit of the QOS is reached");

        partition("PartitionDown", "its partition is DOWN", "scontrol update partitionname=… state=up");
        partition("PartitionInactive", "its partition is INACTIVE", "scontrol update partitionname=… state=up");
        partition(
                "PartitionNodeLimit",
                "its partition has too few usable nodes, or its limit of nodes forbids the job",
                "see sinfo -R for drained nodes, and scontrol show partition for MinNodes and MaxNodes");
        partition(
                "PartitionTimeLimit",
                "its time limit is above the partition's",
                "raise MaxTime of the partition; or give the recipe a shorter request.time");
        partition("PartitionConfig", "it breaks a limit of its partition", "compare it with scontrol show partition");
        partition(
                "MaxMemPerLimit",
                "it asks for more memory than MaxMemPerNode or MaxMemPerCPU allows",
                "raise the limit; or give the recipe less request.memory");
        partition("ReqNodeNotAvail", "a node that it needs is not available", "sinfo -R lists the nodes that are down");
        partition("NodeDown", "a node that it needs is down", "scontrol update nodename=… state=resume");
        partition("FrontEndDown", "no front-end node is up", "scontrol show frontend lists them");

        account("InvalidAccount", "its account is not valid (any more)", "slurm.account");
        account("AccountNotAllowed", "its account may not use the partition", "slurm.account");
        account("InvalidQOS", "its QOS is not valid (any more)", "slurm.qos");
        account("QOSNotAllowed", "its account or partition may not use the QOS", "slurm.qos");
        account("QOSUsageThreshold", "the usage is below the QOS's threshold", "slurm.qos");
        account("AccountingPolicy", "it breaks a rule of the accounting", "slurm.account and slurm.qos");
        account("AssociationTimeLimit", "the account's time is used up", "slurm.account");
        account("QOSTimeLimit", "the QOS's time is used up", "slurm.qos");

        person(
                "JobHeldUser",
                "the job was held with scontrol hold, or by Slurm after a failed start",
                "scontrol release JOB lets it start; scontrol show job JOB says more",
                "Swath's user, or " + ADMINISTRATOR);
        person(
                "JobHeldAdmin",
                "an administrator holds the job, or Slurm held it after a failed start",
                "scontrol release JOB lets it start",
                ADMINISTRATOR);
        person(
                "JobHoldMaxRequeue",
                "the job was requeued so often that Slurm holds it",
                "look at its nodes, then scontrol release JOB",
                ADMINISTRATOR);
        person(
                "BadConstraints",
                "no node can ever give what the job asks for",
                "correct the recipe's request or the settings, then ./swath cancel and submit the scene again; or add such"
                        + " nodes",
                EITHER);
        person(
                "DependencyNeverSatisfied",
                "the job that it depends on failed",
                "Swath cancels such jobs itself; if this one stays, ./swath cancel the scene",
                OPERATOR);
        person(
                "ReservationDeleted",
                "its reservation was deleted",
                "make the reservation again; or correct the"
                        + " settings, then ./swath cancel and submit the scene again",
                EITHER);
        person(
                "ReservationInvalid",
                "its reservation is not valid",
                "correct the reservation; or correct the settings," + " then ./swath cancel and submit the scene again",
                EITHER);
        person("DeadLine", "it cannot meet its deadline", "./swath cancel the scene and submit it again", OPERATOR);
        person(
                "BurstBufferOperation",
                "an operation of the burst buffer failed",
                "scontrol show job JOB says more",
                ADMINISTRATOR);
        for (String ended : List.of(
                "JobLaunchFailure",
                "SystemFailure",
                "NonZeroExitCode",
                "RaisedSignal",
                "TimeLimit",
                "InactiveLimit",
                "OutOfMemory")) {
            person(
                    ended,
                    "Slurm holds it after a start that failed (" + ended + ")",
                    "see the logs of slurmctld and of the node, then scontrol release JOB",
                    ADMINISTRATOR);
        }
    }

    private PendingReasons() {}

    private static void put(String reason, Kind kind, String what, String who) {
        TABLE.put(reason, new WaitCause(reason, kind, THE_JOB + what, who));
    }

    private static void passes(String reason, String what) {
        put(reason, Kind.PASSES, what, NOBODY);
    }

    private static void limit(String reason, String what) {
        put(reason, Kind.LIMIT, what, NOBODY);
    }

    private static void person(String reason, String what, String remedy, String who) {
        put(reason, Kind.PERSON, what + ". What helps: " + remedy, who);
    }

    private static void partition(String reason, String what, String remedy) {
        person(reason, what, remedy, ADMINISTRATOR);
    }

    private static void account(String reason, String what, String setting) {
        person(
                reason,
                what,
                "allow it (sacctmgr); or correct " + setting
                        + ", then ./swath cancel and submit the scene again: queued jobs keep what they asked for",
                EITHER);
    }

    /** What a reason, as squeue prints it, means. A reason that nobody knows is {@link Kind#UNKNOWN}. */
    static WaitCause of(String printed) {
        String reason = printed.replaceAll("^\\(|\\)$", "").replace('_', ' ').strip();
        if (reason.isEmpty()) {
            return TABLE.get("None");
        }
        return Optional.ofNullable(TABLE.get(reason))
                .or(() -> PendingTexts.cause(reason))
                .or(() -> LimitReason.parse(reason).map(LimitReason::cause))
                .orElseGet(() -> new WaitCause(
                        SlurmText.line(reason),
                        Kind.UNKNOWN,
                        THE_JOB + "of a reason that Swath does not know. What helps: scontrol show job JOB says more",
                        ADMINISTRATOR));
    }
}
