package io.swath.arrival;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncompleteFilesTest {
    /** A JPEG 2000 codestream of one tile-part without pixels: SOC, SIZ, SOT, SOD, EOC. */
    private static final byte[] CODESTREAM = HexFormat.of()
            .parseHex("ff4fff51002900000000004000000030000000000000000000000040000000300000000000000000" + "0001070101"
                    + "ff90000a00000000000e0001" + "ff93" + "ffd9");

    @TempDir
    Path folder;

    private boolean isMissing(String name, int bytes) throws IOException {
        return IncompleteFiles.isMissing(Files.write(folder.resolve(name), Arrays.copyOf(CODESTREAM, bytes)), 0);
    }

    @Test
    void a_jpeg_2000_that_is_cut_off_is_incomplete() throws IOException {
        assertThat(isMissing("B04.jp2", CODESTREAM.length)).isFalse();
        assertThat(isMissing("B04.j2k", CODESTREAM.length)).isFalse();
        for (int bytes : new int[] {1, 30, 44, 50, CODESTREAM.length - 3}) {
            assertThat(isMissing("B04.jp2", bytes)).as(bytes + " bytes").isTrue();
        }
        Path other = Files.writeString(folder.resolve("page.jp2"), "<html>not found, but a text of some length</html>");
        assertThat(IncompleteFiles.isMissing(other, 0))
                .as("planning says what it is")
                .isFalse();
    }
}
