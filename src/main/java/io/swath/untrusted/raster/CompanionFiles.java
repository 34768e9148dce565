package io.swath.untrusted.raster;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The files beside a GeoTIFF that change what its pixels or their place mean: one of each kind. They are found by their
 * names alone, in the ways that <a href="https://gdal.org/drivers/raster/gtiff.html">GDAL's GTiff driver</a> has. GDAL is
 * never left to search for them itself: Swath reads them with bounds ({@link Companions}). Immutable.
 *
 * @param tiff the GeoTIFF
 * @param files the companions that are there
 */
public record CompanionFiles(Path tiff, Map<Kind, Path> files) {
    /** The kinds of companions. Of two names for one kind, the first that is there counts, as for GDAL. */
    public enum Kind {
        /** GDAL's {@code .aux.xml}: place, nodata, names and scales of bands. */
        AUXILIARY("{file}.aux.xml"),
        /** A mask of the valid pixels, itself a TIFF. */
        MASK("{file}.msk"),
        /** MapInfo's description of the place. */
        TABLE("{stem}.tab"),
        /** Six numbers that map pixels to the ground. */
        WORLD("{stem}.tfw {stem}.tifw {stem}.tiffw {stem}.wld"),
        /** The coordinate system of a world file. */
        PROJECTION("{stem}.prj"),
        /** Rational polynomial coefficients. */
        RPC("{stem}.rpb {stem}_rpc.txt {stem}.rpc");

        /** With a blank between two. */
        private final String patterns;

        Kind(String patterns) {
            this.patterns = patterns;
        }

        private List<String> names(String file) {
            return Arrays.stream(patterns.split(" "))
                    .map(pattern -> pattern.replace("{file}", file).replace("{stem}", stem(file)))
                    .toList();
        }
    }

    /**
     * What may lie beside a GeoTIFF too and changes nothing: overviews, statistics, previews, checksums, descriptions. It
     * belongs to the GeoTIFF, and is no scene.
     */
    private static final List<String> OTHERS = List.of(
            "{file}.ovr",
            "{stem}.ovr",
            "{stem}.rrd",
            "{stem}.aux",
            "{stem}.aux.xml",
            "{stem}.imd",
            "{stem}.til",
            "{stem}.att",
            "{stem}.eph",
            "{stem}.geo",
            "{stem}.pvl",
            "{stem}_metadata.txt",
            "{file}.vat.dbf",
            "{file}.vat.cpg",
            "{file}.xml",
            "{file}.ovr.aux.xml",
            "{file}.msk.ovr",
            "{file}.points",
            "{stem}.points");

    /** As {@link #OTHERS}, but with names that may also be something else. */
    private static final List<String> ANYTHING = List.of(
            "_thumb.jpg",
            "_browse.jpg",
            "_preview.jpg",
            "_quicklook.jpg",
            "_ql.jpg",
            "_thumb.png",
            "_browse.png",
            ".xml",
            ".jpg",
            ".jpeg",
            ".png",
            ".gif",
            ".txt",
            ".htm",
            ".html",
            ".kml",
            ".kmz",
            ".pdf",
            ".md5",
            ".sha1",
            ".sha256",
            ".sha512",
            ".qml",
            ".qlr",
            ".sld",
            ".lyr",
            ".lyrx",
            ".clr",
            ".stx",
            ".csv");

    /** Ends of names that only companions have. */
    private static final List<String> COMPANIONS_ONLY = List.of(
            ".aux.xml",
            ".msk",
            ".tfw",
            ".tifw",
            ".tiffw",
            ".wld",
            ".prj",
            ".rpb",
            "_rpc.txt",
            ".rpc",
            ".ovr",
            ".rrd",
            ".imd",
            ".til",
            ".vat.dbf",
            ".vat.cpg");

    public CompanionFiles {
        files = files.isEmpty() ? Map.of() : new EnumMap<>(files);
    }

    /** The companions that lie beside a GeoTIFF now: files and links. */
    public static CompanionFiles beside(Path tiff) {
        Map<Kind, Path> found = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            variants(kind.names(nameOf(tiff))).stream()
                    .map(tiff::resolveSibling)
                    .filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.isSymbolicLink(path))
                    .findFirst()
                    .ifPresent(path -> found.put(kind, path));
        }
        return new CompanionFiles(tiff, found);
    }

    /** Whether a file beside a GeoTIFF belongs to it by its name, whether it changes something or not. */
    public static Predicate<String> belongsTo(String tiff) {
        List<String> patterns = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            patterns.addAll(kind.names(tiff));
        }
        OTHERS.forEach(pattern -> patterns.add(pattern.replace("{file}", tiff).replace("{stem}", stem(tiff))));
        for (String end : ANYTHING) {
            patterns.add(tiff + end);
            patterns.add(stem(tiff) + end);
        }
        Set<String> names = variants(patterns);
        return names::contains;
    }

    /** Whether only a companion of a GeoTIFF has such a name. */
    public static boolean isCompanionName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return COMPANIONS_ONLY.stream().anyMatch(lower::endsWith);
    }

    /** Whether a companion of that name, which came without its GeoTIFF, would have changed what the GeoTIFF means. */
    public static boolean changesMeaning(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return !lower.endsWith(".ovr.aux.xml")
                && Set.of(".aux.xml", ".msk", ".tfw", ".tifw", ".tiffw", ".wld", ".prj", ".rpb", "_rpc.txt", ".rpc")
                        .stream()
                        .anyMatch(lower::endsWith);
    }

    public Optional<Path> of(Kind kind) {
        return Optional.ofNullable(files.get(kind));
    }

    /** The companions, in the order of their kinds. */
    public List<Path> paths() {
        return List.copyOf(files.values());
    }

    /** The name of a companion beside a GeoTIFF of another name. */
    public String nameBeside(String otherTiff, Kind kind) {
        String own = nameOf(files.get(kind));
        String file = nameOf(tiff);
        boolean afterFile = own.length() > file.length() && own.regionMatches(true, 0, file, 0, file.length());
        String end = own.substring(afterFile ? file.length() : stem(file).length());
        return (afterFile ? otherTiff : stem(otherTiff)) + end.toLowerCase(Locale.ROOT);
    }

    /** The names as written, and wholly or in their ends in lower and upper case. */
    private static Set<String> variants(List<String> names) {
        Set<String> variants = new LinkedHashSet<>(names);
        for (String name : names) {
            int dot = name.lastIndexOf('.');
            int end = name.toLowerCase(Locale.ROOT).endsWith("_rpc.txt") ? name.length() - 8 : dot;
            variants.add(name.substring(0, end) + name.substring(end).toUpperCase(Locale.ROOT));
            variants.add(name.toLowerCase(Locale.ROOT));
            variants.add(name.toUpperCase(Locale.ROOT));
        }
        return variants;
    }

    private static String stem(String tiff) {
        int dot = tiff.lastIndexOf('.');
        return dot > 0 ? tiff.substring(0, dot) : tiff;
    }

    private static String nameOf(Path path) {
        return path.getFileName().toString();
    }
}
