package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills Swath at random moments while it processes scenes on this machine; {@code -Dcrash.points=all} kills more often.
 */
class RandomKillsIT {
    private static final int KILLS = System.getProperty("crash.points", "some").equals("all") ? 50 : 6;

    @TempDir
    Path temp;

    @Test
    void loses_nothing_and_runs_nothing_twice_if_killed_at_random_moments() throws Exception {
        Path folder = Files.createDirectory(temp.resolve("random"));
        try (SwathProcess swath = new SwathProcess(folder, folder.resolve("storage"), Map.of("cluster", "local"))) {
            swath.command("doctor", "--create").orFail();
            RandomKills kills = new RandomKills(
                    "SIGKILL of Swath at random moments (jobs on this machine)",
                    swath,
                    temp.resolve("scenes"),
                    KILLS,
                    Long.getLong("crash.seed", 1),
                    Duration.ofSeconds(9),
                    Duration.ofMinutes(4));
            assertThat(kills.run(
                            LocalJobs::successes,
                            killed -> DownstreamConsumer.stored(killed.state().resolve("broker"))))
                    .matches(Findings::none);
        }
    }
}
