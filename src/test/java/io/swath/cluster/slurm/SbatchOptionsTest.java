package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.JobOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SbatchOptionsTest {
    @Test
    void options_are_read_as_a_person_writes_them() {
        assertThat(SbatchOptions.parse("--constraint=avx2&nvme --reservation eo  --licenses=idl:2 --exclusive"))
                .isEqualTo(new JobOptions(
                        java.util.List.of(
                                "--constraint=avx2&nvme", "--reservation=eo", "--licenses=idl:2", "--exclusive"),
                        ""));
        assertThat(SbatchOptions.parse("--comment='a \"b\" $(c)' --export=\"ALL,X=1 2\\\"\" --wckey=a\\ b")
                        .words())
                .containsExactly("--comment=a \"b\" $(c)", "--export=ALL,X=1 2\"", "--wckey=a b");
        assertThat(SbatchOptions.parse("")).isEqualTo(JobOptions.NONE);
    }

    @Test
    void a_type_of_gpu_is_kept_apart_from_other_generic_resources() {
        assertThat(SbatchOptions.parse("--gres=gpu:a100_3g.20gb,tmpfs:10G --mail-type=FAIL"))
                .isEqualTo(new JobOptions(java.util.List.of("--gres=tmpfs:10G", "--mail-type=FAIL"), "a100_3g.20gb"));
        assertThat(SbatchOptions.parse("--gres=gpu:a100")).isEqualTo(new JobOptions(java.util.List.of(), "a100"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--job-name=x | --job-name cannot be given here: Swath finds its jobs",
                "--array=0-9 | --array cannot",
                "--out=x | sbatch can read it as --output",
                "--arr 0-9 | sbatch can read it as --array",
                "--no-requeue | --no-requeue cannot",
                "--hold | --hold cannot",
                "--signal=USR2@5 | --signal cannot",
                "--dependency=singleton | --dependency cannot",
                "--test-only | --test-only cannot",
                "--wrap=x | --wrap cannot",
                "--mem=4G | the recipe's request decides it",
                "--time=9 | the recipe's request decides it",
                "--account=a | write it as slurm.account",
                "--partition=a | write it as slurm.partition.cpu or slurm.partition.gpu",
                "--nodelist=a | a task has one",
                "--chdir=/ | --chdir cannot",
                "--uid=0 | --uid cannot",
                "-J x | -J is --job-name, which cannot be given here",
                "-Cx | write the long form of an option",
                "x=y | 'x=y' is no option",
                "--constraint=a b | 'b' is no option",
                "--constraint='a | a quote (') has no end",
                "--constraint=a\\ | ends with a backslash",
                "--constraint=a --constraint=b | --constraint is given twice",
                "--gres=gpu:2 | write only the type",
                "--gres=gpu:a100:1 | write only the type",
                "--gres=shard:1 | write only the type",
            },
            quoteCharacter = '\0')
    void an_option_that_swath_relies_on_or_that_cannot_be_read_is_refused_with_the_reason(String text, String why) {
        assertThatThrownBy(() -> SbatchOptions.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--constraint=a\n--hold", "--constraint=a\t", "--comment=\u0000"})
    void control_characters_are_refused(String text) {
        assertThatThrownBy(() -> SbatchOptions.parse(text)).hasMessageContaining("on one line");
    }
}
