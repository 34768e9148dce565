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
    void writes_the_names_of_sensors_in_the_spelling_of_stac() {
        Coverage coverage =
                Coverage.of("", List.of("LANDSAT_8", "OLI TIRS", "  ", "Landsat-8", "Sentinel-2A"), List.of());
        assertThat(coverage.sensors()).containsExactly("landsat-8", "oli-tirs", "sentinel-2a");
    }

    @Test
    void unknown_values_stay_empty() {
        Coverage nothing = Coverage.of("last summer", List.of(), List.of());
        assertThat(nothing).isEqualTo(new Coverage(Optional.empty(), List.of(), Optional.empty()));
        assertThat(Coverage.of("2024-05-01T10:00:00Z", List.of(), List.of()).acquired())
                .contains(Instant.parse("2024-05-01T10:00:00Z"));
    }

    @Test
    void puts_a_box_around_a_footprint() {
        assertThat(BoundingBox.around(ring(10, 45, 12, 47))).contains(new BoundingBox(10, 45, 12, 47));
        assertThat(BoundingBox.around(ring(-3, -2, 3, 2))).contains(new BoundingBox(-3, -2, 3, 2));
    }

    @Test
    void west_is_greater_than_east_if_a_footprint_crosses_the_antimeridian() {
        BoundingBox box = BoundingBox.around(ring(178, -20, -177, -15)).orElseThrow();
        assertThat(box).isEqualTo(new BoundingBox(178, -20, -177, -15));
        assertThat(box.crossesAntimeridian()).isTrue();
    }

    @Test
    void makes_no_box_from_points_that_are_not_on_the_earth() {
        assertThat(BoundingBox.around(List.of())).isEmpty();
        assertThat(BoundingBox.around(ring(170, 0, 190, 1))).isEmpty();
        assertThat(BoundingBox.around(List.of(List.of(Double.NaN, 1.0)))).isEmpty();
        assertThat(BoundingBox.around(List.of(List.of(1.0)))).isEmpty();
    }
}
