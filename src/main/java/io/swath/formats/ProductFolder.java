package io.swath.formats;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.storage.RegularFiles;
import io.swath.untrusted.Texts;
import io.swath.untrusted.xml.XmlElement;
import io.swath.untrusted.xml.XmlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The files below a folder, listed once, and what their first bytes say about them. Every path is relative to the folder.
 * Links are not followed; hidden files and
 * names that are no printable text are left out. Not thread-safe.
 */
public final class ProductFolder {
    private static final int MOST_FILES = 5_000;
    private static final int DEEPEST = 12;
    private static final int HEAD_BYTES = 4096;

    private final Path root;
    private final MetadataReader reader;
    private final Map<Path, Long> sizes = new TreeMap<>();
    private final Map<Path, byte[]> heads = new LinkedHashMap<>();
    private final Map<Path, Optional<String>> roots = new LinkedHashMap<>();

    private ProductFolder(Path root, MetadataReader reader) {
        this.root = root;
        this.reader = reader;
    }

    /**
     * Lists the files.
     *
     * @throws FormatException when there are more than {@value #MOST_FILES}
     * @throws IOException when the folder cannot be read
     */
    public static ProductFolder of(Path folder) throws IOException {
        ProductFolder listed = new ProductFolder(folder.toAbsolutePath().normalize(), new MetadataReader());
        Files.walkFileTree(listed.root, EnumSet.noneOf(FileVisitOption.class), DEEPEST, listed.new Listing());
        return listed;
    }

    /**
     * One file, as if its folder held nothing else.
     *
     * @throws IOException when it cannot be read
     */
    static ProductFolder only(Path file) throws IOException {
        ProductFolder listed = new ProductFolder(file.toAbsolutePath().getParent(), new MetadataReader());
        listed.sizes.put(file.getFileName(), Files.size(file));
        return listed;
    }

    private final class Listing extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return isHidden(directory) && !directory.equals(root)
                    ? FileVisitResult.SKIP_SUBTREE
                    : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()
                    && !isHidden(file)
                    && Texts.printable(root.relativize(file).toString())) {
                sizes.put(root.relativize(file), attributes.size());
            }
            if (sizes.size() > MOST_FILES) {
                throw new FormatException(
                        "",
                        "folder-has-few-files",
                        "it holds more than " + MOST_FILES + " files",
                        "Deliver each scene in a folder of its own.");
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failed) throws IOException {
            if (failed instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE; // removed just now
            }
            throw failed;
        }

        private boolean isHidden(Path path) {
            return path.getFileName().toString().startsWith(".");
        }
    }

    /** The files below one of its folders, as a folder by themselves; none when there is no such folder. */
    ProductFolder below(Path folder) {
        if (folder.toString().isEmpty()) {
            return this;
        }
        ProductFolder part = new ProductFolder(root.resolve(folder), reader);
        sizes.forEach((file, size) -> {
            if (file.startsWith(folder) && !file.equals(folder)) {
                part.sizes.put(folder.relativize(file), size);
            }
        });
        return part;
    }

    /** The absolute path of a file. */
    Path place(Path file) {
        return root.resolve(file);
    }

    /** The files, in the order of their names. */
    public List<Path> files() {
        return List.copyOf(sizes.keySet());
    }

    /** The size of a listed file in bytes. */
    long size(Path file) {
        return sizes.get(file);
    }

    /**
     * The listed file of that name: the same name, or else the only one that differs from it in upper and lower case alone,
     * as some copies make it.
     */
    Optional<Path> find(Path file) {
        Path wanted = file.normalize();
        if (sizes.containsKey(wanted)) {
            return Optional.of(wanted);
        }
        String name = wanted.toString().toLowerCase(Locale.ROOT);
        List<Path> alike = sizes.keySet().stream()
                .filter(path -> path.toString().toLowerCase(Locale.ROOT).equals(name))
                .toList();
        return alike.size() == 1 ? Optional.of(alike.get(0)) : Optional.empty();
    }

    /** The files that are XML with a root element of one of these names. */
    List<Path> xml(List<String> rootNames) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path file : sizes.keySet()) {
            if (rootName(file).filter(rootNames::contains).isPresent()) {
                found.add(file);
            }
        }
        return found;
    }

    private Optional<String> rootName(Path file) throws IOException {
        Optional<String> known = roots.get(file);
        if (known == null) {
            String beginning = new String(head(file), StandardCharsets.ISO_8859_1);
            known = beginning.indexOf('<') >= 0 && beginning.indexOf('<') < 8
                    ? XmlReader.rootName(head(file))
                    : Optional.empty();
            roots.put(file, known);
        }
        return known;
    }

    /** The files that begin with this text, white space aside. */
    List<Path> beginningWith(String text) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path file : sizes.keySet()) {
            if (MetadataReader.text(head(file)).strip().startsWith(text)) {
                found.add(file);
            }
        }
        return found;
    }

    /** The first bytes of a file. */
    byte[] head(Path file) throws IOException {
        byte[] known = heads.get(file);
        if (known == null) {
            known = RegularFiles.readStart(root, root.resolve(file), HEAD_BYTES);
            heads.put(file, known);
        }
        return known;
    }

    /** @throws FormatException when the file is not a usable XML document, or the folder's metadata are too many */
    XmlElement readXml(Path file) throws IOException {
        return reader.xml(root, file);
    }

    /** Empty when the file is no JSON; otherwise as {@link #readText}. */
    Optional<JsonNode> readJson(Path file) throws IOException {
        return reader.json(root, file);
    }

    /** @throws FormatException when the file is larger than metadata are, or the folder's metadata are too many */
    String readText(Path file) throws IOException {
        return reader.text(root, file);
    }
}
