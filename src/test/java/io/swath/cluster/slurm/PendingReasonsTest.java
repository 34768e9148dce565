package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Waiting;
import io.swath.model.WaitCause;
import io.swath.model.WaitCause.Kind;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every reason of {@code src/common/job_state_reason.c}, from 22.05 to 25.05, and texts that a real 24.11.5 printed. */
class PendingReasonsTest {
    /** Each kind, and the reasons of this kind; several reasons that differ in one part have it in braces. */
    private static final Map<Kind, String> REASONS =
            Map.of(Kind.PASSES, """
            None Prolog Priority Resources BeginTime Reservation SchedDefer Cleaning JobArrayTaskLimit
            BurstBufferResources BurstBufferStageIn PowerNotAvail PowerReserved FedJobLock
            """, Kind.FOLLOWS, "Dependency", Kind.LIMIT, """
            Licenses Constraints AssociationJobLimit AssociationResourceLimit QOSJobLimit QOSResourceLimit
            {Assoc,QOS}Grp{CpuLimit,CPURunMinutesLimit,JobsLimit,MemLimit,NodeLimit,SubmitJobsLimit}
            {Assoc,QOS}Grp{Unknown,Energy,GRES,License,BB,Billing} QOSGrpMemoryRunMinutes AssocGrpMemRunMinutes
            {Assoc,QOS}Grp{Unknown,Node,Energy,GRES,License,BB,Billing}RunMinutes
            AssocMaxJobsLimit AssocMaxSubmitJobLimit QOSMaxJobsPerUserLimit QOSMaxSubmitJobPerUserLimit
            QOSMaxCpuPerUserLimit QOSMaxNodePerUserLimit
            QOSMax{Unknown,Memory,Energy,GRES,License,BB,Billing}PerUser
            Max{BB,Cpu,Energy,GRES,Node,License,Memory,Unknown,Jobs,SubmitJobs,Billing}PerAccount
            """, Kind.PERSON, """
            PartitionNodeLimit PartitionTimeLimit PartitionDown PartitionInactive PartitionConfig MaxMemPerLimit
            JobHeldAdmin JobHeldUser JobHoldMaxRequeue ReqNodeNotAvail FrontEndDown NodeDown BadConstraints SystemFailure
            JobLaunchFailure NonZeroExitCode RaisedSignal TimeLimit InactiveLimit OutOfMemory DeadLine InvalidAccount
            InvalidQOS QOSUsageThreshold QOSNotAllowed AccountNotAllowed AccountingPolicy DependencyNeverSatisfied
            AssociationTimeLimit QOSTimeLimit BurstBufferOperation ReservationDeleted ReservationInvalid
            {Assoc,QOS}Grp{CPUMinutesLimit,WallLimit} AssocGrpMemMinutes QOSGrpMemoryMinutes
            {Assoc,QOS}Grp{Unknown,Node,Energy,GRES,License,BB,Billing}Minutes
            {Assoc,QOS}MaxCpuPerJobLimit {Assoc,QOS}MaxCpuMinutesPerJobLimit {Assoc,QOS}MaxNodePerJobLimit
            {Assoc,QOS}MaxWallDurationPerJobLimit {Assoc,QOS}MaxCpuPerNode
            {Assoc,QOS}Max{Unknown,Energy,GRES,BB,Billing}PerNode AssocMaxMemPerNode QOSMaxMemoryPerNode
            {Assoc,QOS}Max{Unknown,Energy,GRES,License,BB,Billing}PerJob AssocMaxMemPerJob QOSMaxMemoryPerJob
            {Assoc,QOS}Max{Unknown,Node,Energy,GRES,License,BB,Billing}MinutesPerJob AssocMaxMemMinutesPerJob
            QOSMaxMemoryMinutesPerJob QOSMinCpuNotSatisfied
            QOSMin{Unknown,Memory,Node,Energy,GRES,License,BB,Billing}
            """);

    static Stream<Arguments> reasons() {
        return REASONS.entrySet().stream()
                .flatMap(entry -> Stream.of(entry.getValue().strip().split("\\s+"))
                        .flatMap(PendingReasonsTest::expand)
                        .map(reason -> Arguments.of(reason, entry.getKey())));
    }

    private static Stream<String> expand(String pattern) {
        int open = pattern.indexOf('{');
        if (open < 0) {
            return Stream.of(pattern);
        }
        int close = pattern.indexOf('}');
        return Stream.of(pattern.substring(open + 1, close).split(","))
                .flatMap(word -> expand(pattern.substring(0, open) + word + pattern.substring(close + 1)));
    }

    @ParameterizedTest
    @MethodSource("reasons")
    void each_reason_of_slurm_passes_by_itself_or_says_who_can_mend_it(String reason, Kind kind) {
        WaitCause cause = PendingReasons.of(reason);
        assertThat(cause.reason()).isEqualTo(reason);
        assertThat(cause.kind()).isEqualTo(kind);
        assertThat(cause.who().equals(WaitCause.NOBODY)).isEqualTo(kind != Kind.PERSON);
        assertThat(cause.what()).isNotBlank();
        if (kind == Kind.PERSON) {
            assertThat(cause.what()).contains("What helps: ");
        }
    }

