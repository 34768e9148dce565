package io.swath.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The layout of the shared storage, with its paths on this machine and on the nodes, and the storage's condition.
 *
 * <pre>
 * inbox/RECIPE/            put a scene here
 * scenes/ID/               accepted, never changed again; .beside/ holds what else lay in a dropped folder
 * scenes/.taken/           scenes from inboxes, while they are put together
 * scenes/.announced/       scenes that stations announced, while they are copied
 * scenes/.unpacked/        archives from inboxes, unpacked; .announced-archives/ and .submitted/ likewise
 * rejected/NAME/           a scene that was rejected, and reason.json
 * work/ID/TOKEN/           a batch's job.sh, tiles.tsv, logs/, evidence/
 * work/ID/vN/              the work of a scene's later versions; the first version's is in work/ID/ itself
 * delivered/ID/RECIPE/     products
 * delivered/ID/RECIPE.vN/  a replaced version of the products, kept for a while
 * archive/                 the records of old runs: runs-MONTH-….csv.gz
 * </pre>
 *
 * Files are made with mode 0640 and folders with 0750, so that only Swath writes. The groups of jobs and droppers may
 * write in a few folders (0770): inbox/RECIPE/, and in work/ID/ the folders logs/, evidence/, product/, leases/ and
 * tiles/STEP/. New files get the group of their folder (setgid).
 * Immutable.
 */
public final class Storage {
    /** In a scene's folder: an inbox entry that the scene was made from has not been removed yet. */
    public static final String TAKEN_NOTE = ".taken";
    /**
     * In a scene's folder: scenes of other recipes were given its files as hard links. Names that come and go move the time of
     * a file's last change, so {@code job.sh} does not compare it.
     */
    public static final String SHARED = ".shared";

    private static final Pattern NODE_PATH = Pattern.compile("/[^\"'\\\\%$`\\p{Cntrl}]*");
    private static final List<String> FOLDERS = List.of("inbox", "scenes", "rejected", "work", "delivered");

    static final String PART = ".part";
    private static final int PROBE_BYTES = 64 << 10;
    private static final Logger log = LoggerFactory.getLogger(Storage.class);

    private final Path root;
    private final String clusterRoot;
    private final long leastFree;

    /** @param clusterRoot the path of {@code root} on the nodes; empty when it is the same */
    public Storage(Path root, String clusterRoot) {
        this(root, clusterRoot, 0);
    }

    /** @param leastFree bytes; with less free space, the storage counts as full */
    public Storage(Path root, String clusterRoot, long leastFree) {
        this.leastFree = leastFree;
        this.root = root.toAbsolutePath().normalize();
        this.clusterRoot = clusterRoot.isEmpty() ? this.root.toString() : clusterRoot.replaceAll("/+$", "");
        if (!NODE_PATH.matcher(this.clusterRoot).matches()) {
            throw new IllegalArgumentException("the storage's path on the nodes is " + this.clusterRoot
                    + ": job scripts use it, so it must begin with / and have none of \" ' \\ % $ ` in it;"
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

    /**
     * The folder with the records of old runs; makes it when it is missing. Only Swath writes there.
     *
     * @throws IOException when the storage is not mounted, or Swath may not make the folder
     */
    public Path archiveFolder() throws IOException {
        String missing = missing();
        if (!missing.isEmpty()) {
            throw new IOException(missing);
        }
        return DurableFiles.makeFolder(root.resolve("archive"), DurableFiles.CLOSED);
    }

    public Path inbox() {
        return root.resolve("inbox");
    }

    public Path scene(String id) {
        return root.resolve("scenes").resolve(id);
    }

    /** How the names of folders begin in which a scene is put together: {@code PREFIX TOKEN.part}. */
    public static String stagingPrefix(String key) {
        byte[] digest = Sha256.digest().digest(key.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest).substring(0, 16) + "-";
    }

    public Path rejected() {
        return root.resolve("rejected");
    }

    public Path work(String id) {
        return root.resolve("work").resolve(id);
    }

    /**
     * The work folder of one version of a scene: scene.vrt, the recipe's copy, tiles and leases. Each version has its
     * own folder, so that a late job of a former version cannot write into the present version's folder.
     */
    public Path work(String id, int version) {
        return version == 1 ? work(id) : work(id).resolve("v" + version);
    }

    public Path batch(String id, String token) {
        return work(id).resolve(token);
    }

    public Path delivered() {
        return root.resolve("delivered");
    }

    public Path delivered(String id, String recipe) {
        return delivered().resolve(id).resolve(recipe);
    }

    /**
     * Where Swath gathers a scene's products before they get their place: on the same file system, and in no folder that
     * jobs may write.
     */
    public Path gathering(String id) {
        return delivered().resolve("." + id + PART);
    }

    /** The scene whose {@link #gathering} folder has this name; empty when it is no name of such a folder. */
    public static Optional<String> gatheredScene(String name) {
        return name.startsWith(".") && name.endsWith(PART)
                ? Optional.of(name.substring(1, Math.max(1, name.length() - PART.length())))
                : Optional.empty();
    }

    /** The folder of a replaced version of the products. */
    public Path replaced(String id, String recipe, int version) {
        return delivered(id, recipe).resolveSibling(recipe + ".v" + version);
    }

    /** The file of a step's output for a tile. */
    public Path tile(String id, int version, String step, int tile) {
        return work(id, version).resolve("tiles").resolve(step).resolve(tile + ".tif");
    }

    /** Whether a folder exists and is not empty; false when it cannot be read. */
    public boolean holds(Path folder) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            return entries.iterator().hasNext();
        } catch (IOException e) {
            return false;
        }
    }

    /** How many folders of accepted scenes there are. */
    public long sceneCount() throws IOException {
        long count = 0;
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(
                root.resolve("scenes"), path -> !path.getFileName().toString().startsWith("."))) {
            for (Path folder : folders) {
                count += Files.isDirectory(folder) ? 1 : 0;
            }
        }
        return count;
    }

