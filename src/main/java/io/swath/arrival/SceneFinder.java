package io.swath.arrival;

import io.swath.formats.FormatException;
import io.swath.model.Recipe;
import io.swath.model.RejectedException;
import io.swath.storage.RegularFiles;
import io.swath.storage.Roots;
import io.swath.untrusted.Texts;
import io.swath.untrusted.archive.ArchiveKind;
import io.swath.untrusted.archive.IncompleteArchiveException;
import io.swath.untrusted.raster.CompanionFiles;
import io.swath.untrusted.stac.ItemException;
import io.swath.untrusted.stac.ItemFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds out what lies at a path: a GeoTIFF, a STAC Item, a product in a folder, or an archive with one. Not thread-safe.
 */
public final class SceneFinder {
    private static final String NO_ITEM = "folder-has-an-item";
    private static final String NAME_THE_FILES =
            "docs/scenes.md lists the kinds of product. Put an Item or a scene.yaml beside the files that names"
                    + " them, or deliver one GeoTIFF with all its bands.";
    private static final Pattern DOCUMENT =
            Pattern.compile("(?is).+\\.(txt|md|pdf|docx?|html?|csv|jpe?g|png|gif|kml|kmz)");
    private static final int LONGEST_SHOWN = 100;
    private static final int MOST_SNIFFED = 20;
    private static final Set<String> PERHAPS_INCOMPLETE =
            Set.of(NO_ITEM, "item-is-json", "xml-is-well-formed", "metadata-are-complete", "rule-is-yaml");

    private final UnpackedArchives archives;

    public SceneFinder(UnpackedArchives archives) {
        this.archives = archives;
    }

    /**
     * What lies at a path. An archive is unpacked, unless it was unpacked before.
     *
     * @param path it may still be missing
     * @param sha256 of the file, if the sender gave it
     * @param bands those of the recipe: only their files must be there
     * @throws RejectedSceneException when it cannot be a scene
     * @throws IncompleteArchiveException when it is an archive without its end
     * @throws IOException when it cannot be read now
     */
    public SceneInput find(Path path, Optional<String> sha256, Roots roots, NeededBands bands) throws IOException {
        if (Files.isDirectory(path)) {
            ItemInput.rejectOutsideFolder("path", path, roots);
            return inFolder(path, bands, roots);
        }
        Optional<ArchiveKind> kind = archive(path, roots);
        if (kind.isEmpty()) {
            return SceneInput.at(path, sha256, roots, bands);
        }
        if (sha256.isPresent()) {
            MessageDigest digest = Digests.of("SHA-256");
            Digests.read(path, roots, List.of(digest));
            Digests.compare("sha256", Digests.hex(sha256.get()), digest);
        }
        Path folder = archives.folder(path, kind.get(), roots);
        SceneInput content = inArchive(folder, bands);
        if (!content.missing().isEmpty()) {
            throw new RejectedSceneException(
                    "",
                    "files-are-there",
                    "the archive lacks " + missingText(content, folder),
                    "Send an archive with these files; it may be one part of several, or was packed too early.");
        }
        return new ArchiveInput(path.toAbsolutePath(), content, roots);
    }

    /** As {@link #inFolder}; an archive may have one folder around everything, or hold one GeoTIFF alone. */
    private static SceneInput inArchive(Path folder, NeededBands bands) throws IOException {
        Roots roots = Roots.of(folder);
        try {
            return inFolder(onlyFolder(folder), bands, roots);
        } catch (RejectedSceneException bad) {
            Optional<Path> tiff = onlyTiff(onlyFolder(folder));
            if (bad.rule().equals(NO_ITEM) && tiff.isPresent()) {
                return GeoTiffInput.at(tiff.get(), Optional.empty(), roots);
            }
            throw bad.rule().equals(NO_ITEM) ? unknown(onlyFolder(folder)) : bad;
        }
    }

