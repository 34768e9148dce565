package io.swath.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CoverageTest {
    private static List<List<Double>> ring(double west, double south, double east, double north) {
        return List.of(
                List.of(west, south),
                List.of(east, south),
                List.of(east, north),
                List.of(west, north),
                List.of(west, south));
    }

    @Test
    void names_of_sensors_are_words_as_stac_writes_them() {
        Coverage coverage =
                Coverage.of("", List.of("LANDSAT_8", "OLI TIRS", "  ", "Landsat-8", "Sentinel-2A"), List.of());
        assertThat(coverage.sensors()).containsExactly("landsat-8", "oli-tirs", "sentinel-2a");
    }

    @Test
    void what_is_not_known_is_empty() {
        Coverage nothing = Coverage.of("last summer", List.of(), List.of());
        assertThat(nothing).isEqualTo(new Coverage(Optional.empty(), List.of(), Optional.empty()));
        assertThat(Coverage.of("2024-05-01T10:00:00Z", List.of(), List.of()).acquired())
                .contains(Instant.parse("2024-05-01T10:00:00Z"));
    }

    @Test
    void a_footprint_has_a_box_around_it() {
        assertThat(BoundingBox.around(ring(10, 45, 12, 47))).contains(new BoundingBox(10, 45, 12, 47));
        assertThat(BoundingBox.around(ring(-3, -2, 3, 2))).contains(new BoundingBox(-3, -2, 3, 2));
    }

    @Test
    void a_footprint_across_the_antimeridian_has_its_west_east_of_its_east() {
        BoundingBox box = BoundingBox.around(ring(178, -20, -177, -15)).orElseThrow();
        assertThat(box).isEqualTo(new BoundingBox(178, -20, -177, -15));
        assertThat(box.crosses()).isTrue();
    }

    @Test
    void what_is_not_on_the_earth_has_no_box() {
        assertThat(BoundingBox.around(List.of())).isEmpty();
        assertThat(BoundingBox.around(ring(170, 0, 190, 1))).isEmpty();
        assertThat(BoundingBox.around(List.of(List.of(Double.NaN, 1.0)))).isEmpty();
        assertThat(BoundingBox.around(List.of(List.of(1.0)))).isEmpty();
    }
}
