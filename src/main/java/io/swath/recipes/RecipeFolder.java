package io.swath.recipes;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of one recipe; links are followed. Hidden files, editors' backups ({@code *~}) and Python's caches are left
 * out. Otherwise an editor that opens a script would change the recipe's hash, and nightly reprocessing would process
 * every scene again.
 */
final class RecipeFolder {
    static final String DESCRIPTION = "recipe.yaml";
    private static final int MOST_FILES = 5_000;
    private static final int DEEPEST = 16;

    private final Path folder;

    RecipeFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * The attributes of every file. If two snapshots are equal, and {@link Snapshot#newest} was some seconds before the
     * first of them, then no content has changed.
     */
    Snapshot snapshot() {
        try {
            List<String> lines = new ArrayList<>();
            Instant newest = Instant.EPOCH;
            for (Map.Entry<String, Path> file : files().entrySet()) {
                Map<String, Object> now =
                        Files.readAttributes(file.getValue(), "unix:size,lastModifiedTime,ctime,ino,mode");
                lines.add(file.getKey() + " " + now);
                Instant changed = ((FileTime) now.get("ctime")).toInstant();
                newest = changed.isAfter(newest) ? changed : newest;
            }
            return new Snapshot(List.copyOf(lines), newest);
        } catch (IOException failed) {
            throw unreadable(failed);
        }
    }

    record Snapshot(List<String> files, Instant newest) {}

    /**
     * SHA-256, hex, over the sorted relative paths, each with its executable bit and its content.
     *
     * @param model left out: it may be large, and its own SHA-256 is in the description
     */
    String hash(Optional<Path> model) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            Map<String, Path> files = files();
            model.map(Path::toString).ifPresent(files::remove);
            for (Map.Entry<String, Path> file : files.entrySet()) {
                byte[] name = file.getKey().getBytes(StandardCharsets.UTF_8);
                digest.update(ByteBuffer.allocate(4).putInt(name.length).array());
                digest.update(name);
                digest.update((byte) (Files.isExecutable(file.getValue()) ? 1 : 0));
                digest.update(ByteBuffer.allocate(8)
                        .putLong(Files.size(file.getValue()))
                        .array());
                try (InputStream content = Files.newInputStream(file.getValue())) {
                    for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                        digest.update(buffer, 0, read);
                    }
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException failed) {
            throw unreadable(failed);
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    /** SHA-256 of a file, hex. */
    static String sha256(Path file) throws IOException {
        try (InputStream content = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    private Map<String, Path> files() throws IOException {
        Map<String, Path> files = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(folder, DEEPEST, FileVisitOption.FOLLOW_LINKS)) {
            for (Path path : (Iterable<Path>) walk::iterator) {
                Path relative = folder.relativize(path);
                if (isPart(relative) && Files.isRegularFile(path)) {
                    files.put(relative.toString(), path);
                }
                if (files.size() > MOST_FILES) {
                    throw new RecipeException(
                            folder,
                            "",
                            "it holds more than " + MOST_FILES + " files",
                            "Move what the scripts do not need out of the recipe's folder.");
                }
            }
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
        return files;
    }

    private static boolean isPart(Path relative) {
        for (Path part : relative) {
            String name = part.toString();
            if (name.startsWith(".") || name.endsWith("~") || name.endsWith(".pyc") || name.equals("__pycache__")) {
                return false;
            }
        }
        return true;
    }

    private RecipeException unreadable(IOException failed) {
        RecipeException exception = failed instanceof FileSystemLoopException
                ? new RecipeException(
                        folder, "", "a link in it leads back to the folder", "Remove " + failed.getMessage() + ".")
                : new RecipeException(
                        folder,
                        "",
                        "its files cannot be read (" + failed + ")",
                        "Check that they exist and are readable.");
        exception.initCause(failed);
        return exception;
    }
}