    @Test
    void the_list_of_reasons_is_whole() {
        assertThat(reasons().map(arguments -> arguments.get()[0]))
                .doesNotHaveDuplicates()
                .hasSizeGreaterThan(190);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "ReqNodeNotAvail, UnavailableNodes:cpu[1-3]; ReqNodeNotAvail; PERSON",
                "(ReqNodeNotAvail,_UnavailableNodes:cpu1); ReqNodeNotAvail; PERSON",
                "ReqNodeNotAvail, May be reserved for other job; ReqNodeNotAvail; LIMIT",
                "ReqNodeNotAvail, Reserved for maintenance; ReqNodeNotAvail; PASSES",
                "Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions; "
                        + "Nodes required for job; LIMIT",
                "Nodes_required_for_job_are_DOWN,_DRAINED_or_reserved_for_jobs_in_higher_priority_partitions; "
                        + "Nodes required for job; LIMIT",
                "launch failed requeued held; requeued held; PERSON",
                "job requeued in held state; requeued held; PERSON",
                "launch_failed_requeued_held; requeued held; PERSON",
                "Prolog failure; Prolog; PERSON",
                "BurstBufferOperation: dw_setup: failed; BurstBufferOperation; PERSON",
            })
    void a_text_in_place_of_a_reason_is_read_and_quoted(String text, String reason, Kind kind) {
        WaitCause cause = PendingReasons.of(text);
        assertThat(cause.reason()).isEqualTo(reason);
        assertThat(cause.kind()).isEqualTo(kind);
        assertThat(cause.what()).contains(text.replaceAll("[()]", "").replace('_', ' '));
    }

    @ParameterizedTest
    @ValueSource(strings = {"FullMoon", "Phase of the moon", "Something\u001b[31m new"})
    void a_reason_that_nobody_knows_is_unknown_and_safe_to_print(String reason) {
        WaitCause cause = PendingReasons.of(reason);
        assertThat(cause.kind()).isEqualTo(Kind.UNKNOWN);
        assertThat(cause.reason()).doesNotContain("\u001b").startsWith(reason.substring(0, 4));
    }

    @Test
    void a_limit_of_one_job_names_the_limit_and_both_who_can_mend_it() {
        WaitCause cause = PendingReasons.of("QOSMaxMemoryPerJob");
        assertThat(cause.what())
                .startsWith("the job asks for more than the maximum that the QOS allows a job (Memory)")
                .contains("sacctmgr", "slurm.qos", "./swath cancel");
        assertThat(cause.who()).isEqualTo("an administrator of the cluster, or the operator of Swath");
        assertThat(PendingReasons.of("QOSMinCpuNotSatisfied").what()).contains("less than the minimum");
    }

    private static WaitCause explain(String state, String reason, String node) {
        FakeRunner runner = new FakeRunner()
                .answering("scontrol show config", "SLURM_VERSION = 24.11.5")
                .answering("scontrol show node -o", "NodeName=cpu1 State=" + node + " Partitions=cpu Reason=bad disk")
                .answering("scontrol show partition -o", "PartitionName=cpu State=UP");
        return new SlurmCluster(runner, "swath", Duration.ofSeconds(5), Clock.systemUTC())
                .explain(new Waiting("1", "swath-a", List.of(0), state, reason, Optional.empty()), "cpu");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Priority",
                "Resources",
                "",
                "ReqNodeNotAvail, May be reserved for other job",
                "Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions"
            })
    void a_partition_without_a_usable_node_needs_a_person_whatever_the_reason_is(String reason) {
        assertThat(explain("PENDING", reason, "MIXED").kind()).isNotEqualTo(Kind.PERSON);
        WaitCause cause = explain("PENDING", reason, "IDLE+DRAIN");
        assertThat(cause.kind()).isEqualTo(Kind.PERSON);
        assertThat(cause.reason()).isEqualTo("partition cpu");
        assertThat(cause.what())
                .contains("no node of partition cpu can run jobs: cpu1 is IDLE+DRAIN (bad disk)", "state=resume");
    }

    @Test
    void a_job_that_waits_for_another_job_does_not_wait_for_its_partition() {
        assertThat(explain("PENDING", "Dependency", "DOWN").reason()).isEqualTo("Dependency");
    }

    @ParameterizedTest
    @CsvSource({
        "REQUEUE_HOLD,'',REQUEUE_HOLD,PERSON",
        "SPECIAL_EXIT,'',SPECIAL_EXIT,PERSON",
        "RESV_DEL_HOLD,'',RESV_DEL_HOLD,PERSON",
        "REQUEUE_HOLD,JobHeldUser,JobHeldUser,PERSON",
        "SUSPENDED,'',SUSPENDED,UNKNOWN",
        "CONFIGURING,'',CONFIGURING,UNKNOWN",
        "FULL_MOON,Resources,FULL_MOON,UNKNOWN"
    })
    void a_job_that_neither_is_pending_nor_runs_is_explained_by_its_state(
            String state, String reason, String name, Kind kind) {
        WaitCause cause = explain(state, reason, "IDLE");
        assertThat(cause.reason()).isEqualTo(name);
        assertThat(cause.kind()).isEqualTo(kind);
    }
}
