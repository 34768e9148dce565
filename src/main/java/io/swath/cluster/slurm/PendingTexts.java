package io.swath.cluster.slurm;

import static io.swath.model.WaitCause.ADMINISTRATOR;
import static io.swath.model.WaitCause.NOBODY;

import io.swath.model.WaitCause;
import io.swath.model.WaitCause.Kind;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Texts that slurmctld gives as a job's reason ({@code state_desc}), with blanks or underscores between the words.
 * Seen with 24.11.5, or in {@code src/slurmctld/job_scheduler.c}, {@code node_scheduler.c} and {@code job_mgr.c}.
 * Stateless.
 */
final class PendingTexts {
    private record Text(Pattern pattern, WaitCause cause) {}

    /** The first that matches counts. */
    private static final List<Text> TEXTS = List.of(
            text(
                    "ReqNodeNotAvail, ?Reserved for maintenance.*",
                    "ReqNodeNotAvail",
                    Kind.PASSES,
                    "its nodes are reserved for maintenance",
                    NOBODY),
            text(
                    "ReqNodeNotAvail, ?UnavailableNodes:.+",
                    "ReqNodeNotAvail",
                    Kind.PERSON,
                    "nodes that it needs are down, drained or do not answer. What helps: sinfo -R says why; scontrol update"
                            + " nodename=… state=resume brings a node back",
                    ADMINISTRATOR),
            text(
                    "ReqNodeNotAvail,.*", // may be reserved for other job; in use; or all nodes are drained
                    "ReqNodeNotAvail",
                    Kind.LIMIT,
                    "its nodes may be reserved for other jobs",
                    NOBODY),
            text(
                    "Nodes required for job are DOWN, DRAINED or reserved.*",
                    "Nodes required for job",
                    Kind.LIMIT,
                    "its nodes are down, drained, or reserved for jobs in partitions of higher priority",
                    NOBODY),
            text(
                    ".*requeued (in )?held( state)?.*", // launch failed, job, user env retrieval failed, …
                    "requeued held",
                    Kind.PERSON,
                    "Slurm could not start it and holds it. What helps: see the logs of slurmctld and of the node, then"
                            + " scontrol release JOB",
                    ADMINISTRATOR),
            text(
                    "(?i).*prolog.*",
                    "Prolog",
                    Kind.PERSON,
                    "the prolog of its node failed. What helps: see the log of slurmd on the node, then scontrol release"
                            + " JOB and scontrol update nodename=… state=resume",
                    ADMINISTRATOR),
            text(
                    "(?i)Reservation .*deleted.*",
                    "ReservationDeleted",
                    Kind.PERSON,
                    "its reservation was deleted. What helps: make the reservation again",
                    ADMINISTRATOR),
            text(
                    "(?i)BurstBufferOperation.*|burst buffer.*",
                    "BurstBufferOperation",
                    Kind.PERSON,
                    "an operation of the burst buffer failed. What helps: scontrol show job JOB says more",
                    ADMINISTRATOR));

    private PendingTexts() {}

    private static Text text(String pattern, String reason, Kind kind, String what, String who) {
        return new Text(Pattern.compile(pattern), new WaitCause(reason, kind, "the job waits because " + what, who));
    }

    /** @param text with blanks between the words; the cause quotes it, because it may name nodes */
    static Optional<WaitCause> cause(String text) {
        return TEXTS.stream()
                .filter(known -> known.pattern().matcher(text).matches())
                .findFirst()
                .map(known -> new WaitCause(
                        known.cause().reason(),
                        known.cause().kind(),
                        known.cause().what() + " (" + SlurmText.line(text) + ")",
                        known.cause().who()));
    }
}
