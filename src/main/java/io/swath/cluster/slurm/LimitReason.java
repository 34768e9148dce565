package io.swath.cluster.slurm;

import static io.swath.model.WaitCause.ADMINISTRATOR;
import static io.swath.model.WaitCause.NOBODY;
import static io.swath.model.WaitCause.OPERATOR;

import io.swath.model.WaitCause;
import io.swath.model.WaitCause.Kind;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A reason that names a limit of an association or a QOS, such as {@code AssocGrpCPUMinutesLimit} or
 * {@code QOSMaxMemoryPerJob}. The name follows from the limit in sacctmgr(1): whose it is, and the group's or the job's;
 * the resource; and what is counted. So the rule below also holds for resources of later releases.
 *
 * @param owner {@code account}, or {@code QOS}
 * @param type {@code Grp}, {@code Max} or {@code Min}
 * @param resource such as {@code Memory}
 * @param counted what follows the resource, such as {@code PerJob} or {@code Minutes}; may be empty
 */
record LimitReason(String reason, String owner, String type, String resource, String counted) {
    private static final Pattern OF_OWNER = Pattern.compile("(Assoc|QOS)(Grp|Max|Min)"
            + "(Cpu|CPU|Jobs?|SubmitJobs?|Mem|Memory|Nodes?|WallDuration|Wall|BB|Billing|Energy|GRES|License|Unknown|\\w+?)"
            + "((?:Run)?Minutes|MinutesPerJob|PerJob|PerNode|PerUser|NotSatisfied)?(?:Limit)?");
    private static final Pattern OF_ACCOUNT_IN_QOS = Pattern.compile("Max(\\w+?)PerAccount");

    static Optional<LimitReason> parse(String reason) {
        Matcher account = OF_ACCOUNT_IN_QOS.matcher(reason);
        if (account.matches()) {
            return Optional.of(new LimitReason(reason, "QOS", "Max", account.group(1), "PerAccount"));
        }
        Matcher limit = OF_OWNER.matcher(reason);
        if (!limit.matches()) {
            return Optional.empty();
        }
        return Optional.of(new LimitReason(
                reason,
                limit.group(1).equals("QOS") ? "QOS" : "account",
                limit.group(2),
                limit.group(3),
                limit.group(4) == null ? "" : limit.group(4)));
    }

    WaitCause cause() {
        if (isOfOneJob()) {
            String compared = type.equals("Min") ? "less than the minimum" : "more than the maximum";
            return new WaitCause(
                    reason,
                    Kind.PERSON,
                    "the job asks for " + compared + " that the " + owner + " allows a job (" + resource
                            + "), so it never starts. What helps: change the limit (sacctmgr), and the job starts; or"
                            + " correct the recipe's request or slurm." + setting()
                            + ", then ./swath cancel and submit the scene again",
                    ADMINISTRATOR + ", or " + OPERATOR);
        }
        if (isBudget()) {
            return new WaitCause(
                    reason,
                    Kind.PERSON,
                    "the " + owner + "'s budget (" + resource + " minutes) is used up. It is filled again only if the"
                            + " cluster's usage decays or is reset. What helps: raise the limit (sacctmgr)",
                    ADMINISTRATOR);
        }
        return new WaitCause(
                reason,
                Kind.LIMIT,
                "the " + owner + "'s limit of what may run at once (" + resource
                        + ") is reached, or is smaller than the job",
                NOBODY);
    }

    private String setting() {
        return owner.equals("QOS") ? "qos" : "account";
    }

    /** A limit of a single job: the job breaks it, whatever else runs. */
    private boolean isOfOneJob() {
        return type.equals("Min")
                || counted.equals("PerJob")
                || counted.equals("PerNode")
                || counted.equals("MinutesPerJob");
    }

    /** A limit of what was used over time. {@code RunMinutes} counts only running jobs, so it passes. */
    private boolean isBudget() {
        return type.equals("Grp") && (counted.equals("Minutes") || resource.equals("Wall"));
    }
}
