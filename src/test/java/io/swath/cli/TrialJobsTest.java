package io.swath.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.job.Directives;
import io.swath.model.JobOptions;
import io.swath.model.Request;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class TrialJobsTest {
    private static final Directives DIRECTIVES = new Directives(
            "eo", "high", "dark", new JobOptions(List.of("--constraint=x", "--licenses=y"), ""), JobOptions.NONE);
    private static final Request CPU = new Request("cpu", 1, 600, Duration.ofMinutes(2), 0, 0, List.of());

    private static Optional<String> problem(boolean night, Predicate<List<String>> refused) {
        return new TrialJobs(DIRECTIVES, words -> refused.test(words) ? Optional.of("Slurm's words") : Optional.empty())
                .problem(CPU, night);
    }

    @Test
    void an_accepted_job_is_no_problem() {
        assertThat(problem(false, words -> false)).isEmpty();
    }

    @Test
    void the_setting_without_which_the_job_is_accepted_is_named_with_the_clusters_words() {
        assertThat(problem(false, words -> words.contains("--constraint=x")).orElseThrow())
                .contains("Slurm's words", "without slurm.options.cpu (--constraint=x): correct that")
                .doesNotContain("slurm.account");
        assertThat(problem(false, words -> words.contains("--account=eo")).orElseThrow())
                .contains("slurm.account (--account=eo)");
        assertThat(problem(false, words -> words.contains("--qos=high")).orElseThrow())
                .contains("slurm.qos (--qos=high)");
        assertThat(problem(true, words -> words.contains("--qos=dark")).orElseThrow())
                .contains("nightly.qos (--qos=dark)");
    }

    @Test
    void a_refusal_that_no_setting_causes_names_all_that_may_be_missing() {
        assertThat(problem(false, words -> true).orElseThrow())
                .contains("Slurm's words", "Compare slurm.account, slurm.qos");
    }
}