    private static RejectedSceneException unknownFolder(Path folder) throws IOException {
        Optional<Path> archive = innerArchive(folder);
        Optional<Path> tiff = onlyTiff(folder);
        String remedy = archive.isPresent()
                ? "It holds an archive: put " + shown(archive.get()) + " itself into the inbox, or unpack it."
                : tiff.map(file -> "It holds one GeoTIFF: put " + shown(file)
                                + " itself into the inbox, with the files that belong to it.")
                        .orElse(NAME_THE_FILES);
        return new RejectedSceneException(
                "",
                NO_ITEM,
                "it is a folder without a STAC Item, a scene.yaml, a mosaic.yaml or the metadata of a known product",
                remedy);
    }

    private static RejectedSceneException unknown(Path folder) throws IOException {
        Optional<Path> archive = innerArchive(folder);
        return archive.isPresent()
                ? new RejectedSceneException(
                        "",
                        "archive-has-a-scene",
                        "the archive holds another archive, " + shown(archive.get()),
                        "Unpack the outer archive, and send the inner one.")
                : new RejectedSceneException(
                        "",
                        "archive-has-a-scene",
                        "the archive holds neither a product of a known kind, nor a STAC Item, nor one GeoTIFF alone",
                        "docs/scenes.md lists the kinds; describe other bands in a scene.yaml, in the archive.");
    }

    private static String shown(Path file) {
        return Texts.shown(file.getFileName().toString(), LONGEST_SHOWN);
    }

