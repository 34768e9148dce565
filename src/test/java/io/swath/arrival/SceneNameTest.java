package io.swath.arrival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SceneNameTest {
    private static final String KEY = "1a2b3c4d5e6f";

    @ParameterizedTest
    @CsvSource({
        "L7_ETMs.tif, L7_ETMs-1a2b3c4d",
        "L7_ETMs.TIFF, L7_ETMs-1a2b3c4d",
        "scene.tar.gz, scene-1a2b3c4d",
        "v1.2.tif, v1.2-1a2b3c4d",
        "../../etc/passwd.tif, etc-passwd-1a2b3c4d",
        "-rf.tif, rf-1a2b3c4d",
        "...tif, scene-1a2b3c4d",
        ".tif, tif-1a2b3c4d",
        "'a  b$(c).tif', a-b-c-1a2b3c4d",
        "Übersicht.tif, Ubersicht-1a2b3c4d",
        "卫星.tif, scene-1a2b3c4d",
        "'', scene-1a2b3c4d",
    })
    void a_name_becomes_an_id(String name, String id) {
        assertThat(SceneName.id(name, KEY)).isEqualTo(id);
    }

    @Test
    void every_name_gives_a_valid_id() {
        Random random = new Random(3);
        for (int count = 0; count < 5000; count++) {
            StringBuilder name = new StringBuilder();
            random.ints(random.nextInt(300), 0, random.nextBoolean() ? 128 : 0x11000)
                    .forEach(name::appendCodePoint);
            assertThat(SceneName.id(name.toString(), KEY)).matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
        }
    }

    @Test
    void two_files_of_one_name_have_different_ids() {
        assertThat(SceneName.id("a.tif", "00000001")).isNotEqualTo(SceneName.id("a.tif", "00000002"));
        assertThatThrownBy(() -> SceneName.id("a.tif", "none")).isInstanceOf(IllegalArgumentException.class);
    }
}
