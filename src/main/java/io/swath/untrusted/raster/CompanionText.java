package io.swath.untrusted.raster;

import io.swath.untrusted.Texts;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Reads the text of a companion with a bound on its size, and words what is wrong in it. */
final class CompanionText {
    /** Real companions have some kilobytes; one with the histograms of many bands has more. */
    static final int MOST_BYTES = 4 << 20;

    private static final int LONGEST_SHOWN = 40;

    private CompanionText() {}

    static String read(Path file) {
        return new String(bytes(file), StandardCharsets.UTF_8);
    }

    /** @throws BadSceneException when it is no regular file, or is larger than {@link #MOST_BYTES} */
    static byte[] bytes(Path file) {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw bad(file, "it is not a file", "Put the file itself there.");
        }
        try (InputStream content = Files.newInputStream(file)) {
            byte[] read = content.readNBytes(MOST_BYTES + 1);
            if (read.length > MOST_BYTES) {
                throw bad(file, "it has more than " + (MOST_BYTES >> 20) + " MiB", "Make it again.");
            }
            return read;
        } catch (IOException failed) {
            throw SceneUnavailableException.unreadable(file, failed);
        }
    }

    static double number(Path file, String word) {
        try {
            double number = Double.parseDouble(word);
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException wrong) {
            throw notANumber(file, word);
        }
        throw notANumber(file, word);
    }

    private static BadSceneException notANumber(Path file, String word) {
        return bad(
                file,
                "'" + Texts.shown(word, LONGEST_SHOWN) + "' in it is not a number",
                "Write the number with digits and a decimal point.");
    }

    /** A companion that cannot be used. Without it the scene would lie elsewhere or mean something else. */
    static BadSceneException bad(Path file, String what, String remedy) {
        return new BadSceneException(
                file,
                "companions-can-be-read",
                "of its companion " + Texts.shown(file.getFileName().toString(), 200) + ", " + what,
                remedy
                        + " Or put what it says into the GeoTIFF (gdal_translate in.tif out.tif, where both lie), and send that"
                        + " alone.");
    }
}
