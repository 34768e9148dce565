package io.swath.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtendWith;

/** Kills Swath at each crash point of the submission, the tracking and the Slurm commands, on a real Slurm. */
@ExtendWith(SlurmTestCluster.class)
class CrashPointsSlurmIT extends CrashPointTest {
    private static final Set<String> GROUPS = Set.of("Submission", "Tracking", "Control", "SlurmCluster", "JobScript");

    CrashPointsSlurmIT() {
        super("SIGKILL of Swath at each step towards Slurm", 4, Duration.ofMinutes(5));
    }

    @Override
    SwathProcess create(String name) throws IOException {
        return SlurmJobs.create(temp.resolve(name));
    }

    @Override
    Map<String, Integer> successes(SwathProcess swath) {
        return SlurmJobs.successes(swath);
    }

    @Override
    boolean includes(String group) {
        return GROUPS.contains(group);
    }
}
