package io.swath.job;

import io.swath.storage.DurableFiles;
import io.swath.storage.NotRegularException;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The programs that every job reads, in {@code work/.programs/HASH/}: what checks an output, what the scripts of recipes
 * import, and what starts a step of several tasks. All scenes share the folder. Its name follows from its content, so jobs that
 * an earlier Swath queued keep theirs. Names of modules begin with {@code swath_}, so that they hide no other module from a
 * script.
 */
record NodePrograms(Storage storage) {
    private static final Logger log = LoggerFactory.getLogger(NodePrograms.class);
    private static final List<String> NAMES = List.of(
            "check_output.py",
            "memory.sh",
            "gpu.sh",
            "swath_exchange.py",
            "swath_gpu.py",
            "swath_layout.py",
            "swath_overviews.py",
            "swath_tile.py",
            "swath_plain_tiff.py",
            "swath_tiff.py",
            "swath_statistics.py",
            "tasks.sh",
            "task.sh");
    private static final Map<String, String> CONTENT = content();
    private static final String HASH = hash();

    /** Where the programs lie. */
    Path folder() {
        return storage.work(".programs").resolve(HASH);
    }

    /**
     * Writes the programs that are missing or were changed: where jobs run as Swath's user, one of them may change what checks
     * the outputs of all others. Safe to repeat.
     */
    void write() throws IOException {
        Path folder = folder();
        for (Map.Entry<String, String> program : CONTENT.entrySet()) {
            Path file = folder.resolve(program.getKey());
            if (!isThere(file, program.getValue())) {
                storage.folder(folder);
                DurableFiles.writeReadOnly(file, program.getValue());
            }
        }
    }

    private boolean isThere(Path file, String content) throws IOException {
        byte[] expected = content.getBytes(StandardCharsets.UTF_8);
        try {
            if (Arrays.equals(expected, RegularFiles.read(storage.root(), file, expected.length))) {
                return true;
            }
        } catch (NoSuchFileException missing) {
            return false;
        } catch (NotRegularException | AccessDeniedException other) {
            log.debug("no program is there, or a larger one file={}", file, other);
        }
        log.warn(
                "A program for the nodes was changed by somebody else than Swath. Swath writes it again. file={}",
                file);
        return false;
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
