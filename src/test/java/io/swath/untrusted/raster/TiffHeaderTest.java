package io.swath.untrusted.raster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.Window;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TiffHeaderTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("scene.tif");
    }

    @ParameterizedTest
    @CsvSource({"false, LITTLE", "false, BIG", "true, LITTLE", "true, BIG"})
    void classic_and_big_tiff_are_read_in_both_byte_orders(boolean big, String order) throws IOException {
        ByteOrder bytes = order.equals("BIG") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        TiffHeader header = TiffHeaderReader.read(new TinyTiff(big, bytes).write(file));
        assertThat(List.of(header.width(), header.height(), header.bands(), header.bitsPerSample()))
                .containsExactly(32, 32, 1, 8);
        assertThat(List.of(header.blockWidth(), header.blockHeight())).containsExactly(16, 16);
        assertThat(header.tiled()).isTrue();
        assertThat(header.emptyBlocks().count()).isZero();
    }

    @Test
    void a_strip_is_as_wide_as_the_image_and_the_last_one_may_be_short() throws IOException {
        TinyTiff tiff = TinyTiff.plain().without(322).without(323).without(324).without(325);
        long data = tiff.dataAt();
        TiffHeader header = TiffHeaderReader.read(tiff.tag(278, TinyTiff.SHORT, 20)
                .tag(273, TinyTiff.LONG, data, data + 640)
                .tag(279, TinyTiff.LONG, 640, 384)
                .write(file));
        assertThat(List.of(header.blockWidth(), header.blockHeight())).containsExactly(32, 20);
        assertThat(header.tiled()).isFalse();
    }

    @Test
    void windows_that_were_never_written_are_empty() throws IOException {
        TinyTiff tiff = TinyTiff.plain();
        long data = tiff.dataAt();
        EmptyBlocks empty = TiffHeaderReader.read(tiff.tag(324, TinyTiff.LONG, 0, data, 0, data)
                        .tag(325, TinyTiff.LONG, 0, 256, 0, 256)
                        .write(file))
                .emptyBlocks();
        assertThat(empty.count()).isEqualTo(2);
        assertThat(empty.test(new Window(0, 0, 16, 32))).isTrue();
        assertThat(empty.test(new Window(0, 0, 17, 32))).isFalse();
        assertThat(empty.test(new Window(16, 16, 1, 1))).isFalse();
    }

    @Test
    void a_block_is_empty_only_when_it_is_empty_in_every_band() throws IOException {
        TinyTiff tiff = TinyTiff.plain();
        long data = tiff.dataAt();
        EmptyBlocks empty = TiffHeaderReader.read(tiff.tag(277, TinyTiff.SHORT, 2)
                        .tag(258, TinyTiff.SHORT, 8, 8)
                        .tag(284, TinyTiff.SHORT, 2)
                        .tag(324, TinyTiff.LONG, 0, 0, data, data, 0, data, 0, data)
                        .tag(325, TinyTiff.LONG, 0, 0, 256, 256, 0, 256, 0, 256)
                        .write(file))
                .emptyBlocks();
        assertThat(empty.count()).isEqualTo(1);
        assertThat(empty.test(new Window(0, 0, 16, 16))).isTrue();
    }

    @Test
    void a_file_that_was_cut_off_is_not_complete() throws IOException {
        TinyTiff.plain().cut(1).write(file);
        assertRejected(
                "file-is-complete",
                "its header says that it has 9216 bytes, and it has 9215: 1 of the 4 blocks of its pixels are missing");
    }

    @Test
    void a_file_cut_off_in_its_header_is_not_complete() throws IOException {
        TinyTiff.plain().cut(9216 - 60).write(file);
        assertRejected("file-is-complete", "its header says that it has at least");
    }

    @Test
    void an_empty_file_is_not_complete() throws IOException {
        Files.createFile(file);
        assertRejected("file-is-complete", "the file is empty");
    }

    @Test
    void a_vrt_named_tif_is_rejected_as_a_vrt() throws IOException {
        Files.writeString(file, "<VRTDataset rasterXSize=\"1\"><SourceFilename>/etc/passwd</SourceFilename>");
        assertRejected("file-is-a-tiff", "GDAL VRT");
    }

    @ParameterizedTest
    @CsvSource({
        "PK\u0003\u0004 archive, ZIP",
        "just some text, does not begin with the signature",
        "<!DOCTYPE html><html>, a web page",
        "'\u001f\u008b\b', compressed with gzip",
        "II*, does not begin"
    })
    void the_error_names_the_format_of_a_file_that_is_no_tiff(String content, String named) throws IOException {
        Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
        assertRejected("file-is-a-tiff", named);
    }

    @Test
    void absurd_sizes_are_rejected() throws IOException {
        TinyTiff.plain().tag(256, TinyTiff.LONG, 4_000_000_000L).write(file);
        assertRejected("size-is-sane", "width of 4000000000");
        TinyTiff.plain().tag(256, TinyTiff.LONG, 0).write(file);
        assertRejected("size-is-sane", "width of 0");
        TinyTiff.plain().tag(277, TinyTiff.SHORT, 65_535).write(file);
        assertRejected("size-is-sane", "65535 bands, and the whole file has 9216 bytes");
        TinyTiff.plain().tag(322, TinyTiff.LONG, 0).write(file);
        assertRejected("size-is-sane", "width of a block of 0");
    }

    @Test
    void a_block_larger_than_the_memory_limit_is_rejected() throws IOException {
        TinyTiff.plain()
                .tag(322, TinyTiff.LONG, 65_536)
                .tag(323, TinyTiff.LONG, 65_536)
                .write(file);
        assertRejected("blocks-are-small", "4096 MiB");
    }

    @Test
    void a_table_with_too_many_blocks_is_rejected() throws IOException {
        TinyTiff.plain()
                .tag(256, TinyTiff.LONG, 1_000_000)
                .tag(257, TinyTiff.LONG, 1_000_000)
                .write(file);
        assertRejected("blocks-are-few", "3906250000 blocks");
    }

    @Test
    void bands_of_different_types_are_rejected() throws IOException {
        TinyTiff.plain()
                .tag(277, TinyTiff.SHORT, 2)
                .tag(258, TinyTiff.SHORT, 8, 16)
                .write(file);
        assertRejected("bands-are-of-one-type", "8 and 16");
    }

    @Test
    void a_block_table_that_is_too_short_or_missing_is_rejected() throws IOException {
        TinyTiff.plain().tag(324, TinyTiff.LONG, 8192, 8448).write(file);
        assertRejected(
                "header-makes-sense", "its pixels are in 4 blocks, and its header says of only 2 where they are");
        TinyTiff.plain().without(324).write(file);
        assertRejected("header-makes-sense", "does not say where its pixels are");
        TinyTiff.plain().tag(324, TinyTiff.LONG, 4, 4, 4, 4).write(file);
        assertRejected("header-makes-sense", "overlaps its header");
    }

    @Test
    void further_images_are_counted_and_a_loop_of_them_is_harmless() throws IOException {
        assertThat(TiffHeaderReader.read(TinyTiff.plain().next(16).write(file)).furtherImages())
                .isZero();
        assertThat(TiffHeaderReader.read(TinyTiff.plain().next(9_000_000).write(file))
                        .furtherImages())
                .isZero();
    }

    @Test
    void nodata_is_read_from_gdals_tag() throws IOException {
        long[] text = LongStream.of('-', '9', '9', '9', '9', 0).toArray();
        assertThat(TiffHeaderReader.read(TinyTiff.plain().tag(42113, 2, text).write(file))
                        .nodata())
                .contains("-9999");
    }

    @Test
    void a_damaged_header_is_read_or_rejected_with_a_reason() throws IOException {
        byte[] good = Files.readAllBytes(TinyTiff.plain().write(file));
        Random random = new Random(7);
        for (int count = 0; count < 500; count++) {
            byte[] bad = good.clone();
            for (int damage = 0; damage <= random.nextInt(4); damage++) {
                bad[random.nextInt(160)] = (byte) random.nextInt(256);
            }
            Files.write(file, bad);
            try {
                assertThat(TiffHeaderReader.read(file).width()).isPositive();
            } catch (BadSceneException reason) {
                assertThat(reason.remedy()).isNotBlank();
            }
        }
    }

    @Test
    void a_missing_file_is_not_the_scenes_fault() {
        assertThatThrownBy(() -> TiffHeaderReader.read(file))
                .isInstanceOf(SceneUnavailableException.class)
                .hasMessageContaining("nothing is lost");
    }

    private void assertRejected(String rule, String what) {
        assertThatThrownBy(() -> TiffHeaderReader.read(file))
                .isInstanceOfSatisfying(BadSceneException.class, reason -> {
                    assertThat(reason.rule()).isEqualTo(rule);
                    assertThat(reason.what()).contains(what);
                    assertThat(reason).hasMessageContaining("scene.tif").hasMessageContaining(reason.remedy());
                });
    }
}
