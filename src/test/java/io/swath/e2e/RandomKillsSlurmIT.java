package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Kills Swath at random moments while its jobs are on a real Slurm; {@code -Dcrash.points=all} kills more often. */
@ExtendWith(SlurmTestCluster.class)
class RandomKillsSlurmIT {
    private static final int KILLS = System.getProperty("crash.points", "some").equals("all") ? 50 : 4;

    @TempDir
    Path temp;

    @Test
    void loses_nothing_and_runs_nothing_twice_if_killed_at_random_moments() throws Exception {
        try (SwathProcess swath = SlurmJobs.create(temp.resolve("random"))) {
            RandomKills kills = new RandomKills(
                    "SIGKILL of Swath at random moments",
                    swath,
                    temp.resolve("scenes"),
                    KILLS,
                    Long.getLong("crash.seed", 1),
                    Duration.ofSeconds(12),
                    Duration.ofMinutes(8));
            assertThat(kills.run(
                            SlurmJobs::successes,
                            killed -> DownstreamConsumer.stored(killed.state().resolve("broker"))))
                    .matches(Findings::none);
        }
    }
}
