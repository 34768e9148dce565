package io.swath.formats;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.untrusted.Texts;
import io.swath.untrusted.stac.Checksum;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The list of files in the {@code manifest.json} of a Planet order
 * (<a href="https://docs.planet.com/develop/apis/orders/delivery/">order delivery</a>): {@code files} with path, size and
 * digests. Immutable.
 */
record OrderManifest(Map<Path, SafeManifest.Entry> entries) {
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(20).build())
            .build());

    private static final int MOST_ENTRIES = 20_000;

    /** The order's list; empty when the folder has none. */
    static OrderManifest read(ProductFolder folder) throws IOException {
        Map<Path, SafeManifest.Entry> entries = new HashMap<>();
        for (Path file : folder.beginningWith("{")) {
            JsonNode files;
            try {
                files = JSON.readTree(folder.readText(file)).path("files");
            } catch (JsonProcessingException otherKindOfFile) {
                continue;
            }
            for (JsonNode entry : files) {
                if (entry.path("path").isTextual() && entry.has("digests")) {
                    add(entries, file, entry);
                }
                if (entries.size() > MOST_ENTRIES) {
                    throw new FormatException(
                            Texts.line(file.toString()),
                            "metadata-are-small",
                            "it lists more than " + MOST_ENTRIES + " files",
                            "Deliver each scene in a folder of its own, with its own files in the manifest.json.");
                }
            }
        }
        return new OrderManifest(Map.copyOf(entries));
    }

    private static void add(Map<Path, SafeManifest.Entry> entries, Path list, JsonNode entry) {
        OptionalLong size = entry.path("size").canConvertToLong()
                ? OptionalLong.of(entry.path("size").longValue())
                : OptionalLong.empty();
        Path path = ListedPath.below(list, entry.path("path").asText());
        entries.put(path, new SafeManifest.Entry(size, checksum(entry.path("digests"))));
    }

    private static Optional<Checksum> checksum(JsonNode digests) {
        String sha256 = digests.path("sha256").asText("").toLowerCase(Locale.ROOT);
        if (sha256.matches("[0-9a-f]{64}")) {
            return Optional.of(new Checksum("SHA-256", sha256));
        }
        String md5 = digests.path("md5").asText("").toLowerCase(Locale.ROOT);
        return md5.matches("[0-9a-f]{32}") ? Optional.of(new Checksum("MD5", md5)) : Optional.empty();
    }

    SafeManifest.Entry entry(Path path) {
        return entries.getOrDefault(path.normalize(), SafeManifest.Entry.UNKNOWN);
    }
}
