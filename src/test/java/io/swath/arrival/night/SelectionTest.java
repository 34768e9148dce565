package io.swath.arrival.night;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.BoundingBox;
import io.swath.model.SceneFilter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelectionTest {
    private static SceneFilter only(String text) {
        List<Selection.Clause> clauses = Selection.parse(text).clauses();
        assertThat(clauses).hasSize(1);
        return clauses.get(0).filter();
    }

    @Test
    void clauses_keep_their_order_and_have_all_their_terms() {
        Selection selection =
                Selection.parse(" failed ;; stale  recipe=ndvi ; sensor=Landsat_8 datetime=2024-01-01/2024-06-30"
                        + " bbox=10,45,12.5,47;");
        assertThat(selection.clauses())
                .extracting(clause -> clause.filter().text())
                .containsExactly(
                        "failed",
                        "stale recipe=ndvi",
                        "sensor=Landsat_8 datetime=2024-01-01/2024-06-30" + " bbox=10,45,12.5,47");
        SceneFilter second = selection.clauses().get(1).filter();
        assertThat(second.stale()).isTrue();
        assertThat(second.failed()).isFalse();
        assertThat(second.recipe()).contains("ndvi");
        SceneFilter third = selection.clauses().get(2).filter();
        assertThat(third.matchesAfterReprocessing()).isTrue();
        assertThat(third.sensor()).contains("landsat-8");
        assertThat(third.box()).contains(new BoundingBox(10, 45, 12.5, 47));
    }

    @ParameterizedTest
    @CsvSource({
        "2024-01-01/2024-06-30, 2024-01-01T00:00:00Z, 2024-07-01T00:00:00Z",
        "2024-01-01, 2024-01-01T00:00:00Z, 2024-01-02T00:00:00Z",
        "2024-01-01/.., 2024-01-01T00:00:00Z,",
        "../2024-01-01T10:00:00Z, , 2024-01-01T10:00:00.001Z",
        "/2024-01-01T10:00:00+02:00, , 2024-01-01T08:00:00.001Z",
    })
    void a_time_range_is_read_as_in_the_stac_api(String range, Instant from, Instant until) {
        SceneFilter filter = only("datetime=" + range);
        assertThat(filter.from().orElse(null)).isEqualTo(from);
        assertThat(filter.until().orElse(null)).isEqualTo(until);
    }

    @Test
    void a_box_may_cross_the_antimeridian() {
        assertThat(only("bbox=170,-20,-170,20").box().orElseThrow().crossesAntimeridian())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "old | 'old' | none of stale",
                "stale=yes | 'stale=yes' | none of stale",
                "recipe= | 'recipe=' | none of stale",
                "recipe=a recipe=b | 'recipe=b' | twice",
                "sensor=__ | 'sensor=__' | landsat-8",
                "bbox=1,2,3 | 'bbox=1,2,3' | west, south",
                "bbox=1,2,3,x | 'bbox=1,2,3,x' | west, south",
                "bbox=1,50,3,40 | 'bbox=1,50,3,40' | not a part of the earth",
                "bbox=1,2,400,4 | 'bbox=1,2,400,4' | -180 to 180",
                "bbox=1,NaN,3,4 | 'bbox=1,NaN,3,4' | not a part of the earth",
                "datetime=yesterday | 'datetime=yesterday' | 2024-01-01/2024-06-30",
                "datetime=2024-01-01/2024-02-01/2024-03-01 | 'datetime=2024-01-01/2024-02-01/2024-03-01' | two with a /",
                "datetime=2024-02-01/2024-01-01 | 'datetime=2024-02-01/2024-01-01' | ends before it begins",
            })
    void an_invalid_term_is_reported_with_its_name_and_the_remedy(String text, String term, String remedy) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Selection.parse("stale;" + text))
                .withMessageContainingAll("nightly.select", term, remedy);
    }

    @Test
    void an_empty_selection_is_rejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Selection.parse(" ; "))
                .withMessageContaining("nightly.select is empty");
    }

    @Test
    void a_list_is_read_only_when_it_is_needed(@TempDir Path folder) throws IOException {
        Path list = folder.resolve("ids.txt");
        Selection.Clause clause =
                Selection.parse("failed list=" + list).clauses().get(0);
        assertThatThrownBy(clause::read)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContainingAll("nightly.select names list=" + list, "Put it there");
        Files.writeString(list, "# of Monday\n\n a-1 \nb-2\n");
        assertThat(clause.read().ids()).contains(List.of("a-1", "b-2"));
        assertThat(clause.read().failed()).isTrue();
    }
}