    /** The path on the nodes of a file below the root. */
    public String onCluster(Path path) {
        Path relative = root.relativize(path.toAbsolutePath().normalize());
        if (relative.startsWith("..")) {
            throw new IllegalArgumentException(path + " is not under " + root);
        }
        return relative.toString().isEmpty() ? clusterRoot : clusterRoot + "/" + relative;
    }

    /** The path on the nodes of a path that is relative to the root. */
    public String clusterPath(String relative) {
        return clusterRoot + "/" + relative;
    }

    /**
     * Makes the layout, only for the first set-up: a running Swath must not create it where a storage is not mounted.
     */
    public void create() throws IOException {
        if (!Files.isDirectory(root)) {
            Files.createDirectories(root);
            DurableFiles.setMode(root, DurableFiles.CLOSED);
        }
        for (Path folder : layout()) {
            DurableFiles.makeFolder(folder, DurableFiles.CLOSED);
        }
    }

    /** A sentence that names the missing folders of the layout; empty when none is missing. */
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

    /** How many bytes may still be written before the storage counts as full; negative when it is full. */
    public long room() throws IOException {
        return Files.getFileStore(root).getUsableSpace() - leastFree;
    }

    /**
     * A sentence that says why no new work may begin: not mounted, read-only or full; empty when the storage is usable.
     */
    public String problem() {
        String missing = missing();
        if (!missing.isEmpty()) {
            return missing;
        }
        if (!Files.isWritable(root.resolve("work"))) {
            return "storage " + root
                    + " cannot be written to: no new work begins until it can. Check whether it is mounted"
                    + " read-only, and whether Swath's user may write to work/";
        }
        try {
            long free = Files.getFileStore(root).getUsableSpace();
            return free >= leastFree
                    ? ""
                    : "storage " + root + " has " + (free >> 20) + " MiB free, less than the " + (leastFree >> 20)
                            + " MiB of storage.least-free: no new work begins until there is more. Free some space";
        } catch (IOException e) {
            return "storage " + root + " does not answer (" + e + "): is it mounted?";
        }
    }

    /** A sentence that says why Swath cannot write data to the storage now; empty when it can. It tries to. */
    public String writeProblem() {
        String problem = problem();
        if (!problem.isEmpty()) {
            return problem;
        }
        Path probe = root.resolve("work").resolve(".probe-" + UUID.randomUUID());
        try {
            DurableFiles.write(probe, "0".repeat(PROBE_BYTES));
            return "";
        } catch (IOException e) {
            return "storage " + root + " accepts no data from Swath (" + e.getMessage() + ")";
        } finally {
            removeProbe(probe);
        }
    }

    private static void removeProbe(Path probe) {
        try {
            Files.deleteIfExists(probe);
        } catch (IOException e) {
            log.warn("A file that tested whether the storage is writable could not be removed. file={}", probe, e);
        }
    }

    /**
     * Makes a folder with its parents below one of the layout's folders. Swath alone may write there; the group may read.
     *
     * @throws IOException when the layout's folder is missing: the storage may not be mounted; or when a part of the path
     *     is not a folder
     */
    public Path folder(Path folder) throws IOException {
        return make(folder, DurableFiles.CLOSED);
    }

    /** As {@link #folder}, but the group may write there too: jobs in work/, and droppers in inbox/. */
    public Path sharedFolder(Path folder) throws IOException {
        return make(folder, DurableFiles.SHARED);
    }

    private Path make(Path folder, int mode) throws IOException {
        Path below = root.relativize(folder.toAbsolutePath().normalize());
        Path place = root.resolve(below.getName(0));
        if (!Files.isDirectory(place)) {
            throw new IOException(place + " is not there: is the storage mounted?");
        }
        for (int level = 1; level < below.getNameCount(); level++) {
            place = place.resolve(below.getName(level));
            DurableFiles.makeFolder(place, level == below.getNameCount() - 1 ? mode : DurableFiles.CLOSED);
        }
        return folder;
    }

    /**
     * Copies a folder's regular files into a folder that nobody may change; executable files stay executable, links are
     * not followed. A former copy is replaced.
     *
     * @param wanted whether the file at this path, relative to the folder, is copied
     */
    public void copyReadOnly(Path from, Path to, Predicate<Path> wanted) throws IOException {
        folder(to.getParent());
        FolderCopy.readOnly(from, to, wanted);
    }
}
