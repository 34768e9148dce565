package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.storage.Storage;
import io.swath.testing.PythonTests;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Odd but legal GeoTIFFs through planning, tasks and assembly: the product is compared with numpy, pixel by pixel. */
@Tag("resources")
class OddScenesTest {
    private static final Path SCRIPT = Path.of("src/test/scripts/odd_scenes.py").toAbsolutePath();

    @Test
    void forty_odd_scenes_have_right_products(@TempDir Path folder) throws Exception {
        PythonTests.run("/usr/bin/python3", SCRIPT.toString(), "make", folder.toString());
        int planned = 0;
        try (DirectoryStream<Path> scenes = Files.newDirectoryStream(folder)) {
            for (Path scene : scenes) {
                plan(scene.toRealPath());
                planned++;
            }
        }
        assertThat(planned).isEqualTo(40);
        PythonTests.run("/usr/bin/python3", SCRIPT.toString(), "check", folder.toString());
    }

    private static void plan(Path root) throws IOException {
        Integer[] bands = IntStream.rangeClosed(1, Integer.parseInt(Files.readString(root.resolve("bands"))))
                .boxed()
                .toArray(Integer[]::new);
        SceneInfo info = new SceneInspector(root, new GdalInfoCommand())
                .inspect(root.resolve("scenes/S1"), Recipes.numbered(bands))
                .info();
        Path work = Files.createDirectories(root.resolve("work/S1"));
        Storage storage = new Storage(root, "");
        SourceList.write(info, storage, work);
        SceneVrt.write(info, storage, work.resolve("scene.vrt"));
    }
}
