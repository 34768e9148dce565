package io.swath.formats;

import io.swath.untrusted.stac.Checksum;
import io.swath.untrusted.xml.XmlElement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The list of files in the {@code manifest.safe} of a Sentinel product
 * (<a href="https://sentinels.copernicus.eu/web/sentinel/user-guides/sentinel-1-sar/data-formats/safe-specification">SAFE
 * specification</a>): each with its size, and MD5 or SHA3-256. Immutable.
 *
 * @param file the manifest itself
 * @param document its root element
 */
record SafeManifest(Path file, XmlElement document, Map<Path, Entry> entries) {
    /** What the manifest says of one file. */
    record Entry(OptionalLong size, Optional<Checksum> checksum) {
        static final Entry UNKNOWN = new Entry(OptionalLong.empty(), Optional.empty());
    }

    /**
     * The folder's manifest of that mission, such as {@code sentinel-2}.
     *
     * @throws FormatException when there are several
     */
    static Optional<SafeManifest> find(ProductFolder folder, String mission) throws IOException {
        Optional<SafeManifest> found = Optional.empty();
        for (Path file : folder.xml(List.of("XFDU"))) {
            SafeManifest manifest = read(folder, file);
            if (manifest.isOf(mission)) {
                if (found.isPresent()) {
                    throw FormatException.several(mission, found.get().file().toString(), file.toString());
                }
                found = Optional.of(manifest);
            }
        }
        return found;
    }

    private static SafeManifest read(ProductFolder folder, Path file) throws IOException {
        XmlElement document = folder.readXml(file);
        Map<Path, Entry> entries = new HashMap<>();
        document.all("byteStream")
                .forEach(stream -> stream.first("fileLocation")
                        .map(location -> ListedPath.below(file, location.attribute("href")))
                        .ifPresent(path -> entries.put(path, entry(stream))));
        return new SafeManifest(file, document, entries);
    }

    private static Entry entry(XmlElement stream) {
        String size = stream.attribute("size");
        OptionalLong bytes = size.matches("[0-9]{1,18}") ? OptionalLong.of(Long.parseLong(size)) : OptionalLong.empty();
        Optional<Checksum> checksum = stream.first("checksum").flatMap(SafeManifest::checksum);
        return new Entry(bytes, checksum);
    }

    private static Optional<Checksum> checksum(XmlElement element) {
        String hex = element.text().toLowerCase(Locale.ROOT);
        String algorithm = element.attribute("checksumName").toUpperCase(Locale.ROOT);
        return switch (algorithm) {
            case "MD5" -> hex.matches("[0-9a-f]{32}") ? Optional.of(new Checksum("MD5", hex)) : Optional.empty();
            case "SHA3-256", "SHA-256" ->
                hex.matches("[0-9a-f]{64}") ? Optional.of(new Checksum(algorithm, hex)) : Optional.empty();
            default -> Optional.empty();
        };
    }

    Entry entry(Path path) {
        return entries.getOrDefault(path.normalize(), Entry.UNKNOWN);
    }

    private boolean isOf(String mission) {
        boolean inVersion =
                document.attribute("version").toLowerCase(Locale.ROOT).contains("/" + mission + "/");
        String family = document.textOf("platform", "familyName").toLowerCase(Locale.ROOT);
        return inVersion || family.replace(' ', '-').equals(mission);
    }
}
