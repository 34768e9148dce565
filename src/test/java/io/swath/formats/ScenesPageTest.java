package io.swath.formats;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Holds docs/scenes.md against the kinds of scene. */
class ScenesPageTest {
    private String page;

    @BeforeEach
    void read() throws IOException {
        page = Files.readString(Path.of("docs/scenes.md"));
    }

    private String section(String kind) {
        int begin = page.indexOf("\n## " + kind + "\n");
        int end = page.indexOf("\n## ", begin + 1);
        return page.substring(begin, end < 0 ? page.length() : end);
    }

    @Test
    void every_kind_has_a_section_and_every_section_is_a_kind() {
        List<String> sections = Pattern.compile("(?m)^## ([a-z0-9-]+)$")
                .matcher(page)
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(sections).containsExactlyInAnyOrderElementsOf(SceneFormats.kinds());
        assertThat(Recipe.KINDS)
                .containsAll(SceneFormats.kinds())
                .hasSize(SceneFormats.kinds().size() + 2);
    }

    @Test
    void every_band_is_named_with_its_common_name() {
        Sentinel2Radiometry.COMMON_NAMES.forEach(
                (band, common) -> assertThat(section("sentinel-2")).contains("| `" + band + "` | `" + common + "` |"));
        for (Map<String, String> sensor :
                List.of(LandsatBand.OLI, LandsatBand.TM, LandsatBand.EARLY_MSS, LandsatBand.MSS)) {
            sensor.forEach(
                    (band, common) -> assertThat(section("landsat")).contains("`B" + band + "` `" + common + "`"));
        }
        Cbers.CAMERAS.forEach((camera, bands) -> bands.forEach((band, common) -> assertThat(section("cbers"))
                .containsPattern("\\| " + camera + " \\|.*`BAND" + band + "` `" + common + "`")));
        DimapBands.NAMES.forEach((band, common) ->
                assertThat(section("dimap")).containsPattern("\\|.*`" + band + "`.*\\| `" + common + "` \\|"));
        for (List<String> bands : List.of(GaofenImage.FOUR, GaofenImage.EIGHT)) {
            for (int number = 1; number <= bands.size(); number++) {
                assertThat(section("gaofen")).contains("`B" + number + "` `" + bands.get(number - 1) + "`");
            }
        }
        PlanetScope.EIGHT.forEach(common -> assertThat(section("planetscope")).contains("`" + common + "`"));
        PlanetScope.MASKS.forEach(mask -> assertThat(section("planetscope")).contains("`" + mask + "`"));
    }
}
