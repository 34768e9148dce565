package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Killed at random moments with jobs on a real Slurm all the time; {@code -Dseams=all} kills more often. */
@ExtendWith(SlurmLab.class)
class RandomKillsSlurmIT {
    private static final int KILLS = System.getProperty("seams", "some").equals("all") ? 50 : 4;

    @TempDir
    Path temp;

    @Test
    void killed_at_random_moments_it_loses_nothing_and_runs_nothing_twice() throws Exception {
        try (Swath swath = SlurmJobs.create(temp.resolve("random"))) {
            RandomKills kills = new RandomKills(
                    "SIGKILL of Swath at random moments",
                    swath,
                    temp.resolve("scenes"),
                    KILLS,
                    Long.getLong("seams.seed", 1),
                    Duration.ofSeconds(12),
                    Duration.ofMinutes(8));
            assertThat(kills.run(
                            SlurmJobs::successes,
                            killed -> Downstream.stored(killed.state().resolve("broker"))))
                    .matches(Ordeal.Findings::none);
        }
    }
}
