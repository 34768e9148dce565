package io.swath.untrusted.raster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class GdalInfoCommandTest {
    private static final List<String> GTIFF = List.of("GTiff");

    @TempDir
    Path folder;

    private Path tiff() throws IOException {
        return new TinyTiff(false, ByteOrder.LITTLE_ENDIAN).write(folder.resolve("a.tif"));
    }

    private GdalInfoCommand stub(String body) throws IOException {
        Path script = folder.resolve("stub-gdalinfo");
        Files.writeString(script, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new GdalInfoCommand(script.toString(), Duration.ofSeconds(5));
    }

    @Test
    void describes_a_raster_and_removes_its_temporary_files() throws IOException {
        GdalInfo info = new GdalInfoCommand().describe(tiff(), GTIFF);
        assertThat(info.width()).isEqualTo(32);
        assertThat(info.bands()).hasSize(1);
        assertThat(info.bands().get(0).type()).isEqualTo("Byte");
        assertThat(info.bands().get(0).nodata()).isEmpty();
        assertThat(folder).isDirectoryContaining("glob:**/a.tif");
        assertThat(folder.toFile().list()).containsExactly("a.tif");
    }

    @Test
    void only_the_named_drivers_may_open_the_file() throws IOException {
        Path vrt = folder.resolve("b.tif");
        Files.writeString(
                vrt,
                "<VRTDataset rasterXSize=\"32\" rasterYSize=\"32\"><VRTRasterBand dataType=\"Byte\" band=\"1\"/></VRTDataset>");
        assertThatThrownBy(() -> new GdalInfoCommand().describe(vrt, GTIFF))
                .isInstanceOf(BadSceneException.class)
                .hasMessageContaining("not recognized");
    }

    @Test
    void nothing_that_lies_beside_the_file_is_opened() throws Exception {
        Path tiff = tiff();
        GdalInfo alone = new GdalInfoCommand().describe(tiff, GTIFF);
        for (String name : List.of(
                "a.tif.ovr",
                "a.tif.msk",
                "a.tif.aux.xml",
                "a.tif.aux",
                "a.aux",
                "a.xml",
                "a.IMD",
                "a.RPB",
                "a_RPC.TXT",
                "a.tab",
                "a.prj")) {
            // Opening a pipe that nobody writes to waits for ever.
            Process made = new ProcessBuilder("mkfifo", folder.resolve(name).toString()).start();
            assertThat(made.waitFor()).isZero();
        }
        for (String name : List.of("a.tfw", "a.tifw", "a.wld")) {
            Files.writeString(folder.resolve(name), "10\n0\n0\n-10\n500000\n4000000\n");
        }

        assertThat(new GdalInfoCommand("gdalinfo", Duration.ofSeconds(10)).describe(tiff, GTIFF))
                .isEqualTo(alone);
    }

    @Test
    void the_child_does_not_inherit_secrets_from_the_environment() throws IOException {
        Path seen = folder.resolve("seen");
        assertThatThrownBy(() -> stub("env > '" + seen + "'; exit 3").describe(tiff(), GTIFF))
                .isInstanceOf(BadSceneException.class);
        assertThat(Files.readAllLines(seen))
                .noneMatch(line -> line.startsWith("HOME=") || line.startsWith("USER="))
                .contains("GDAL_PAM_ENABLED=NO", "PROJ_NETWORK=OFF");
    }

    @Test
    void a_file_that_needs_too_much_cpu_time_is_rejected() throws IOException {
        assertThatThrownBy(() -> stub("kill -XCPU $$").describe(tiff(), GTIFF))
                .isInstanceOf(BadSceneException.class)
                .hasMessageContaining("did not finish reading its header after 8 s");
    }

    @Test
    void a_file_that_needs_too_much_memory_is_rejected() throws IOException {
        String greedy =
                "exec /usr/bin/python3 -c 'import sys; sys.stderr.write(\"ERROR greedy\"); bytearray(520 << 20)'";
        assertThatThrownBy(() -> stub(greedy).describe(tiff(), GTIFF))
                .isInstanceOf(BadSceneException.class)
                .hasMessageContaining("cannot read it");
        String modest = "/usr/bin/python3 -c 'bytearray(300 << 20)' && echo '{}'";
        assertThatThrownBy(() -> stub(modest).describe(tiff(), GTIFF)).hasMessageContaining("finds no raster");
    }

    @Test
    void endless_output_is_cut_off() throws IOException {
        assertThatThrownBy(() -> stub("exec cat /dev/zero").describe(tiff(), GTIFF))
                .isInstanceOf(BadSceneException.class)
                .hasMessageContaining("more than 16 MiB");
    }

    @Test
    void a_timeout_is_not_the_files_fault() throws IOException {
        GdalInfoCommand slow = new GdalInfoCommand(
                Files.writeString(folder.resolve("slow"), "#!/bin/sh\nexec sleep 60\n")
                        .toString(),
                Duration.ofMillis(300));
        Files.setPosixFilePermissions(folder.resolve("slow"), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThatThrownBy(() -> slow.describe(tiff(), GTIFF))
                .isInstanceOf(SceneUnavailableException.class)
                .hasMessageContaining("did not end within");
    }

    @Test
    void a_missing_program_is_not_the_files_fault() throws IOException {
        assertThatThrownBy(
                        () -> new GdalInfoCommand("/nowhere/gdalinfo", Duration.ofSeconds(5)).describe(tiff(), GTIFF))
                .isInstanceOf(SceneUnavailableException.class)
                .hasMessageContaining("Install gdal-bin");
    }

    @Test
    void output_that_is_not_json_rejects_the_file_with_a_reason() throws IOException {
        assertThatThrownBy(() ->
                        stub("echo '{\"geoTransform\":[1.0,'; echo 'nan,0]}'").describe(tiff(), GTIFF))
                .isInstanceOf(BadSceneException.class)
                .hasMessageContaining("its georeferencing is not a number");
        assertThatThrownBy(() -> stub("echo '{}'").describe(tiff(), GTIFF))
                .isInstanceOf(BadSceneException.class)
                .hasMessageContaining("finds no raster");
    }
}
