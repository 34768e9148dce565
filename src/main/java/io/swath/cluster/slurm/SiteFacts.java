package io.swath.cluster.slurm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The settings of Slurm's scheduler and controller that decide how fast Swath's jobs start. Stateless. */
final class SiteFacts {
    /** Parameters of SchedulerParameters with their defaults in slurm.conf(5); empty: it is off unless set. */
    private static final List<String[]> SCHEDULER = List.of(
            new String[] {"sched_interval", "60"},
            new String[] {"default_queue_depth", "100"},
            new String[] {"batch_sched_delay", "3"},
            new String[] {"bf_interval", "30"},
            new String[] {"bf_window", "1440"},
            new String[] {"bf_resolution", "60"},
            new String[] {"bf_max_job_test", "500"},
            new String[] {"bf_max_job_user", ""},
            new String[] {"bf_max_job_part", ""},
            new String[] {"bf_continue", ""},
            new String[] {"defer", ""},
            new String[] {"defer_batch", ""},
            new String[] {"max_rpc_cnt", ""});

    private SiteFacts() {}

    static List<String> of(Configuration configuration) {
        List<String> facts = new ArrayList<>();
        facts.add("scheduler " + configuration.value("SchedulerType") + ", priority "
                + configuration.value("PriorityType") + ": "
                + String.join(
                        ", ",
                        SCHEDULER.stream()
                                .flatMap(parameter -> scheduler(configuration, parameter[0], parameter[1]))
                                .toList()));
        facts.add("controller: at most " + configuration.value("MaxJobCount")
                + " jobs of all users, ended jobs stay in the queue for "
                + configuration.value("MinJobAge") + "; "
                + RateLimit.of(configuration)
                        .map(limit -> "rate limit: " + limit)
                        .orElse("no rate limit of RPCs"));
        return facts;
    }

    private static Stream<String> scheduler(Configuration configuration, String name, String byDefault) {
        Optional<String> set = configuration.parameter("SchedulerParameters", name);
        if (set.isPresent()) {
            return Stream.of(name + (set.get().isEmpty() ? "" : "=" + SlurmText.line(set.get())));
        }
        return byDefault.isEmpty() ? Stream.empty() : Stream.of(name + "=" + byDefault + " (default)");
    }
}
