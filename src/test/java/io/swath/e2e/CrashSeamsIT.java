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

/** Kills at the seams of every stage, with jobs that run on this machine. */
class CrashSeamsIT extends CrashSeams {
    CrashSeamsIT() {
        super("SIGKILL of Swath at its seams (jobs on this machine)", 16, Duration.ofMinutes(2));
    }

    @Override
    Swath create(String name) throws IOException {
        Path folder = Files.createDirectory(temp.resolve(name));
        Swath swath = new Swath(folder, folder.resolve("storage"), Map.of("cluster", "local"));
        swath.command("doctor", "--create").orFail();
        return swath;
    }

    @Override
    Map<String, Integer> successes(Swath swath) {
        return LocalJobs.successes(swath);
    }

    @Override
    boolean tried(String group) {
        return true;
    }

    /** An exception at every seam, once at each and all in one run, is trouble for a while and nothing more. */
    @Test
    void exception_at_each_seam() throws Exception {
        Path log = temp.resolve("thrown-at");
        Path gate = temp.resolve("throwing");
        try (Swath swath = create("thrown")) {
            Ordeal ordeal = new Ordeal(swath, temp.resolve("thrown-scenes"), 24);
            swath.with(option(new Seams.Orders(Seams.Order.THROW, "", 0, log, gate)))
                    .start();
            Files.createFile(gate);
            Instant begun = Instant.now();
            for (int number = 0; number < 6; number++) {
                ordeal.good();
                ordeal.bad();
                ordeal.rejected();
            }
            Ordeal.Scene endless = ordeal.endless();
            awaitRunning(swath, endless);
            ordeal.cancel(endless);
            ordeal.settle(Duration.ofMinutes(5));
            long seconds = Duration.between(begun, Instant.now()).toSeconds();
            swath.stop();
            List<String> thrown = Files.readAllLines(log);
            Ordeal.Findings findings = ordeal.findings(stored(swath), successes(swath));
            System.out.println(thrown.size() + " exceptions, each at a seam of its own, in " + seconds + " s: "
                    + findings.summary());
            assertThat(findings).matches(Ordeal.Findings::none);
            assertThat(thrown.size()).isGreaterThan(seamCount() / 2);
        }
    }
}
