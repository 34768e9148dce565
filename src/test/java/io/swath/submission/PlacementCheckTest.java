package io.swath.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.cluster.Accounts;
import io.swath.cluster.Accounts.Association;
import io.swath.cluster.Capabilities;
import io.swath.cluster.Capabilities.Partition;
import io.swath.cluster.NodeKind;
import io.swath.cluster.NodeKind.Availability;
import io.swath.cluster.NodeResources;
import io.swath.cluster.PartitionAccess;
import io.swath.cluster.PartitionAccess.Names;
import io.swath.cluster.PartitionRules;
import io.swath.cluster.Reservation;
import io.swath.job.Directives;
import io.swath.model.JobOptions;
import io.swath.model.Placement;
import io.swath.model.Request;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacementCheckTest {
    private static final Names ALL = Names.ALL;

    private static NodeKind nodes(String feature, String gpuType, int gpus) {
        NodeResources offers = new NodeResources(8, 16_000, Map.of(gpuType, gpus), 0, 0);
        return new NodeKind(
                offers,
                1,
                Set.of(feature),
                List.of(new NodeKind.Node("n-" + feature, Availability.READY, "IDLE", offers)));
    }

    private static Partition partition(PartitionAccess access) {
        int none = Integer.MAX_VALUE;
        return new Partition(
                "p",
                true,
                2,
                8,
                16_000,
                4,
                0,
                Optional.empty(),
                "",
                List.of(),
                List.of(nodes("ib", "a100", 2), nodes("ssd", "v100", 4)),
                new PartitionRules(false, none, none, none, 0, 2),
                access);
    }

    private static Capabilities cluster(PartitionAccess access) {
        return new Capabilities(
                "slurm 24.11.5",
                1001,
                List.of(partition(access)),
                new Accounts(
                        true,
                        true,
                        "swath",
                        "",
                        List.of(
                                new Association("swath", "", List.of("normal", "high"), "normal", List.of()),
                                new Association("eo", "", List.of("normal"), "normal", List.of())),
                        Map.of(),
                        Map.of()),
                List.of(
                        new Reservation("night", true, Set.of(), Set.of("n-ib"), ""),
                        new Reservation("other", false, Set.of(), Set.of("n-ssd"), ""),
                        new Reservation("eo-only", true, Set.of("eo"), Set.of("n-ssd"), "")));
    }

    private static List<String> problems(Directives site, String placement, PartitionAccess access) {
        Request request = new Request("p", 1, 1000, Duration.ofMinutes(1), 1, 0, List.of(), Placement.parse(placement));
        return new PlacementCheck(site).problems(request, false, cluster(access));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "''; ''",
                "constraint=ib|gpu; ''",
                "constraint=ib&ssd; request.constraint ib&ssd fits no node of partition p; the features are ib, ssd",
                "constraint=hdd; request.constraint hdd fits no node of partition p; the features are ib, ssd",
                "reservation=night; ''",
                "reservation=day; request.reservation day does not exist; the reservations are night",
                "reservation=other; request.reservation other is not for Swath's user and account; the reservations are night",
                "reservation=eo-only account=eo; ''",
                "reservation=eo-only account=swath; request.reservation eo-only is not for Swath's user and account",
                "account=EO; ''",
                "account=gold; Swath's user has no association with account gold (slurm.account, or request.account of the recipe), only with eo, swath",
                "qos=high; ''",
                "qos=best; account swath may not use QOS best (slurm.qos, nightly.qos, or request.qos of the recipe), only normal, high",
                "account=eo qos=high; account eo may not use QOS high",
                "gpu-type=v100; ''",
                "gpu-type=h100; request.gpu-type h100: 1 are asked for, and no node of partition p has more than 0; the types of GPU are a100, v100",
                "tasks=2 nodes=2; ''",
                "tasks=3 nodes=3; request.nodes 3 is more than partition p allows a job (MaxNodes=2)",
            })
    void what_a_recipe_names_is_compared_with_what_there_is(String placement, String problem) {
        List<String> problems = problems(Directives.NONE, placement, PartitionAccess.ALL);
        assertThat(problems).hasSize(problem.isEmpty() ? 0 : 1);
        assertThat(String.join("", problems)).startsWith(problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "''; partition p takes only jobs with a reservation (ReqResv=YES): name one in request.reservation, or in"
                        + " slurm.options.gpu; the reservations are night",
                "reservation=night; ''",
            })
    void a_partition_that_needs_a_reservation_says_so(String placement, String problem) {
        List<String> problems = problems(Directives.NONE, placement, new PartitionAccess("", ALL, ALL, "", true));
        assertThat(problems).hasSize(problem.isEmpty() ? 0 : 1);
        assertThat(String.join("", problems)).startsWith(problem);
    }

    @Test
    void a_partition_that_the_recipes_account_or_qos_may_not_use_says_so() {
        PartitionAccess eoOnly = new PartitionAccess(
                "", new Names(Set.of("eo"), Set.of()), new Names(Set.of(), Set.of("high")), "", false);
        assertThat(problems(Directives.NONE, "account=eo", eoOnly)).isEmpty();
        assertThat(problems(Directives.NONE, "", eoOnly))
                .singleElement()
                .asString()
                .startsWith("account swath may not use partition p, which has AllowAccounts=eo");
        PartitionAccess notHigh = new PartitionAccess("", ALL, new Names(Set.of(), Set.of("high")), "", false);
        assertThat(problems(Directives.NONE, "qos=high", notHigh))
                .singleElement()
                .asString()
                .startsWith("partition p does not take jobs of QOS high, because it has DenyQos=high");
    }

    @Test
    void what_the_settings_name_is_checked_too_and_a_recipe_comes_first() {
        Directives site = new Directives(
                "eo",
                "",
                "high",
                JobOptions.NONE,
                new JobOptions(List.of("--constraint=hdd", "--reservation=day"), "h100"));
        assertThat(problems(site, "", PartitionAccess.ALL))
                .satisfiesExactly(
                        reservation -> assertThat(reservation).startsWith("slurm.options.gpu: day does not exist"),
                        constraint -> assertThat(constraint).startsWith("slurm.options.gpu: hdd fits no node"),
                        type -> assertThat(type).startsWith("slurm.options.gpu: h100: 1 are asked for"));
        assertThat(problems(site, "constraint=ib reservation=night gpu-type=a100", PartitionAccess.ALL))
                .isEmpty();
        Request request = new Request("p", 1, 1000, Duration.ofMinutes(1), 0, 0, List.of());
        assertThat(new PlacementCheck(site).problems(request, true, cluster(PartitionAccess.ALL)))
                .singleElement()
                .asString()
                .startsWith("account eo may not use QOS high");
    }

    @Test
    void the_local_cluster_has_no_such_names() {
        Request request =
                new Request("local", 1, 1000, Duration.ofMinutes(1), 0, 0, List.of(), Placement.parse("qos=high"));
        assertThat(new PlacementCheck(Directives.NONE)
                        .problems(request, false, new Capabilities(Capabilities.LOCAL, 10, List.of())))
                .isEmpty();
    }
}
