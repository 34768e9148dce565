package io.swath.job;

import io.swath.storage.DurableFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The programs that every job reads, in {@code work/.programs/HASH/}: what checks an output, and what the scripts of recipes
 * import. All scenes share the folder. Its name follows from its content, so jobs that an earlier Swath queued keep theirs.
 */
record NodePrograms(Storage storage) {
    private static final List<String> NAMES = List.of(
            "check_output.py",
            "exchange.py",
            "layout.py",
            "memory.sh",
            "overviews.py",
            "swath_tile.py",
            "plain_tiff.py",
            "tiff.py",
            "tile_statistics.py",
            "tasks.sh",
            "task.sh");
    private static final Map<String, String> CONTENT = content();
    private static final String HASH = hash();

    /** Where the programs lie. */
    Path folder() {
        return storage.work(".programs").resolve(HASH);
    }

    /** Writes the programs that are missing; safe to repeat. */
    void write() throws IOException {
        Path folder = folder();
        for (Map.Entry<String, String> program : CONTENT.entrySet()) {
            Path file = folder.resolve(program.getKey());
            if (!Files.exists(file)) {
                storage.folder(folder);
                DurableFiles.writeReadOnly(file, program.getValue());
            }
        }
    }

    private static Map<String, String> content() {
        Map<String, String> content = new LinkedHashMap<>();
        for (String name : NAMES) {
            try (InputStream in = NodePrograms.class.getResourceAsStream("/job/" + name)) {
                content.put(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new IllegalStateException(name + " cannot be read from the program's own archive", e);
            }
        }
        return content;
    }

    private static String hash() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            CONTENT.forEach(
                    (name, text) -> digest.update((name + '\0' + text + '\0').getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
