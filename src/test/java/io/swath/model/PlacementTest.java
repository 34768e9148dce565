package io.swath.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.swath.model.Placement.Bind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlacementTest {
    private static final Placement FULL =
            new Placement("[rack1|rack2]", "eo.day", "earth", "high", true, "1g.10gb", 8, 2, new Bind("cores", "map"));

    @Test
    void its_text_names_what_is_asked_for_and_is_read_back() {
        assertThat(FULL.text())
                .isEqualTo("constraint=[rack1|rack2] reservation=eo.day account=earth qos=high exclusive"
                        + " gpu-type=1g.10gb tasks=8 nodes=2 bind.cpu=cores bind.gpu=map");
        assertThat(Placement.parse(FULL.text())).isEqualTo(FULL);
        assertThat(Placement.NONE.text()).isEmpty();
        assertThat(Placement.parse("")).isEqualTo(Placement.NONE);
        assertThat(Placement.parse("tasks=2")).isEqualTo(Placement.of(2, 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tasks=1", "tasks=3 nodes=2", "tasks=4097", "colour=red", "nodes=2 tasks=2", "tasks=x"})
    void a_text_that_swath_did_not_write_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Placement.parse(text));
    }

    @Test
    void a_wish_comes_before_the_settings_and_tasks_are_the_steps_alone() {
        Placement site = new Placement("avx", "", "shared", "day", true, "a100", 1, 1, Bind.USUAL);
        assertThat(Placement.of(4, 2).or(site))
                .isEqualTo(new Placement("avx", "", "shared", "day", true, "a100", 4, 2, Bind.USUAL));
        assertThat(FULL.or(site)).isEqualTo(FULL);
    }

    @Test
    void tasks_are_spread_evenly_over_the_nodes() {
        assertThat(FULL.tasksPerNode()).isEqualTo(4);
        assertThatIllegalArgumentException().isThrownBy(() -> Placement.of(3, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> Placement.of(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Bind("threads", ""));
        assertThatIllegalArgumentException().isThrownBy(() -> new Bind("", "nearest"));
    }

    @Test
    void tasks_are_started_where_there_are_several_or_one_is_to_be_bound() {
        assertThat(Placement.NONE.startsTasks()).isFalse();
        assertThat(Placement.of(2, 1).startsTasks()).isTrue();
        assertThat(new Placement("", "", "", "", false, "", 1, 1, new Bind("cores", "")).startsTasks())
                .isTrue();
    }
}
