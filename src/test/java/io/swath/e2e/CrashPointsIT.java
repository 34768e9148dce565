package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Kills Swath at the crash points of every stage, with jobs that run on this machine. */
class CrashPointsIT extends CrashPointTest {
    CrashPointsIT() {
        super("SIGKILL of Swath at its crash points (jobs on this machine)", 12, Duration.ofMinutes(2));
    }

    @Override
    SwathProcess create(String name) throws IOException {
        Path folder = Files.createDirectory(temp.resolve(name));
        SwathProcess swath = new SwathProcess(folder, folder.resolve("storage"), Map.of("cluster", "local"));
        swath.command("doctor", "--create").orFail();
        return swath;
    }

    @Override
    Map<String, Integer> successes(SwathProcess swath) {
        return LocalJobs.successes(swath);
    }

    @Override
    boolean includes(String group) {
        return true;
    }

    @Test
    void loses_nothing_and_repeats_nothing_if_each_crash_point_throws_once() throws Exception {
        Path log = temp.resolve("thrown-at");
        Path gate = temp.resolve("throwing");
        try (SwathProcess swath = create("thrown")) {
            CrashScenario scenario = new CrashScenario(swath, temp.resolve("thrown-scenes"), 24);
            swath.withJavaOptions(option(new CrashPoints.Orders(CrashPoints.Order.THROW, "", 0, log, gate)))
                    .start();
            Files.createFile(gate);
            Instant begun = Instant.now();
            for (int number = 0; number < 6; number++) {
                scenario.dropGood();
                scenario.dropGarbage();
                scenario.dropWrongName();
            }
            CrashScenario.Scene endless = scenario.dropEndless();
            awaitRunning(swath, endless);
            scenario.cancel(endless);
            scenario.settle(Duration.ofMinutes(5));
            long seconds = Duration.between(begun, Instant.now()).toSeconds();
            swath.stop();
            List<String> thrown = Files.readAllLines(log);
            Findings findings = scenario.findings(stored(swath), successes(swath));
            System.out.println(thrown.size() + " exceptions, each at another crash point, in " + seconds + " s: "
                    + findings.summary());
            assertThat(findings).matches(Findings::none);
            assertThat(thrown.size()).isGreaterThan(crashPointCount() / 2);
        }
    }
}