    /** The first file in a folder that is an archive. */
    private static Optional<Path> innerArchive(Path folder) throws IOException {
        List<Path> content = visible(folder);
        for (Path file : content.subList(0, Math.min(MOST_SNIFFED, content.size()))) {
            if (archive(file, Roots.of(folder)).isPresent()) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    private static Path onlyFolder(Path folder) throws IOException {
        List<Path> content = visible(folder);
        return content.size() == 1 && Files.isDirectory(content.get(0)) ? content.get(0) : folder;
    }

    /** The GeoTIFF in a folder that holds one, and otherwise only what belongs to it and documents. */
    private static Optional<Path> onlyTiff(Path folder) throws IOException {
        List<Path> content = visible(folder);
        List<Path> tiffs = content.stream()
                .filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                        && SceneName.isTiff(path.getFileName().toString()))
                .toList();
        if (tiffs.size() != 1) {
            return Optional.empty();
        }
        Predicate<String> belongs =
                CompanionFiles.belongsTo(tiffs.get(0).getFileName().toString());
        boolean alone = content.stream()
                .filter(path -> !path.equals(tiffs.get(0)))
                .map(path -> path.getFileName().toString())
                .allMatch(name -> belongs.test(name) || DOCUMENT.matcher(name).matches());
        return alone ? Optional.of(tiffs.get(0)) : Optional.empty();
    }

    private static List<Path> visible(Path folder) throws IOException {
        try (Stream<Path> content = Files.list(folder)) {
            return content.filter(path -> !path.getFileName().toString().startsWith("."))
                    .toList();
        }
    }

    /**
     * Whether what a rejection says may be true only because files are still missing, or are still being written.
     */
    public static boolean mayBeIncomplete(RejectedException rejected) {
        return PERHAPS_INCOMPLETE.contains(rejected.rule());
    }

    /**
     * As {@link #mayBeIncomplete(RejectedException)}, for a folder of these recipes: several products may still become the
     * parts of a mosaic, when its list comes.
     */
    public static boolean mayBeIncomplete(RejectedException rejected, Collection<Recipe> recipes) {
        boolean lacksList = rejected.rule().equals(FormatException.SEVERAL)
                && rejected.field().isEmpty()
                && recipes.stream().anyMatch(recipe -> recipe.accepts().kinds().contains(Recipe.MOSAIC));
        return lacksList || mayBeIncomplete(rejected);
    }

    /** What a scene waits for that {@link #mayBeIncomplete}, as a phrase for people. */
    public static String waitsFor(RejectedException rejected) {
        if (rejected.rule().equals(FormatException.SEVERAL)) {
            return "a mosaic.yaml that lists its products as parts: " + rejected.what();
        }
        return rejected.rule().equals(NO_ITEM)
                ? "a file that says what the folder holds: the metadata of a known product, a STAC Item, a"
                        + " scene.yaml or a mosaic.yaml"
                        + (rejected.remedy().equals(NAME_THE_FILES) ? "" : ". " + rejected.remedy())
                : "the rest of " + rejected.field() + ": " + rejected.what();
    }

    /** Whether there is an archive at a path that must still be unpacked. */
    public boolean mustUnpack(Path path, Roots roots) throws IOException {
        return archive(path, roots).isPresent() && !archives.knows(path);
    }

    /**
     * Begins or goes on to unpack a large archive in a thread of its own.
     *
     * @return how many bytes are unpacked so far, for {@link #unpackingText}; empty when {@link #find} need not wait for it
     * @throws IOException when it could not be read or unpacked now
     */
    public OptionalLong unpacking(Path path, Roots roots) throws IOException {
        Optional<ArchiveKind> kind = archive(path, roots);
        return kind.isPresent() ? archives.unpacking(path, kind.get(), roots) : OptionalLong.empty();
    }

    /** What the scene in an archive waits for that is being {@link #unpacking}, as a phrase for people. */
    public static String unpackingText(long bytes) {
        return bytes == UnpackedArchives.QUEUED
                ? "Swath, which unpacks another large archive first"
                : "Swath, which unpacks it: " + (bytes >> 20) + " MiB so far, one archive at a time";
    }

    /** The kind of archive at a path; empty for anything else, and while nothing is there. */
    public static Optional<ArchiveKind> archive(Path path, Roots roots) throws IOException {
        return Files.isRegularFile(path) && roots.hold(path) ? UnpackedArchives.kind(path, roots) : Optional.empty();
    }

    /**
     * The scene in a folder: a product of a known kind that has all that the recipe needs, or else the Item in the folder,
     * or else a product of which files are missing.
     */
    static SceneInput inFolder(Path folder, NeededBands bands, Roots roots) throws IOException {
        Optional<ProductInput> product = Optional.empty();
        Optional<RejectedSceneException> unusable = Optional.empty();
        try {
            product = ProductInput.at(folder, bands, roots);
        } catch (RejectedSceneException bad) {
            unusable = Optional.of(bad); // an Item may still describe the files
        }
        if (product.isPresent()
                && product.get().missing().isEmpty()
                && product.get().hasBands()) {
            return product.get();
        }
        Path item;
        try {
            item = ItemFolder.find(folder, (file, most) -> RegularFiles.readStart(folder, file, most));
        } catch (ItemException bad) {
            if (product.isPresent()) {
                return product.get();
            }
            throw bad.rule().equals(NO_ITEM) || bad.rule().equals("item-is-stac") // some other JSON file
                    ? unusable.isPresent() ? unusable.get() : unknownFolder(folder)
                    : new RejectedSceneException(bad.rejection());
        }
        ItemInput described = ItemInput.at(item.toAbsolutePath(), Optional.empty(), roots, bands);
        return product.isPresent() && !described.missing().isEmpty() ? product.get() : described;
    }

    /** What is missing of a scene, as a phrase for people. */
    public static String missingText(SceneInput input, Path folder) throws IOException {
        if (input instanceof ProductInput product) {
            return product.missingText();
        }
        return "files that its STAC Item names: "
                + IncompleteFiles.shown(input.missing(), folder.toAbsolutePath().normalize());
    }

    /** Removes what was unpacked of an archive; safe to repeat. */
    public void release(Path path) throws IOException {
        archives.release(path);
    }

    /** Removes what was unpacked of archives that are gone. */
    public void releaseGone() throws IOException {
        archives.releaseGone();
    }
}
