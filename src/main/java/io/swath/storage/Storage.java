package io.swath.storage;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The layout of the shared storage, as this program and as the nodes see it.
 *
 * <pre>
 * inbox/RECIPE/            drop a scene here
 * scenes/ID/               accepted, never touched again
 * scenes/.announced/       what stations have announced, on its way there
 * rejected/NAME/           what could not be accepted, and reason.json
 * work/ID/TOKEN/           a batch's job.sh, tiles.tsv, logs/, evidence/
 * work/ID/vN/              what a scene's version after the first is made from and of; the first's is work/ID/ itself
 * delivered/ID/RECIPE/     products
 * delivered/ID/RECIPE.vN/  a version of them that was replaced, for a while
 * </pre>
 *
 * Files are made with mode 0640 and folders with 0770, so that the nodes' user needs to share no more than the group.
 * Thread-safe.
 */
public final class Storage {
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r-----");
    private static final Set<PosixFilePermission> SCRIPT = PosixFilePermissions.fromString("rwxr-x---");
    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwxrwx---");
    private static final Pattern NODE_PATH = Pattern.compile("/[^\"'\\\\%$`\\p{Cntrl}]*");
    private static final List<String> FOLDERS = List.of("inbox", "scenes", "rejected", "work", "delivered");

    private final Path root;
    private final String clusterRoot;
    private final long leastFree;

    /** {@code clusterRoot} is the same place as the nodes see it. */
    public Storage(Path root, String clusterRoot) {
        this(root, clusterRoot, 0);
    }

    /** With less than {@code leastFree} bytes free it counts as full. */
    public Storage(Path root, String clusterRoot, long leastFree) {
        this.leastFree = leastFree;
        this.root = root.toAbsolutePath().normalize();
        this.clusterRoot = clusterRoot.isEmpty() ? this.root.toString() : clusterRoot.replaceAll("/+$", "");
        if (!NODE_PATH.matcher(this.clusterRoot).matches()) {
            throw new IllegalArgumentException("the storage's path on the nodes is " + this.clusterRoot
                    + ": it goes into job scripts, so it must begin with / and have none of \" ' \\ % $ ` in it;"
                    + " give another storage.cluster-root");
        }
    }

    public Path root() {
        return root;
    }

    /** The layout's own folders. */
    public List<Path> layout() {
        return FOLDERS.stream().map(root::resolve).toList();
    }

    public Path inbox() {
        return root.resolve("inbox");
    }

    public Path scene(String id) {
        return root.resolve("scenes").resolve(id);
    }

    public Path rejected() {
        return root.resolve("rejected");
    }

    public Path work(String id) {
        return root.resolve("work").resolve(id);
    }

    /**
     * Where a version of a scene is worked on: its scene.vrt, the recipe's copy, tiles and leases. Nothing that a former
     * version has left, or a job of it that wakes up late, can be mistaken for the present one's.
     */
    public Path work(String id, int version) {
        return version == 1 ? work(id) : work(id).resolve("v" + version);
    }

    public Path batch(String id, String token) {
        return work(id).resolve(token);
    }

    public Path delivered(String id, String recipe) {
        return root.resolve("delivered").resolve(id).resolve(recipe);
    }

    /** Where a version of the products lies that was replaced. */
    public Path replaced(String id, String recipe, int version) {
        return delivered(id, recipe).resolveSibling(recipe + ".v" + version);
    }

    /** The output of a step for a tile. */
    public Path tile(String id, int version, String step, int tile) {
        return work(id, version).resolve("tiles").resolve(step).resolve(tile + ".tif");
    }

