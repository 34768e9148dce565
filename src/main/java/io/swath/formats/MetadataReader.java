package io.swath.formats;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.model.RejectedException;
import io.swath.storage.RegularFiles;
import io.swath.untrusted.Texts;
import io.swath.untrusted.xml.XmlElement;
import io.swath.untrusted.xml.XmlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads the metadata of one folder, with a bound for all of them together: a folder may have thousands of files that look
 * like metadata. Not thread-safe.
 */
final class MetadataReader {
    /** The largest metadata that are no XML: a manifest.json for all files that a folder may have. */
    private static final int MOST_TEXT = 4 << 20;
    /** All that is read for one folder; fifty Sentinel-2 products of a mosaic have 50 MB. */
    private static final int MOST_TOGETHER = 64 << 20;

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(20).build())
            .build());

    private static final String REMEDY = "Deliver the product as its producer made it, in a folder of its own.";

    private final XmlReader xml = new XmlReader();
    private long left = MOST_TOGETHER;

    /** @throws FormatException when the file is not a usable XML document, or a bound is reached */
    XmlElement xml(Path root, Path file) throws IOException {
        byte[] content = content(root, file, XmlReader.MOST_BYTES);
        try {
            return xml.read(content);
        } catch (RejectedException bad) {
            throw new FormatException(Texts.line(file.toString()), bad.rule(), bad.what(), bad.remedy());
        }
    }

    /** @throws FormatException when the file is larger than metadata are, or a bound is reached */
    String text(Path root, Path file) throws IOException {
        return text(content(root, file, MOST_TEXT));
    }

    /**
     * Empty when the file is another kind of file: no JSON, or larger than metadata are, such as a map of fields.
     *
     * @throws FormatException when the bound for all is reached
     */
    Optional<JsonNode> json(Path root, Path file) throws IOException {
        if (RegularFiles.size(root, root.resolve(file)) > MOST_TEXT) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readTree(text(root, file)));
        } catch (JsonProcessingException otherKindOfFile) {
            return Optional.empty();
        }
    }

    /** Without the byte order mark that editors of Windows put before a text. */
    static String text(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    private byte[] content(Path root, Path file, int most) throws IOException {
        Path place = root.resolve(file);
        long size = RegularFiles.size(root, place);
        if (size > most) {
            throw new FormatException(
                    Texts.line(file.toString()),
                    "metadata-are-small",
                    "it has " + size + " bytes, more than " + most,
                    REMEDY);
        }
        if (size > left) {
            throw new FormatException(
                    "",
                    "metadata-are-small",
                    "its files with metadata have more than " + (MOST_TOGETHER >> 20) + " MiB together",
                    REMEDY);
        }
        left -= size;
        return RegularFiles.read(root, place, most);
    }
}
