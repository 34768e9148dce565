package io.swath.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Device;
import io.swath.model.Recipe;
import io.swath.model.Tiling;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProductProfileTest {
    private static Recipe recipe(int tileSize, Recipe.Assemble assemble, Optional<Recipe.Output> output) {
        return new Recipe(
                "r",
                Path.of("/recipes/r"),
                "hash",
                "",
                List.of(new Recipe.BandSelector("red", 0)),
                Tiling.of(tileSize),
                List.of(new Recipe.Step("one", "one.py", Device.CPU, 1, 600, Duration.ofMinutes(2), 0)),
                output,
                assemble,
                3,
                new Recipe.Accepts(List.of(), List.of(), OptionalDouble.empty(), false),
                Optional.empty(),
                Recipe.Ortho.DEFAULT,
                Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({"16, 0", "512, 0", "930, 0", "931, 1", "1024, 1", "2048, 2", "4096, 3", "65536, 7"})
    void a_tile_has_as_many_overviews_as_it_can_have_of_whole_blocks(int tileSize, int levels) {
        assertThat(ProductProfile.of(recipe(tileSize, new Recipe.Assemble(true, "LZW", "MODE"), Optional.empty())))
                .isEqualTo("LZW MODE " + levels);
    }

    @Test
    void the_nodata_of_the_recipes_output_is_that_of_a_tile_without_one() {
        Recipe.Assemble assemble = new Recipe.Assemble(true, "DEFLATE", "AVERAGE");

        assertThat(ProductProfile.of(recipe(4096, assemble, Optional.of(new Recipe.Output("Int16", -32768, 1)))))
                .isEqualTo("DEFLATE AVERAGE 3 -32768.0");
        assertThat(ProductProfile.of(recipe(4096, assemble, Optional.of(new Recipe.Output("Float32", Double.NaN, 1)))))
                .isEqualTo("DEFLATE AVERAGE 3 NaN");
    }
}