    /** Whether a folder is there and has something in it. */
    public boolean holds(Path folder) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            return entries.iterator().hasNext();
        } catch (IOException e) {
            return false; // not there, or not readable now: either way nothing can be had from it
        }
    }

    /** A path under the root, as the nodes see it. */
    public String onCluster(Path path) {
        Path relative = root.relativize(path.toAbsolutePath().normalize());
        if (relative.startsWith("..")) {
            throw new IllegalArgumentException(path + " is not under " + root);
        }
        return relative.toString().isEmpty() ? clusterRoot : clusterRoot + "/" + relative;
    }

    /** Makes the layout. Only for the first set-up: a running Swath must not make up a storage that is not mounted. */
    public void create() throws IOException {
        for (String folder : FOLDERS) {
            make(root.resolve(folder));
        }
    }

    /** What is missing of the layout, as a sentence; empty when all is there. */
    public String missing() {
        List<String> missing = FOLDERS.stream()
                .filter(folder -> !Files.isDirectory(root.resolve(folder)))
                .toList();
        if (missing.isEmpty()) {
            return "";
        }
        return "storage " + root + " has no " + String.join(", ", missing)
                + ": is it mounted? (a new storage is laid out by ./swath doctor --create)";
    }

    /** Why no new work should be begun on it, as a sentence: not mounted, read-only or full; empty when all is well. */
    public String problem() {
        String missing = missing();
        if (!missing.isEmpty()) {
            return missing;
        }
        if (!Files.isWritable(root.resolve("work"))) {
            return "storage " + root
                    + " takes no writing: nothing new is begun until it does. See whether it is mounted"
                    + " read-only, and whether Swath's user may write to work/";
        }
        try {
            long free = Files.getFileStore(root).getUsableSpace();
            return free >= leastFree
                    ? ""
                    : "storage " + root + " has " + (free >> 20) + " MiB free, less than the " + (leastFree >> 20)
                            + " MiB of storage.least-free: nothing new is begun until there is room. Make some";
        } catch (IOException e) {
            return "storage " + root + " does not answer (" + e + "): is it mounted?";
        }
    }

    /**
     * Makes a folder below one of the layout's, readable and writable for the group.
     *
     * @throws IOException when the layout is not there: a storage that is not mounted must not be made up
     */
    public Path folder(Path folder) throws IOException {
        Path top = root.resolve(
                root.relativize(folder.toAbsolutePath().normalize()).getName(0));
        if (!Files.isDirectory(top)) {
            throw new IOException(top + " is not there: is the storage mounted?");
        }
        return make(folder);
    }

    private static Path make(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return folder;
        }
        if (folder.getParent() != null) {
            make(folder.getParent());
        }
        try {
            Files.createDirectory(folder);
            // Not at creation: the umask would take the group's right away.
            Files.setPosixFilePermissions(folder, FOLDER);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
        return folder;
    }

    /** Waits until a file, or a folder's list of names, is on the disk itself: after that no power cut can take it. */
    public static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Writes a file, into a folder that exists, as a whole or not at all: under another name first, then renamed. */
    public static void write(Path file, String content) throws IOException {
        write(file, content, FILE);
    }

    /** As {@link #write}, executable. */
    public static void writeScript(Path file, String content) throws IOException {
        write(file, content, SCRIPT);
    }

    /** Writes a file's content piece by piece. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** As {@link #write(Path, String)}, for content that is too large for one text. */
    public static void write(Path file, Content content) throws IOException {
        write(file, content, FILE);
    }

    private static void write(Path file, String content, Set<PosixFilePermission> mode) throws IOException {
        write(file, out -> out.write(content.getBytes(StandardCharsets.UTF_8)), mode);
    }

    private static void write(Path file, Content content, Set<PosixFilePermission> mode) throws IOException {
        // Always the same name: what an interrupted write has left is overwritten by the next.
        Path part = file.resolveSibling("." + file.getFileName() + ".part");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part))) {
                content.writeTo(out);
            }
            Files.setPosixFilePermissions(part, mode);
            sync(part);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Copies a folder's regular files, executable bits kept; links are not followed. */
    public void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path source : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(source).toString());
                if (Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
                    folder(target);
                } else if (Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
                    Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
                    Files.setPosixFilePermissions(target, Files.isExecutable(source) ? SCRIPT : FILE);
                    sync(target);
                }
            }
        }
    }

    /** Removes a folder and all in it; one that is not there is no error. */
    public static void remove(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
