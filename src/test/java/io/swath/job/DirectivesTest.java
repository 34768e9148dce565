package io.swath.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.GpuRequest;
import io.swath.model.JobOptions;
import io.swath.model.Placement;
import io.swath.model.Request;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirectivesTest {
    private static final Directives SITE = new Directives(
            "eo",
            "day",
            "night",
            new JobOptions(List.of("--constraint=avx", "--gres=tmpfs:10G"), ""),
            new JobOptions(List.of("--licenses=idl:1", "--gres=tmpfs:20G"), "a100"));

    @Test
    void each_device_kind_has_its_own_options() {
        Request cpu = new Request("cpu", 2, 600, Duration.ofMinutes(2), 0, 0, List.of("cpu1"));
        Request gpu = new Request("gpu", 1, 0, Duration.ofMinutes(90), 2, 0, List.of());

        assertThat(SITE.words(cpu, false))
                .containsExactly(
                        "--partition=cpu",
                        "--nodes=1",
                        "--ntasks=1",
                        "--cpus-per-task=2",
                        "--mem=600M",
                        "--time=0:02:00",
                        "--gres=tmpfs:10G",
                        "--exclude=cpu1",
                        "--account=eo",
                        "--qos=day",
                        "--constraint=avx");
        assertThat(SITE.words(gpu, true))
                .containsExactly(
                        "--partition=gpu",
                        "--nodes=1",
                        "--ntasks=1",
                        "--cpus-per-task=1",
                        "--time=1:30:00",
                        "--gres=gpu:a100:2,tmpfs:20G",
                        "--account=eo",
                        "--qos=night",
                        "--licenses=idl:1");
    }

    @Test
    void what_a_recipe_asks_for_comes_before_the_settings() {
        Placement asked = new Placement("gpu80", "eo", "earth", "high", true, "h100", 4, 2, Placement.Bind.USUAL);
        Request gpu = new Request("gpu", 2, 600, Duration.ofMinutes(2), 2, 0, List.of(), asked);
        Request cpu = new Request("cpu", 1, 600, Duration.ofMinutes(2), 0, 0, List.of(), asked);

        assertThat(SITE.words(gpu, false))
                .containsExactly(
                        "--partition=gpu",
                        "--nodes=2",
                        "--ntasks=4",
                        "--ntasks-per-node=2",
                        "--cpus-per-task=2",
                        "--mem=600M",
                        "--time=0:02:00",
                        "--gres=gpu:h100:2,tmpfs:20G",
                        "--account=earth",
                        "--qos=high",
                        "--constraint=gpu80",
                        "--reservation=eo",
                        "--exclusive",
                        "--licenses=idl:1");
        assertThat(SITE.words(cpu, true))
                .as("the settings have a constraint too, and a quality of service for the night")
                .contains("--constraint=gpu80", "--qos=night")
                .doesNotContain("--constraint=avx", "--qos=high");
    }

    @Test
    void a_part_of_a_gpu_is_asked_for_as_a_slice_of_its_type_or_as_mps() {
        Request plain = new Request("gpu", 1, 600, Duration.ofMinutes(2), 0, 0, List.of());

        assertThat(Directives.NONE.words(plain.withGpu(GpuRequest.typed("a100_1g.10gb", 0.125)), false))
                .contains("--gres=gpu:a100_1g.10gb:1");
        assertThat(Directives.NONE.words(plain.withGpu(GpuRequest.mps(25, 100)), false))
                .contains("--gres=mps:25");
        assertThat(SITE.words(plain.withGpu(GpuRequest.shards(3, 16)), false)).contains("--gres=shard:3,tmpfs:20G");
    }

    @Test
    void the_placement_of_a_request_has_what_the_settings_say_where_the_recipe_says_nothing() {
        Request gpu = new Request("gpu", 1, 600, Duration.ofMinutes(2), 1, 0, List.of(), Placement.of(2, 2));
        assertThat(SITE.placement(gpu, false))
                .isEqualTo(new Placement("", "", "eo", "day", false, "a100", 2, 2, Placement.Bind.USUAL));
        Request cpu = new Request("cpu", 1, 600, Duration.ofMinutes(2), 0, 0, List.of());
        assertThat(SITE.placement(cpu, true))
                .isEqualTo(new Placement("avx", "", "eo", "night", false, "", 1, 1, Placement.Bind.USUAL));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "--constraint=a&b | #SBATCH --constraint=a&b",
                "--exclusive | #SBATCH --exclusive",
                "--comment=a b | #SBATCH --comment=\"a b\"",
                "--comment=a\"b\\c | #SBATCH --comment=\"a\\\"b\\\\c\"",
                "--comment=a#b | #SBATCH --comment=\"a#b\"",
                "--comment=it's | #SBATCH --comment=\"it's\"",
            })
    void a_value_that_sbatch_would_divide_is_quoted_in_the_script(String word, String line) {
        assertThat(Directives.line(word)).isEqualTo(line);
    }
}
