package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.JobArray;
import io.swath.cluster.JobArray.DependencyType;
import io.swath.cluster.Submitted;
import io.swath.cluster.Submitted.Accepted;
import io.swath.cluster.Submitted.Ambiguous;
import io.swath.cluster.Submitted.Reason;
import io.swath.cluster.Submitted.Rejected;
import io.swath.model.Request;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SbatchTest {
    private static final Request REQUEST = new Request("", 1, 100, Duration.ofMinutes(1), 0, 0, List.of());

    private static JobArray submission(List<String> after, DependencyType dependencyType) {
        return new JobArray("swath-a", Path.of("/here/job.sh"), "/storage/job.sh", 3, REQUEST, after, dependencyType);
    }

    private static Submitted answer(CommandResult result) {
        FakeRunner runner = new FakeRunner().answering("sbatch", result);
        return cluster(runner).submit(submission(List.of(), DependencyType.AFTER_OK));
    }

    private static SlurmCluster cluster(FakeRunner runner) {
        return new SlurmCluster(runner, "swath", Duration.ofSeconds(5), Clock.systemUTC());
    }

    private static Submitted failing(String stderr) {
        return answer(new CommandResult(1, "", stderr));
    }

    @Test
    void dependencies_are_options_and_a_job_whose_dependency_fails_is_cancelled() {
        assertThat(new Sbatch(submission(List.of("1", "2"), DependencyType.AFTER_OK)).argv())
                .containsExactly(
                        "sbatch",
                        "--parsable",
                        "--dependency=afterok:1:2",
                        "--kill-on-invalid-dep=yes",
                        "/storage/job.sh");
        assertThat(new Sbatch(submission(List.of("7"), DependencyType.AFTER_CORRESPONDING)).argv())
                .contains("--dependency=aftercorr:7");
        assertThat(new Sbatch(submission(List.of(), DependencyType.AFTER_OK)).argv())
                .containsExactly("sbatch", "--parsable", "/storage/job.sh");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4711\n",
                "4711;swath\n",
                "4711",
                "Welcome to Stampede3!\nYou have 12 new messages\n4711\n",
                "4711\n*** 3 nodes are down until 2027-01-01 ***\nGood bye\n",
                "Uptime 41 days\n4711;swath\nJobs: 12 / 5000\n",
                "  4711  \n"
            })
    void the_only_line_that_is_an_id_is_the_job_id(String stdout) {
        assertThat(answer(new CommandResult(0, stdout, ""))).isEqualTo(new Accepted("4711"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Submitted batch job 4711\n", "3\n4711\n", "job 4711 queued\n"})
    void an_answer_without_exactly_one_id_is_ambiguous(String stdout) {
        assertThat(answer(new CommandResult(0, stdout, ""))).isInstanceOf(Ambiguous.class);
    }

    /** Messages of Slurm 24.11.5 on a real cluster. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                """
                sbatch: error: invalid partition specified: nope
                sbatch: error: Batch job submission failed: Invalid partition name specified
                """,
                """
                sbatch: error: Memory specification can not be satisfied
                sbatch: error: Batch job submission failed: Requested node configuration is not available
                """,
                "sbatch: error: Batch job submission failed: Invalid node name specified\n",
                "sbatch: error: Batch job submission failed: Job dependency problem\n",
                "sbatch: error: Batch job submission failed: Invalid job array specification\n",
                "sbatch: error: Invalid --mem specification\n",
                "sbatch: unrecognized option '--bogus'\nTry \"sbatch --help\" for more information\n"
            })
    void a_known_permanent_error_is_a_permanent_rejection(String stderr) {
        assertThat(failing(stderr))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.reason())
                                .isIn(Reason.NOT_ALLOWED, Reason.TASK_TOO_LARGE, Reason.TOO_MANY_TASKS));
    }

    @Test
    void a_script_that_is_not_visible_yet_is_a_temporary_rejection() {
        assertThat(failing("sbatch: error: Unable to open file nofile\n"))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(Reason.NOT_NOW));
    }

    @Test
    void a_reached_limit_is_a_temporary_rejection() {
        assertThat(failing("sbatch: error: QOSMaxSubmitJobPerUserLimit\n"
                        + "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit"
                        + " limit, user's size and/or time limits)\n"))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(Reason.TOO_MANY_TASKS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n",
                "sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received\n",
                "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)\n",
                "sbatch: error: Batch job submission failed: Unexpected message received\n",
                "sbatch: error: Batch job submission failed: Rate limit exceeded, please retry momentarily\n",
                "sbatch: error: an unknown prefix: Invalid partition name specified\n",
                ""
            })
    void any_other_error_is_ambiguous(String stderr) {
        assertThat(failing(stderr)).isInstanceOf(Ambiguous.class);
    }

    /** Ended by timeout, killed, a broken pipe, or an error after the answer: each time the job may exist. */
    @ParameterizedTest
    @ValueSource(ints = {1, 124, 130, 137, 141, 143, 255})
    void a_failed_sbatch_is_ambiguous_whatever_it_printed(int exit) {
        assertThat(answer(new CommandResult(exit, "4711\n", ""))).isInstanceOf(Ambiguous.class);
        assertThat(answer(new CommandResult(exit, "", ""))).isInstanceOf(Ambiguous.class);
        assertThat(answer(new CommandResult(exit, "", "Terminated\n"))).isInstanceOf(Ambiguous.class);
    }

    @Test
    void an_sbatch_that_hangs_is_killed_at_the_deadline_and_ambiguous(@TempDir Path folder) throws Exception {
        Path sbatch = folder.resolve("sbatch");
        Files.writeString(sbatch, "#!/bin/sh\necho 4711\nexec sleep 600\n");
        Files.setPosixFilePermissions(sbatch, PosixFilePermissions.fromString("rwx------"));
        LocalCommandRunner here = new LocalCommandRunner();
        CommandRunner hanging = (command, deadline) ->
                here.run(new Command(List.of(sbatch.toString()), command.description()), deadline);

        Submitted submitted = new SlurmCluster(hanging, "swath", Duration.ofMillis(200), Clock.systemUTC())
                .submit(submission(List.of(), DependencyType.AFTER_OK));

        assertThat(submitted).isInstanceOf(Ambiguous.class);
    }

    @Test
    void a_lost_connection_is_ambiguous_and_never_thrown() {
        Submitted submitted = cluster(new FakeRunner().down()).submit(submission(List.of(), DependencyType.AFTER_OK));
        assertThat(submitted).isEqualTo(new Ambiguous("Tried to submit /storage/job.sh, but the connection was lost"));
    }

    /** Messages of Slurm 24.11.5 on a real cluster, but for the reasons that it did not have to give there. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "QOSMaxSubmitJobPerUserLimit | TOO_MANY_TASKS",
                "AssocMaxSubmitJobLimit | TOO_MANY_TASKS",
                "AssocGrpSubmitJobsLimit | TOO_MANY_TASKS",
                "QOSGrpSubmitJobsLimit | TOO_MANY_TASKS",
                "MaxSubmitJobsPerAccount | TOO_MANY_TASKS",
                "QOSMaxMemoryPerJob | TASK_TOO_LARGE",
                "QOSMaxWallDurationPerJobLimit | TASK_TOO_LARGE",
                "AssocMaxWallDurationPerJobLimit | TASK_TOO_LARGE",
                "QOSMaxGRESPerJob | TASK_TOO_LARGE",
                "AssocGrpMemLimit | TASK_TOO_LARGE"
            })
    void a_limit_of_accounting_is_one_on_the_number_of_tasks_or_on_each_task(String limit, Reason reason) {
        String policy = "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit"
                + " limit, user's size and/or time limits)\n";
        assertThat(failing("sbatch: error: " + limit + "\n" + policy))
                .isInstanceOfSatisfying(Rejected.class, rejected -> {
                    assertThat(rejected.reason()).isEqualTo(reason);
                    assertThat(rejected.why()).contains(limit);
                });
        assertThat(failing(policy))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(Reason.TOO_MANY_TASKS));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Requested time limit is invalid (missing or exceeds some limit) | TASK_TOO_LARGE",
                "Memory required by task is not available | TASK_TOO_LARGE",
                "Invalid job array specification | TOO_MANY_TASKS",
                "Invalid account or account/partition combination specified | NOT_ALLOWED",
                "Required partition not available (inactive or drain) | NOT_NOW"
            })
    void an_answer_of_slurmctld_has_its_reason(String answer, Reason reason) {
        assertThat(failing("sbatch: error: Batch job submission failed: " + answer + "\n"))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(reason));
    }

    @Test
    void a_sites_own_words_are_ambiguous_and_kept_whole_without_colours_and_control_characters() {
        assertThat(failing("""
                        \u001b[31msbatch: error: Bitte ein Projekt mit --account angeben: größer\u0007
                        sbatch: error: Batch job submission failed: Unspecified error
                        """))
                .isEqualTo(new Ambiguous("sbatch: error: Bitte ein Projekt mit --account angeben: größer sbatch: error:"
                        + " Batch job submission failed: Unspecified error (exit status 1)"));
    }

    @Test
    void a_full_queue_is_ambiguous_and_probably_too_many_tasks() {
        assertThat(failing("sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying\n"))
                .isInstanceOfSatisfying(
                        Ambiguous.class,
                        ambiguous -> assertThat(ambiguous.maybeTooMany()).isTrue());
    }
}
