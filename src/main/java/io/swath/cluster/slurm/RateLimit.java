package io.swath.cluster.slurm;

import java.util.Optional;

/**
 * How many requests slurmctld accepts from each user: slurm.conf(5), SlurmctldParameters, {@code rl_enable}. Above that its
 * clients wait for a second, then for two and so on, and say so only at their verbose level ({@code
 * slurm_send_recv_controller_msg} in {@code src/common/slurm_protocol_api.c}). So nobody can read it from an answer. Immutable.
 *
 * @param atOnce how many at once, at least 1
 * @param refill how many more in each period
 * @param periodSeconds the period
 */
record RateLimit(long atOnce, long refill, long periodSeconds) {
    private static final String SETTING = "SlurmctldParameters";

    /** The limit of a cluster, with Slurm's defaults for what it does not set; empty: it has none. */
    static Optional<RateLimit> of(Configuration configuration) {
        return configuration
                .parameter(SETTING, "rl_enable")
                .map(enabled -> new RateLimit(
                        number(configuration, "rl_bucket_size", 30),
                        number(configuration, "rl_refill_rate", 2),
                        number(configuration, "rl_refill_period", 1)));
    }

    private static long number(Configuration configuration, String name, long byDefault) {
        return configuration
                .parameter(SETTING, name)
                .flatMap(SlurmText::count)
                .filter(number -> number > 0)
                .orElse(byDefault);
    }

    double perMinute() {
        return 60.0 * refill / periodSeconds;
    }

    @Override
    public String toString() {
        return refill + " RPCs in " + periodSeconds + " s for each user, and " + atOnce + " at once";
    }
}
